import { useSignal } from "@preact/signals";
import type { Invoked } from "../../api/lambda.ts";
import { picture, tick } from "../../state/live.ts";
import { Lanes } from "../live/lanes.tsx";
import { LanesToolbar } from "../live/toolbar.tsx";
import { heightFor } from "./environments.tsx";
import { InvokeForm } from "./invoke-form.tsx";
import { InvokeResult } from "./invoke-result.tsx";

/** Invoke by hand, and see it in the lanes above. */
export function InvokeTab({ name, arn }: { readonly name: string; readonly arn: string }) {
  const result = useSignal<Invoked | undefined>(undefined);
  const _revision = tick.value;
  const lanes = picture.functions.get(arn)?.lanes.size ?? 0;
  return (
    <div class="stack">
      <div class="row spread">
        <h2>Environments</h2>
        <LanesToolbar />
      </div>
      <Lanes functionArn={arn} height={heightFor(lanes)} {...(result.value === undefined ? {} : { requestId: result.value.requestId })} />
      <div class="columns invoke-columns">
        <InvokeForm name={name} onInvoked={(invoked) => (result.value = invoked)} />
        <InvokeResult name={name} result={result.value} />
      </div>
    </div>
  );
}
