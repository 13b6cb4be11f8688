import { randomUUID } from "node:crypto";
import type { Extension } from "@lambdock/fleet/environment-extensions";
import {
  judgeRegistration,
  judgeTransition,
  type AcceptedRegistration,
  type ExtensionRefusal,
} from "@lambdock/fleet/environment-extension-rules";
import type { ShutdownReason } from "@lambdock/fleet/environment-protocol";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { Reply } from "@lambdock/plain-http/reply";
import { acknowledge, replyError } from "./replies.ts";
import type { RuntimeRequest } from "./runtime-request.ts";

/** A registration is a few bytes; what extensions post on an error is not looked at. */
const BODY_BYTES_MAX = 65_536;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const JSON_TYPE = "application/json";

/** What extensions say, told to the owner of the environment, and what it knows of them. */
export interface ExtensionsListener {
  /** As the environment's machine has them. */
  knownExtensions(): readonly Extension[];
  /** The runtime has asked for its first event: no internal extension may register any more. */
  registrationClosed(): boolean;
  onExtensionRegistered(registration: AcceptedRegistration): void;
  onExtensionNext(name: string): void;
  onExtensionError(name: string, state: "InitError" | "ExitError", errorType: string): void;
}

/** One INVOKE event; members of its JSON. */
export interface InvokeEvent {
  readonly deadlineMs: number;
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly tracing: { readonly type: "X-Amzn-Trace-Id"; readonly value: string };
}

interface Registered {
  readonly identifier: string;
  readonly name: string;
  readonly events: readonly string[];
  /** Waits in `event/next`. */
  waiting: Reply | undefined;
  /** An event that came while nobody waited for it. */
  pending: object | undefined;
}

/**
 * The Extensions API as one execution environment sees it: holds `event/next` until there is an
 * event, and refuses what an extension may not say in its state (runtime-api.md 3).
 */
export class ExtensionsSession {
  readonly #listener: ExtensionsListener;
  readonly #spec: FunctionSpec;
  readonly #registered = new Map<string, Registered>();

  constructor(listener: ExtensionsListener, spec: FunctionSpec) {
    this.#listener = listener;
    this.#spec = spec;
  }

  /** Who makes this request; `undefined` after having refused somebody who is no extension. */
  callerOf(request: RuntimeRequest, reply: Reply): string | undefined {
    return this.#identify(request, reply, "Unknown extension")?.name;
  }

  /** The processes are gone: whatever they were waiting for ends. */
  reset(): void {
    for (const { waiting } of this.#registered.values()) waiting?.abort();
    this.#registered.clear();
  }

  register(request: RuntimeRequest, reply: Reply): void {
    const { headers } = request;
    request.collect(BODY_BYTES_MAX, (body) => {
      const name = headers["lambda-extension-name"] ?? "";
      const text = body === undefined ? "" : Buffer.from(body).toString();
      const judged = judgeRegistration({ name, body: text }, this.#listener.knownExtensions(), this.#listener.registrationClosed());
      if ("errorType" in judged) return refuse(reply, judged);
      const identifier = randomUUID();
      this.#registered.set(identifier, { identifier, name, events: judged.events, waiting: undefined, pending: undefined });
      const features = (headers["lambda-extension-accept-feature"] ?? "").split(",").map((feature) => feature.trim());
      const account = features.includes("accountId") ? { accountId: this.#spec.accountId } : {};
      sendJson(reply, { "Lambda-Extension-Identifier": identifier }, { ...account, ...this.#facts() });
      this.#listener.onExtensionRegistered(judged);
    });
  }

  next(request: RuntimeRequest, reply: Reply): void {
    const registered = this.#identify(request, reply, "Unknown extension");
    if (registered === undefined) return;
    const extension = this.#known(registered);
    // Who lost its connection while it waited may wait again.
    const waitsAgain = extension?.state === "Ready" && registered.waiting === undefined;
    // The environment was reset, and this one has yet to hear of it: it waits for its SHUTDOWN.
    const outlived = extension?.state === "Started";
    const refusal = extension === undefined || waitsAgain || outlived ? undefined : judgeTransition(extension, "Ready");
    if (refusal !== undefined) return refuse(reply, refusal);
    registered.waiting = reply;
    reply.onClose(() => {
      if (registered.waiting === reply) registered.waiting = undefined;
    });
    const { pending } = registered;
    registered.pending = undefined;
    if (pending !== undefined) send(registered, pending);
    else if (!waitsAgain && !outlived) this.#listener.onExtensionNext(registered.name);
  }

  /** `init/error` and `exit/error`: the extension is expected to exit next. */
  fail(request: RuntimeRequest, reply: Reply, state: "InitError" | "ExitError"): void {
    request.collect(BODY_BYTES_MAX, () => undefined);
    const registered = this.#identify(request, reply, "Unknown Lambda-Extension-Identifier");
    if (registered === undefined) return;
    const errorType = request.headers["lambda-extension-function-error-type"] ?? "";
    if (errorType === "")
      return refuse(reply, {
        errorType: "Extension.MissingHeader",
        errorMessage: "Lambda-Extension-Function-Error-Type not found",
      });
    const extension = this.#known(registered);
    const refusal = extension === undefined ? undefined : judgeTransition(extension, state);
    if (refusal !== undefined) return refuse(reply, refusal);
    this.#listener.onExtensionError(registered.name, state, errorType);
    acknowledge(reply, 202);
  }

  /** INVOKE for these extensions. */
  invoke(names: readonly string[], event: InvokeEvent): void {
    for (const registered of this.#registered.values())
      if (names.includes(registered.name)) send(registered, { eventType: "INVOKE", ...event });
  }

  /** SHUTDOWN for those who subscribed to it; answers their names. */
  shutDown(shutdownReason: ShutdownReason, deadlineAt: number): readonly string[] {
    const told = [...this.#registered.values()].filter(({ events }) => events.includes("SHUTDOWN"));
    for (const registered of told) send(registered, { eventType: "SHUTDOWN", shutdownReason, deadlineMs: Math.floor(deadlineAt) });
    return told.map(({ name }) => name);
  }

  #facts(): object {
    const { name, version, package: code } = this.#spec;
    const handler = code.kind === "zip" ? code.handler : (code.command?.[0] ?? "");
    return { functionName: name, functionVersion: version, handler };
  }

  #known({ name, identifier }: Registered): (Extension & { readonly identifier: string }) | undefined {
    const extension = this.#listener.knownExtensions().find((each) => each.name === name);
    return extension === undefined ? undefined : { ...extension, identifier };
  }

  #identify({ headers }: RuntimeRequest, reply: Reply, unknown: string): Registered | undefined {
    const identifier = headers["lambda-extension-identifier"] ?? "";
    const registered = this.#registered.get(identifier);
    if (registered !== undefined) return registered;
    if (identifier === "") {
      refuse(reply, { errorType: "Extension.MissingExtensionIdentifier", errorMessage: "Missing Lambda-Extension-Identifier header" });
    } else if (!UUID.test(identifier)) {
      refuse(reply, { errorType: "Extension.InvalidExtensionIdentifier", errorMessage: "Invalid Lambda-Extension-Identifier" });
    } else {
      const errorMessage = unknown === "Unknown extension" ? `${unknown} ${identifier}` : unknown;
      refuse(reply, { errorType: "Extension.UnknownExtensionIdentifier", errorMessage });
    }
    return undefined;
  }
}

function send(registered: Registered, event: object): void {
  const { waiting } = registered;
  if (waiting === undefined) {
    registered.pending = event;
    return;
  }
  registered.waiting = undefined;
  sendJson(waiting, { "Lambda-Extension-Event-Identifier": randomUUID() }, event);
}

function sendJson(reply: Reply, headers: Readonly<Record<string, string>>, document: object): void {
  reply.send(200, { "Content-Type": JSON_TYPE, ...headers }, Buffer.from(JSON.stringify(document)));
}

function refuse(reply: Reply, refusal: ExtensionRefusal): void {
  replyError(reply, 403, refusal);
}
