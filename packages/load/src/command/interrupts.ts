/** What Ctrl-C does to a run: first it ends sending, then waiting, then the process. */

/** Something like `process`. */
export interface SignalSource {
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

export interface Interrupts {
  /** Aborts with the first. */
  readonly sending: AbortSignal;
  /** Aborts with the second. */
  readonly waiting: AbortSignal;
  /** Signals end the process again. */
  readonly close: () => void;
}

/** One Ctrl-C may come twice: from the terminal and from npm, which passes it on. */
const SAME_MS = 200;

/** Listens for Ctrl-C, and for what stops containers; `tell` gets a sentence for whoever pressed it. */
export function listenForInterrupts(
  source: SignalSource,
  tell: (sentence: string) => void,
  now: () => number = () => performance.now(),
): Interrupts {
  const [sending, waiting] = [new AbortController(), new AbortController()];
  let heardAt = -Infinity;
  const close = (): void => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) source.off(signal, hear);
  };
  const hear = (): void => {
    const twin = now() - heardAt < SAME_MS;
    heardAt = now();
    if (twin) return;
    if (!sending.signal.aborted) {
      tell("No more is sent; waiting for what is under way (Ctrl-C again to wait no longer).");
      return sending.abort();
    }
    tell("Taking away what was made (Ctrl-C again to end at once, and leave it).");
    waiting.abort();
    close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) source.on(signal, hear);
  return { sending: sending.signal, waiting: waiting.signal, close };
}
