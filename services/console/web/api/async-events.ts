/** Lambdock's own API for the queues of asynchronous events. */
import { account, region } from "../state/scope.ts";
import { json } from "./http.ts";

export type QueueState = "waiting" | "running" | "retrying" | "dead";
export const QUEUE_STATES: readonly QueueState[] = ["waiting", "running", "retrying", "dead"];

export interface QueueSummary {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly waiting: number;
  readonly running: number;
  readonly retrying: number;
  readonly dead: number;
  readonly oldestAgeMs: number;
}

export interface AsyncEvent {
  readonly requestId: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly qualifier: string;
  readonly payload: string;
  readonly acceptedAt: number;
  readonly attempts: number;
  readonly setbacks: number;
}

export interface Attempt {
  readonly kind: string;
  readonly payload?: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface QueuedEvent {
  readonly requestId: string;
  readonly state: QueueState;
  readonly reason?: string;
  readonly nextAt?: number;
  readonly item:
    | { readonly stage: "run"; readonly event: AsyncEvent; readonly lastAttempt?: Attempt }
    | {
        readonly stage: "deliver";
        readonly ended: { readonly event: AsyncEvent; readonly condition: string; readonly lastAttempt?: Attempt };
        readonly targets: readonly { readonly kind: string; readonly arn: string }[];
        readonly tries: number;
      };
}

/** The event of a queued one, whatever is done with it. */
export const eventOf = ({ item }: QueuedEvent): AsyncEvent => (item.stage === "run" ? item.event : item.ended.event);
/** How its last attempt went. */
export const lastAttemptOf = ({ item }: QueuedEvent): Attempt | undefined =>
  item.stage === "run" ? item.lastAttempt : item.ended.lastAttempt;

const of = (name: string): string => `/_lambdock/async/${account.value}/${region.value}/${encodeURIComponent(name)}`;

export const listQueues = async (): Promise<readonly QueueSummary[]> =>
  (await json<{ readonly queues: readonly QueueSummary[] }>("/_lambdock/async")).queues.filter(
    (queue) => queue.accountId === account.value && queue.region === region.value,
  );
export const listEvents = async (name: string, state: QueueState, count = 100): Promise<readonly QueuedEvent[]> =>
  (await json<{ readonly events: readonly QueuedEvent[] }>(`${of(name)}/events?state=${state}&count=${count}`)).events;
export const redrive = (name: string, requestIds?: readonly string[]): Promise<{ readonly redriven: number }> =>
  json(`${of(name)}/redrive`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(requestIds === undefined ? {} : { requestIds }),
  });
export const purge = (name: string, state: QueueState): Promise<{ readonly purged: number }> =>
  json(`${of(name)}/events?state=${state}`, { method: "DELETE" });
