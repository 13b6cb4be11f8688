import { useSignal } from "@preact/signals";
import { ErrorNote } from "../../parts/basics.tsx";
import { Icon } from "../../parts/icon.tsx";

export interface SendFormProps {
  readonly what: string;
  readonly initial: string;
  /** Name of a second field, such as a partition key. */
  readonly keyName?: string;
  /** Sends; answers a sentence. */
  readonly onSend: (text: string, key: string) => Promise<string>;
}

/** Sends a test message. */
export function SendForm({ what, initial, keyName, onSend }: SendFormProps) {
  const text = useSignal(initial);
  const key = useSignal("");
  const said = useSignal("");
  const error = useSignal("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    said.value = "";
    error.value = "";
    try {
      said.value = await onSend(text.value, key.value);
    } catch (failure) {
      error.value = failure instanceof Error ? failure.message : String(failure);
    }
  };
  return (
    <form class="stack send-form" onSubmit={(event) => void submit(event)}>
      <label class="field">
        <span>{what}</span>
        <textarea rows={3} spellcheck={false} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
      </label>
      {keyName === undefined ? null : (
        <label class="field">
          <span>{keyName}</span>
          <input value={key.value} placeholder="console" onInput={(event) => (key.value = event.currentTarget.value)} />
        </label>
      )}
      <div class="row">
        <button class="button primary" type="submit" disabled={text.value === ""}>
          <Icon name="send" size={16} />
          Send
        </button>
        <span class="muted clip" role="status">
          {said.value}
        </span>
      </div>
      <ErrorNote message={error.value} />
    </form>
  );
}
