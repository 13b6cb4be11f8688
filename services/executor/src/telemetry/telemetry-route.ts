import type { Reply } from "@lambdock/plain-http/reply";
import type { ExtensionsSession } from "../runtime-api/extensions-session.ts";
import { replyError } from "../runtime-api/replies.ts";
import type { RuntimeRequest } from "../runtime-api/runtime-request.ts";
import type { EnvironmentTelemetry } from "./environment-telemetry.ts";
import { parseSubscription, type TelemetryApi } from "./subscription.ts";

/** A subscription is a few hundred bytes. */
const BODY_BYTES_MAX = 65_536;

const APIS: Readonly<Record<string, TelemetryApi>> = {
  "PUT /2022-07-01/telemetry": "telemetry",
  "PUT /2020-08-15/logs": "logs",
};

/** The environment whose extension subscribes. */
export interface TelemetryTarget {
  readonly extensions: ExtensionsSession;
  readonly telemetry: EnvironmentTelemetry;
  /** Where servers in the sandbox can be reached; `undefined` where they can't be. */
  sandboxAddress(): Promise<string | undefined>;
}

/** One request to the Telemetry or Logs API; false when it is none. */
export function routeTelemetry(
  target: TelemetryTarget,
  {
    line,
    request,
    reply,
  }: { readonly line: { readonly method: string; readonly url: string }; readonly request: RuntimeRequest; readonly reply: Reply },
): boolean {
  const api = APIS[`${line.method} ${line.url}`];
  if (api === undefined) return false;
  request.collect(BODY_BYTES_MAX, (body) => {
    const name = target.extensions.callerOf(request, reply);
    if (name !== undefined) void subscribe(target, { api, name, body: body ?? new Uint8Array(0), reply });
  });
  return true;
}

async function subscribe(
  target: TelemetryTarget,
  { api, name, body, reply }: { readonly api: TelemetryApi; readonly name: string; readonly body: Uint8Array; readonly reply: Reply },
): Promise<void> {
  const { telemetry } = target;
  const word = api === "logs" ? "Logs" : "Telemetry";
  const closed = (): void =>
    replyError(reply, 403, { errorType: `${word}.SubscriptionClosed`, errorMessage: `${word} API subscription is closed already` });
  if (!telemetry.open) return closed();
  const subscription = parseSubscription(api, body);
  if ("errors" in subscription)
    return replyError(reply, 400, { errorType: "ValidationError", errorMessage: subscription.errors.join("; ") });
  const address = await target.sandboxAddress().catch(() => undefined);
  if (address === undefined)
    return replyError(reply, 202, {
      errorType: `${word}.NotSupported`,
      errorMessage: `${word} API is not supported: Lambdock can't reach servers in this sandbox`,
    });
  // The init may have ended while the engine was asked.
  if (!telemetry.open) return closed();
  telemetry.subscribe(name, subscription, address);
  reply.send(200, { "Content-Type": "application/json" }, Buffer.from('"OK"'));
}
