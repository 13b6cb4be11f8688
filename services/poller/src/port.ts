/**
 * What runs one event source mapping, as the poller's owner of leases sees it: `sqs/` and `streams/`
 * each offer a {@link RunMapping}.
 */
import type { DeliveryEndpoints, ServiceAddress } from "@lambdock/delivery/endpoints";
import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import type { MappingStatus } from "@lambdock/model/mapping-status";
import type { RecursionConfigStore } from "@lambdock/store/recursion-configs";
import type { CheckpointStore } from "./checkpoints.ts";
import type { LeaseToken } from "./leases/lease-token.ts";
import type { MappingMetrics } from "./metrics.ts";

export type { MappingStatus };

/** Where sources and on-failure destinations are; `clientSettings` of packages/delivery makes SDK clients of them. */
export interface SourceEndpoints {
  readonly sqs: ServiceAddress;
  readonly kinesis: ServiceAddress;
  /** DynamoDB, and its streams. */
  readonly dynamodb: ServiceAddress;
  /** For on-failure destinations. */
  readonly delivery: DeliveryEndpoints;
}

/** A mapping at work. */
export interface MappingRunner {
  /**
   * Resolves when its place in the source is taken: what is written from then on is read. Never
   * rejects, and with a source that is away may take for ever. Absent: there is nothing to wait for.
   */
  readonly begun?: Promise<void>;
  /** Takes up changed settings without losing what is in flight. */
  update(mapping: EventSourceMapping): void;
  status(): MappingStatus;
  /**
   * Stops receiving, and waits at most so long for what is in flight; what then is left returns to
   * its source (visibility timeout, checkpoint). Milliseconds.
   */
  stop(deadlineMs: number): Promise<void>;
}

/** What a runner stands on. */
export interface RunnerParts {
  readonly executor: Pick<Executor, "invoke">;
  readonly directory: FunctionDirectory;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly metrics: MappingMetrics;
  /** Whether functions may go on in recursive loops; asked only about one that is in a loop already. */
  readonly recursionConfigs: Pick<RecursionConfigStore, "get">;
  readonly endpoints: SourceEndpoints;
  /** What the mapping has done of its source; written with {@link lease}. */
  readonly checkpoints: CheckpointStore;
  /** Holds as long as this runner runs. */
  readonly lease: LeaseToken;
  /** A write was refused because the lease is another's: the runner will be stopped at once, with a deadline of 0. */
  readonly onLeaseLost: () => void;
  /** Told whenever the last processing result or the reason of a problem changes; stored on the mapping. */
  readonly onResult: (result: string) => void;
  /** Delays pass so many times faster; 1 is real time. */
  readonly timeScale: number;
}

/** Starts to work a mapping; never throws: a source that can't be reached is retried and told by `onResult`. */
export type RunMapping = (mapping: EventSourceMapping, parts: RunnerParts) => MappingRunner;
