import type { AsyncEvent, Attempt } from "@lambdock/async-invoke/async-event";
import type { Ended } from "@lambdock/async-invoke/destination-record";
import type { DeliveryTarget } from "@lambdock/async-invoke/targets";

export type { DeliveryTarget };

/** What the queue holds for one event: first it is run, then its end is delivered. */
export type WorkItem =
  | { readonly stage: "run"; readonly event: AsyncEvent; readonly lastAttempt?: Attempt }
  | {
      readonly stage: "deliver";
      readonly ended: Ended;
      /** Those that have not been told yet. */
      readonly targets: readonly DeliveryTarget[];
      readonly tries: number;
      /** Why another target will never be told. */
      readonly givenUp?: string;
    };

/** What shall become of an item after it was worked on. */
export type Next =
  /** The event ended well and needs no place any more. */
  | { readonly kind: "done" }
  | { readonly kind: "later"; readonly item: WorkItem; readonly delayMs: number }
  /** The event failed for good: it is kept among the dead, where people find and redrive it. */
  | { readonly kind: "dead"; readonly item: WorkItem; readonly reason: string };

/** The event of an item, whatever its stage. */
export function eventOf(item: WorkItem): AsyncEvent {
  return item.stage === "run" ? item.event : item.ended.event;
}
