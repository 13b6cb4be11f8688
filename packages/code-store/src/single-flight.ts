/** Callers that ask for the same key while its work is running share that one run and its outcome. */
export function createSingleFlight<Result>(): (key: string, run: () => Promise<Result>) => Promise<Result> {
  const running = new Map<string, Promise<Result>>();
  return (key, run) => {
    const present = running.get(key);
    if (present !== undefined) return present;
    const started = run().finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
}
