import { adjustDispatch, INITIAL_DISPATCH_LIMIT, type DispatchLimit, type Room } from "@lambdock/async-invoke/dispatch-limit";
import type { Executor } from "@lambdock/executor-client/port";
import type { FunctionId } from "@lambdock/model/arn";

/** How many events of each function are tried at once: the executor's answers tell how many it can serve. */
export interface Dispatch {
  /** The executor, listened to. */
  watching(executor: Pick<Executor, "invoke">): Pick<Executor, "invoke">;
  /** The function's events have been idle for long: the next begin as the first did. */
  forget(id: FunctionId): void;
}

interface FunctionDispatch {
  limit: DispatchLimit;
  /** Invocations that the executor has not answered yet. */
  underWay: number;
}

/** A dispatch that tells of each changed limit; no limit is above `limitMax`. */
export function createDispatch(limitMax: number, apply: (id: FunctionId, limit: number) => void): Dispatch {
  const functions = new Map<string, FunctionDispatch>();
  const of = (id: FunctionId): FunctionDispatch => {
    const known = functions.get(keyOf(id));
    if (known !== undefined) return known;
    const first = { limit: INITIAL_DISPATCH_LIMIT, underWay: 0 };
    functions.set(keyOf(id), first);
    return first;
  };
  const onRoom = (id: FunctionId, own: FunctionDispatch, room: Room): void => {
    const before = own.limit.limit;
    own.limit = adjustDispatch(own.limit, room, limitMax);
    if (own.limit.limit !== before) apply(id, own.limit.limit);
  };
  return {
    watching: (executor) => ({
      async invoke(request) {
        const own = of(request.spec);
        own.underWay += 1;
        try {
          const outcome = await executor.invoke(request);
          if (outcome.kind === "throttled") onRoom(request.spec, own, "throttled");
          else if (outcome.kind === "completed") onRoom(request.spec, own, { waitedMs: outcome.waitedMs ?? 0, underWay: own.underWay });
          return outcome;
        } finally {
          own.underWay -= 1;
        }
      },
    }),
    forget: (id) => void functions.delete(keyOf(id)),
  };
}

function keyOf({ accountId, region, name }: FunctionId): string {
  return `${accountId}:${region}:${name}`;
}
