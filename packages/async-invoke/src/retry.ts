/**
 * What becomes of an event after an attempt (async.md sections 2 and 9).
 *
 * Function errors: at most two more attempts, after one and two minutes. Throttles and system
 * errors: back to the queue from 1 s doubling to 5 min, for as long as the event may live, without
 * using up attempts. Age is looked at ahead: a retry that would come too late is not made [recorded].
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import { assertNever } from "@lambdock/model/invariant";
import type { AsyncEvent, Attempt, Condition, RetryPolicy } from "./async-event.ts";

/** What to do with the event now. */
export type Verdict =
  | { readonly kind: "ended"; readonly event: AsyncEvent; readonly condition: Condition }
  /** Again after so long, in AWS's time; the event counts what happened. */
  | { readonly kind: "retry"; readonly event: AsyncEvent; readonly delayMs: number };

/** Delays before the first and the second retry of a function error, milliseconds. */
const FUNCTION_ERROR_DELAYS_MS = [60_000, 120_000] as const;
const SETBACK_DELAY_MS_MIN = 1_000;
const SETBACK_DELAY_MS_MAX = 300_000;

/**
 * Judges an attempt. `ageMs` is the event's age now, in AWS's time; `random` from 0 to 1 spreads
 * the setbacks' delays over their upper half, so that throttled events do not come back together.
 */
export function judge(
  before: AsyncEvent,
  attempt: Attempt,
  context: { readonly policy: RetryPolicy; readonly ageMs: number; readonly random: number },
): Verdict {
  switch (attempt.kind) {
    case "success":
      return { kind: "ended", event: ran(before), condition: "Success" };
    case "function-error":
      return afterFunctionError(ran(before), context);
    case "zero-concurrency":
      return { kind: "ended", event: before, condition: "ZeroReservedConcurrency" };
    case "recursion":
      // AWS documents the destination, not the condition [unsure]: of its closed set this one says that no attempt is left.
      return { kind: "ended", event: before, condition: "RetriesExhausted" };
    case "throttled":
    case "system-error":
      return afterSetback(before, context);
    default:
      return assertNever(attempt);
  }
}

/** True when an event that waited is too old to be run at all. */
export function expired(policy: RetryPolicy, ageMs: number): boolean {
  return ageMs > policy.maximumEventAgeSeconds * 1_000;
}

function ran(event: AsyncEvent): AsyncEvent {
  return { ...event, attempts: event.attempts + 1, setbacks: 0 };
}

function afterFunctionError(event: AsyncEvent, { policy, ageMs }: { readonly policy: RetryPolicy; readonly ageMs: number }): Verdict {
  if (event.attempts > policy.maximumRetryAttempts) return { kind: "ended", event, condition: "RetriesExhausted" };
  const delayMs = FUNCTION_ERROR_DELAYS_MS[event.attempts - 1] ?? FUNCTION_ERROR_DELAYS_MS[1];
  if (ageMs + delayMs >= policy.maximumEventAgeSeconds * 1_000) return { kind: "ended", event, condition: "EventAgeExceeded" };
  return { kind: "retry", event, delayMs };
}

function afterSetback(
  event: AsyncEvent,
  { policy, ageMs, random }: { readonly policy: RetryPolicy; readonly ageMs: number; readonly random: number },
): Verdict {
  const ceiling = Math.min(SETBACK_DELAY_MS_MAX, SETBACK_DELAY_MS_MIN * 2 ** Math.min(event.setbacks, 20));
  const delayMs = Math.round(ceiling * (0.5 + random / 2));
  const after = { ...event, setbacks: event.setbacks + 1 };
  if (ageMs + delayMs > policy.maximumEventAgeSeconds * 1_000) return { kind: "ended", event: after, condition: "EventAgeExceeded" };
  return { kind: "retry", event: after, delayMs };
}
