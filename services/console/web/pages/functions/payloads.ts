/** Payloads that were saved in this browser, by function. */
import { storedForAll } from "../../state/stored.ts";

type Saved = Readonly<Record<string, Readonly<Record<string, string>>>>;

const isSaved = (value: unknown): value is Saved => typeof value === "object" && value !== null && !Array.isArray(value);
const saved = storedForAll<Saved>("payloads", {}, isSaved);

/** Names and texts of a function's payloads. */
export function payloadsOf(functionName: string): Readonly<Record<string, string>> {
  return saved.value[functionName] ?? {};
}

/** Keeps a payload under a name, in place of one of that name. */
export function savePayload(functionName: string, name: string, text: string): void {
  saved.value = { ...saved.value, [functionName]: { ...payloadsOf(functionName), [name]: text } };
}

/** Forgets a payload. */
export function forgetPayload(functionName: string, name: string): void {
  const { [name]: _gone, ...rest } = payloadsOf(functionName);
  saved.value = { ...saved.value, [functionName]: rest };
}
