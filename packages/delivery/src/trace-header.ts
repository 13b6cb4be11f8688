/** The part of an SDK client that every one of them has. */
interface TracedClient {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: { request: unknown }) => unknown) => (args: { request: unknown }) => unknown,
      options: { readonly step: "build"; readonly name: string; readonly override: true },
    ): void;
  };
}

/**
 * Makes a command carry `X-Amzn-Trace-Id` to its service, as the SDKs inside functions do: lineage
 * reaches the next function by it. The header is signed with the rest.
 */
export function traced<Command>(command: Command, traceHeader: string | undefined): Command {
  if (traceHeader === undefined || traceHeader === "") return command;
  (command as TracedClient).middlewareStack.add(
    (next) => (args) => {
      (args.request as { readonly headers: Record<string, string> }).headers["X-Amzn-Trace-Id"] = traceHeader;
      return next(args);
    },
    { step: "build", name: "lambdockTraceHeader", override: true },
  );
  return command;
}
