import type { Timers } from "@lambdock/kernel/clock";
import type { MappingSettings } from "@lambdock/model/event-source-mapping";
import {
  concurrencyOf,
  initialScaling,
  onFunctionError,
  onReceived,
  onThrottle,
  onTime,
  pollersOf,
  scalingRules,
  withRules,
  type ScalingMoment,
  type Use,
} from "@lambdock/polling/sqs/scaling";

/** How many batches of a mapping may be worked at a time, following what happens. */
export interface Concurrency {
  current(): number;
  pollers(): number;
  received(messages: number, use: Use): void;
  /** So much time has passed since it was last told anything; to be told before the use changes. */
  passed(use: Use): void;
  failed(): void;
  throttled(): void;
  setSettings(settings: MappingSettings): void;
}

/** Drives the decisions of `scaling.ts` with the time of now, so many times faster. */
export function createConcurrency(
  settings: MappingSettings,
  { timers, timeScale }: { readonly timers: Timers; readonly timeScale: number },
): Concurrency {
  let rules = scalingRules(settings);
  const moment = (): ScalingMoment => ({ now: timers.now() * timeScale, rules });
  let scaling = initialScaling(rules, moment().now);
  return {
    current: () => concurrencyOf(scaling),
    pollers: () => pollersOf(scaling, rules),
    received(messages, use) {
      scaling = onReceived(scaling, messages, { ...moment(), ...use });
    },
    passed(use) {
      scaling = onTime(scaling, { ...moment(), ...use });
    },
    failed() {
      scaling = onFunctionError(scaling, moment());
    },
    throttled() {
      scaling = onThrottle(scaling, moment());
    },
    setSettings(changed) {
      rules = scalingRules(changed);
      scaling = withRules(scaling, moment());
    },
  };
}
