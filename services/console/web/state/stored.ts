import { effect, signal, type Signal } from "@preact/signals";

/** A signal that outlives the page, in this browser. What cannot be read or kept is the default. */
export function stored<T>(key: string, fallback: T, isValid: (value: unknown) => value is T): Signal<T> {
  const state = signal(read(key, fallback, isValid));
  effect(() => {
    try {
      localStorage.setItem(`lambdock.${key}`, JSON.stringify(state.value));
    } catch {
      // Full, or forbidden: the page works without.
    }
  });
  return state;
}

/** The same, and what another tab writes is known here too. */
export function storedForAll<T>(key: string, fallback: T, isValid: (value: unknown) => value is T): Signal<T> {
  const state = stored(key, fallback, isValid);
  addEventListener("storage", (event) => {
    if (event.key === `lambdock.${key}`) state.value = read(key, fallback, isValid);
  });
  return state;
}

function read<T>(key: string, fallback: T, isValid: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(`lambdock.${key}`) ?? "null");
    return isValid(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

export const isText = (value: unknown): value is string => typeof value === "string";
