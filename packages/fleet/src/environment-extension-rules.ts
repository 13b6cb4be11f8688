/** What the Extensions API refuses, in the words of the Runtime Interface Emulator (runtime-api.md 3.1). */
import { EXTENSIONS_MAX, type Extension, type ExtensionEvent, type ExtensionState } from "./environment-extensions.ts";

/** A 403 of the Extensions API. */
export interface ExtensionRefusal {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What an extension asks for with `register`. */
export interface Registration {
  /** `Lambda-Extension-Name`. */
  readonly name: string;
  /** The body as text. */
  readonly body: string;
}

/** A registration that is in order. */
export interface AcceptedRegistration {
  readonly name: string;
  readonly external: boolean;
  readonly events: readonly ExtensionEvent[];
}

const EVENTS: readonly string[] = ["INVOKE", "SHUTDOWN"];
const NEXT_FROM: readonly ExtensionState[] = ["Registered", "Running"];
const INIT_ERROR_FROM: readonly ExtensionState[] = ["Registered", "InitError"];
const EXIT_ERROR_FROM: readonly ExtensionState[] = ["Registered", "Ready", "Running", "ExitError"];

/** Accepts a registration or says why not. `closed`: the runtime has asked for its first event. */
export function judgeRegistration(
  { name, body }: Registration,
  extensions: readonly Extension[],
  closed: boolean,
): AcceptedRegistration | ExtensionRefusal {
  if (name === "") return { errorType: "Extension.InvalidExtensionName", errorMessage: "Empty extension name" };
  const events = eventsOf(body);
  if (!Array.isArray(events)) return events as ExtensionRefusal;
  const known = extensions.find((extension) => extension.name === name);
  const external = known?.external === true;
  const refused = events.map((event) => refusedEvent(event, external)).find((reason) => reason !== undefined);
  if (refused !== undefined) return { errorType: "Extension.InvalidEventType", errorMessage: refused };
  if (external && known.state !== "Started") return transitionRefusal(known, "Registered");
  if (!external) {
    if (closed) return { errorType: "Extension.RegistrationClosed", errorMessage: "Extension registration closed already" };
    if (known !== undefined)
      return { errorType: "Extension.InvalidExtensionState", errorMessage: "Extension with this name already registered" };
    if (extensions.length >= EXTENSIONS_MAX)
      return { errorType: "Extension.TooManyExtensions", errorMessage: `Extension limit (${EXTENSIONS_MAX}) reached` };
  }
  return { name, external, events: [...new Set(events as readonly ExtensionEvent[])] };
}

/** Whether an extension may go to that state; the refusal otherwise, which names it by its identifier. */
export function judgeTransition(
  extension: Extension & { readonly identifier: string },
  to: "Ready" | "InitError" | "ExitError",
): ExtensionRefusal | undefined {
  const from = to === "Ready" ? NEXT_FROM : to === "InitError" ? INIT_ERROR_FROM : EXIT_ERROR_FROM;
  return from.includes(extension.state) ? undefined : transitionRefusal({ name: extension.identifier, state: extension.state }, to);
}

function transitionRefusal({ name, state }: Pick<Extension, "name" | "state">, to: ExtensionState): ExtensionRefusal {
  return {
    errorType: "Extension.InvalidExtensionState",
    errorMessage: `State transition from ${state} to ${to} failed for extension ${name}. Error: State transition is not allowed`,
  };
}

function refusedEvent(event: string, external: boolean): string | undefined {
  if (!EVENTS.includes(event)) return `${event}: ErrorInvalidEventType`;
  return event === "SHUTDOWN" && !external ? `${event}: ShutdownEventNotSupportedForInternalExtension` : undefined;
}

/** The events of a registration's body, or what is wrong with it. */
function eventsOf(body: string): readonly string[] | ExtensionRefusal {
  const malformed = (errorMessage: string): ExtensionRefusal => ({ errorType: "InvalidRequestFormat", errorMessage });
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch (error) {
    return malformed(error instanceof Error ? error.message : String(error));
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) return malformed("the body is not a JSON object");
  const { events = [], configurationKeys = [] } = document as Readonly<Record<string, unknown>>;
  if (Array.isArray(configurationKeys) && configurationKeys.length > 0)
    return malformed("configurationKeys are deprecated; use environment variables instead");
  if (!Array.isArray(events ?? []) || !(events as readonly unknown[]).every((event) => typeof event === "string"))
    return malformed("events is not a list of strings");
  return events as readonly string[];
}
