/** What is asked again and again as long as somebody looks at it. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError } from "../api/http.ts";

export interface Polled<T> {
  /** The last answer; `undefined` until the first. */
  readonly value: Signal<T | undefined>;
  /** Why the newest request failed; empty when it did not. */
  readonly error: Signal<string>;
  /** Asks now. */
  readonly refresh: () => Promise<void>;
}

/** That nothing answers at all is told once, over all pages. */
function sentenceOf(failure: unknown): string {
  if (failure instanceof ApiError && failure.status === 0) return "";
  return failure instanceof Error ? failure.message : String(failure);
}

/** Asks at once and then every so many milliseconds while the page is seen; anew when `key` changes. */
export function usePolled<T>(ask: () => Promise<T>, everyMs: number, key = ""): Polled<T> {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal("");
  const latest = useSignal(0);
  const refresh = async (): Promise<void> => {
    const mine = (latest.value += 1);
    try {
      const answer = await ask();
      if (latest.peek() !== mine) return;
      value.value = answer;
      error.value = "";
    } catch (failure) {
      if (latest.peek() === mine) error.value = sentenceOf(failure);
    }
  };
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout>;
    value.value = undefined;
    const round = async (): Promise<void> => {
      if (document.visibilityState === "visible") await refresh();
      if (!over) timer = setTimeout(() => void round(), everyMs);
    };
    void round();
    return () => {
      over = true;
      latest.value += 1;
      clearTimeout(timer);
    };
  }, [key, everyMs]);
  return { value, error, refresh };
}
