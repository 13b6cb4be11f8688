/**
 * Sandboxes that wait to be made. Starting one is the dearest thing the machine does, so only a
 * few are made at once, and functions take turns: a burst of one cannot starve another.
 */
export interface StartQueue {
  /** A run waits for this environment: served in turn with other functions. */
  push(functionKey: string, environmentId: string): void;
  /** A spare: made only when nobody waits for a run's environment. */
  pushSpare(environmentId: string): void;
  /** Takes an environment out again (its run found a warm one). True when it was still waiting. */
  remove(environmentId: string): boolean;
  /** The next environment to make, or `undefined`. */
  shift(): string | undefined;
  readonly size: number;
}

/** An empty queue. */
export function createStartQueue(): StartQueue {
  // Insertion order of the map is the turn order: a served function goes to the end.
  const turns = new Map<string, Set<string>>();
  const functionOf = new Map<string, string>();
  const spares = new Set<string>();

  const shiftTurn = (): string | undefined => {
    const [turn] = turns;
    if (turn === undefined) return undefined;
    const [functionKey, waiting] = turn;
    const environmentId = waiting.values().next().value!;
    turns.delete(functionKey);
    waiting.delete(environmentId);
    functionOf.delete(environmentId);
    if (waiting.size > 0) turns.set(functionKey, waiting);
    return environmentId;
  };

  return {
    push(functionKey, environmentId) {
      const waiting = turns.get(functionKey) ?? new Set();
      waiting.add(environmentId);
      turns.set(functionKey, waiting);
      functionOf.set(environmentId, functionKey);
    },
    pushSpare: (environmentId) => void spares.add(environmentId),
    remove(environmentId) {
      if (spares.delete(environmentId)) return true;
      const functionKey = functionOf.get(environmentId);
      if (functionKey === undefined) return false;
      functionOf.delete(environmentId);
      const waiting = turns.get(functionKey)!;
      waiting.delete(environmentId);
      if (waiting.size === 0) turns.delete(functionKey);
      return true;
    },
    shift() {
      const environmentId = shiftTurn();
      if (environmentId !== undefined) return environmentId;
      const spare = spares.values().next().value;
      if (spare !== undefined) spares.delete(spare);
      return spare;
    },
    get size() {
      return functionOf.size + spares.size;
    },
  };
}
