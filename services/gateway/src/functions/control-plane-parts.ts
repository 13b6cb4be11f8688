import type { CodeStore } from "@lambdock/code-store/code-store";
import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { CodeUsage } from "@lambdock/store/code-usage";
import type { MappingStore } from "@lambdock/store/event-source-mappings";
import type { EventInvokeConfigStore } from "@lambdock/store/event-invoke-configs";
import type { FunctionStore } from "@lambdock/store/functions";
import type { LayerStore } from "@lambdock/store/layers";
import type { PolicyStore } from "@lambdock/store/policies";
import type { RecursionConfigStore } from "@lambdock/store/recursion-configs";
import type { ReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import type { TagStore } from "@lambdock/store/tags";
import type { ReservationNews } from "../concurrency/reservation-news.ts";
import type { SourceProbe } from "../event-source-mappings/source-probe.ts";
import type { CodeLinks } from "./code-links.ts";
import type { Preparation } from "./preparation.ts";

/** The zips of the code store that the gateway reads and writes. */
export type ZipStore = Pick<CodeStore, "putZip" | "checkZip" | "openZip" | "has" | "remove">;

/** What the operations of the control plane work with. */
export interface ControlPlaneParts {
  readonly functions: FunctionStore;
  readonly layers: LayerStore;
  readonly tags: TagStore;
  readonly policies: PolicyStore;
  readonly eventInvokeConfigs: EventInvokeConfigStore;
  readonly mappings: MappingStore;
  /** Looks at queues and streams. */
  readonly sourceProbe: SourceProbe;
  readonly recursionConfigs: RecursionConfigStore;
  readonly reservedConcurrency: ReservedConcurrencyStore;
  readonly reservationNews: ReservationNews;
  readonly usage: CodeUsage;
  readonly zips: ZipStore;
  readonly links: CodeLinks;
  readonly preparation: Preparation;
  readonly executor: Pick<Executor, "prepare" | "retire">;
  readonly clock: Timers;
  readonly logger: Logger;
  /** A fresh UUID. */
  readonly newId: () => string;
  /** Base URL of an S3 endpoint for code sources; absent when none is configured. */
  readonly s3Endpoint?: string;
  /** `ConcurrentExecutions` of the account. */
  readonly accountConcurrency: number;
}
