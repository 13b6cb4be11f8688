/**
 * Answers of a moment ago instead of asking again: under load hundreds of events of one function
 * want the same record in the same second.
 */
export interface Recently {
  /** What `load` answered for the key within the last moment, or what it answers now. A failure is not kept. */
  get<Value>(key: string, load: () => Promise<Value>): Promise<Value>;
}

/** Answers are used for so long, milliseconds; `now` is monotonic. */
export function createRecently(keptMs: number, now: () => number): Recently {
  let answers = new Map<string, Promise<unknown>>();
  let since = -Infinity;
  return {
    get<Value>(key: string, load: () => Promise<Value>): Promise<Value> {
      if (now() - since >= keptMs) {
        answers = new Map();
        since = now();
      }
      const known = answers.get(key);
      if (known !== undefined) return known as Promise<Value>;
      const loading = load();
      const kept = answers;
      kept.set(key, loading);
      loading.catch(() => kept.delete(key));
      return loading;
    },
  };
}
