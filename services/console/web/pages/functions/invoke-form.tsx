import { useSignal, type Signal } from "@preact/signals";
import { SAMPLE_EVENTS } from "../../../src/live/sample-events.ts";
import { ApiError } from "../../api/http.ts";
import { invoke, listAliases, listVersions, type InvocationType, type Invoked } from "../../api/lambda.ts";
import { ErrorNote, Segmented } from "../../parts/basics.tsx";
import { Icon } from "../../parts/icon.tsx";
import { usePolled } from "../../state/polled.ts";
import { forgetPayload, payloadsOf, savePayload } from "./payloads.ts";

interface FormState {
  readonly payload: Signal<string>;
  readonly type: Signal<InvocationType>;
  readonly qualifier: Signal<string>;
  readonly busy: Signal<boolean>;
  readonly error: Signal<string>;
}

/** Invokes a function by hand. */
export function InvokeForm({ name, onInvoked }: { readonly name: string; readonly onInvoked: (result: Invoked) => void }) {
  const form: FormState = {
    payload: useSignal("{}"),
    type: useSignal<InvocationType>("RequestResponse"),
    qualifier: useSignal(""),
    busy: useSignal(false),
    error: useSignal(""),
  };
  const fault = faultOf(form.payload.value);
  const submit = async (event?: Event): Promise<void> => {
    event?.preventDefault();
    if (form.busy.value || fault !== "") return;
    form.busy.value = true;
    form.error.value = "";
    try {
      onInvoked(await invoke(name, { type: form.type.value, payload: form.payload.value, qualifier: form.qualifier.value }));
    } catch (error) {
      form.error.value = sentenceOf(error);
    } finally {
      form.busy.value = false;
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
  };
  return (
    <form class="panel stack" onSubmit={(event) => void submit(event)} onKeyDown={onKeyDown}>
      <Segmented
        label="How to invoke"
        value={form.type.value}
        onChange={(value) => (form.type.value = value)}
        options={[
          ["RequestResponse", "Wait for the answer"],
          ["Event", "Asynchronous"],
          ["DryRun", "Dry run"],
        ]}
      />
      <div class="fields">
        <Qualifier name={name} state={form} />
        <Payloads name={name} state={form} />
      </div>
      <PayloadText state={form} fault={fault} />
      <div class="row">
        <button class="button primary" type="submit" disabled={form.busy.value || fault !== ""} title="Ctrl+Enter">
          <Icon name="send" size={16} />
          {form.busy.value ? "Invoking …" : "Invoke"}
        </button>
        <SavePayload name={name} payload={form.payload.value} />
      </div>
      <ErrorNote message={form.error.value} />
    </form>
  );
}

/** What a refusal says, with AWS's name for it. */
function sentenceOf(error: unknown): string {
  if (error instanceof ApiError && error.code !== "") return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

function PayloadText({ state: form, fault }: { readonly state: FormState; readonly fault: string }) {
  return (
    <>
      <label class="field">
        <span>Payload (JSON)</span>
        <textarea
          rows={9}
          spellcheck={false}
          value={form.payload.value}
          aria-invalid={fault !== ""}
          aria-describedby="payload-fault"
          onInput={(event) => (form.payload.value = event.currentTarget.value)}
        />
      </label>
      <p id="payload-fault" class="text-bad" role="status">
        {fault}
      </p>
    </>
  );
}

/** Why a payload would be refused; empty when it would not. No payload at all is allowed. */
function faultOf(payload: string): string {
  if (payload.trim() === "") return "";
  try {
    JSON.parse(payload);
    return "";
  } catch (error) {
    return `Not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function Qualifier({ name, state }: { readonly name: string; readonly state: FormState }) {
  const { value } = usePolled(
    async () => Promise.all([listVersions(name).catch(() => []), listAliases(name).catch(() => [])]),
    15_000,
    name,
  );
  const [versions = [], aliases = []] = value.value ?? [];
  return (
    <label class="field">
      <span>Version or alias</span>
      <select value={state.qualifier.value} onChange={(event) => (state.qualifier.value = event.currentTarget.value)}>
        <option value="">$LATEST</option>
        {aliases.map((alias) => (
          <option key={alias.Name}>{alias.Name}</option>
        ))}
        {versions
          .filter(({ Version }) => Version !== "$LATEST")
          .map(({ Version }) => (
            <option key={Version}>{Version}</option>
          ))}
      </select>
    </label>
  );
}

function Payloads({ name, state }: { readonly name: string; readonly state: FormState }) {
  const own = Object.entries(payloadsOf(name));
  const choose = (key: string): void => {
    const [kind, title] = [key.slice(0, 1), key.slice(1)];
    if (kind === "o") state.payload.value = payloadsOf(name)[title] ?? "{}";
    if (kind === "s") state.payload.value = JSON.stringify(SAMPLE_EVENTS.find((sample) => sample.name === title)?.payload, null, 2);
  };
  return (
    <label class="field">
      <span>Fill in</span>
      <select
        value=""
        onChange={(event) => {
          choose(event.currentTarget.value);
          event.currentTarget.value = "";
        }}
      >
        <option value="">Choose an event …</option>
        {own.length === 0 ? null : (
          <optgroup label="Saved">
            {own.map(([title]) => (
              <option key={title} value={`o${title}`}>
                {title}
              </option>
            ))}
          </optgroup>
        )}
        <optgroup label="As AWS sends it">
          {SAMPLE_EVENTS.map((sample) => (
            <option key={sample.name} value={`s${sample.name}`}>
              {sample.name}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}

function SavePayload({ name, payload }: { readonly name: string; readonly payload: string }) {
  const title = useSignal("");
  const exists = payloadsOf(name)[title.value] !== undefined;
  return (
    <span class="row save-payload">
      <input
        placeholder="Save as …"
        aria-label="Name to save the payload under"
        value={title.value}
        maxLength={60}
        onInput={(event) => (title.value = event.currentTarget.value)}
      />
      <button
        type="button"
        class="button"
        disabled={title.value.trim() === ""}
        onClick={() => savePayload(name, title.value.trim(), payload)}
      >
        Save
      </button>
      {exists ? (
        <button type="button" class="button" aria-label={`Forget ${title.value}`} onClick={() => forgetPayload(name, title.value)}>
          <Icon name="trash" size={16} />
        </button>
      ) : null}
    </span>
  );
}
