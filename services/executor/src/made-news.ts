import type { FunctionSpec } from "@lambdock/model/function-spec";

/** Who waits for the next sandbox of a function revision. */
export interface MadeNews {
  /** Resolves when the next one is made, or could not be. */
  next(spec: FunctionSpec): Promise<void>;
  /** One was made, or could not be. */
  tell(spec: FunctionSpec): void;
}

/** Nobody waits yet. */
export function createMadeNews(): MadeNews {
  const listeners = new Map<string, (() => void)[]>();
  const keyOf = (spec: FunctionSpec): string => `${spec.functionArn} ${spec.version} ${spec.revision}`;
  return {
    next: (spec) =>
      new Promise<void>((resolve) => {
        const key = keyOf(spec);
        listeners.set(key, [...(listeners.get(key) ?? []), resolve]);
      }),
    tell(spec) {
      if (listeners.size === 0) return;
      const key = keyOf(spec);
      const waiting = listeners.get(key) ?? [];
      listeners.delete(key);
      for (const resolve of waiting) resolve();
    },
  };
}
