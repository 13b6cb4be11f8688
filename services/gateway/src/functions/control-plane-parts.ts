import type { CodeStore } from "@lambdock/code-store/code-store";
import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { AliasStore } from "@lambdock/store/aliases";
import type { FunctionId } from "@lambdock/model/arn";
import type { CodeUsage } from "@lambdock/store/code-usage";
import type { MappingStore } from "@lambdock/store/event-source-mappings";
import type { EventInvokeConfigStore } from "@lambdock/store/event-invoke-configs";
import type { FunctionStore } from "@lambdock/store/functions";
import type { LayerStore } from "@lambdock/store/layers";
import type { PolicyStore } from "@lambdock/store/policies";
import type { ProvisionedConcurrencyStore } from "@lambdock/store/provisioned-concurrency";
import type { RecursionConfigStore } from "@lambdock/store/recursion-configs";
import type { ReservedConcurrencyStore } from "@lambdock/store/reserved-concurrency";
import type { RuntimeManagementConfigStore } from "@lambdock/store/runtime-management-configs";
import type { TagStore } from "@lambdock/store/tags";
import type { VersionStore } from "@lambdock/store/versions";
import type { ProvisionedUpkeep } from "../concurrency/provisioned-upkeep.ts";
import type { ReservationNews } from "../concurrency/reservation-news.ts";
import type { SourceProbe } from "../event-source-mappings/source-probe.ts";
import type { VersionPreparation } from "../versions/version-preparation.ts";
import type { CodeLinks } from "./code-links.ts";
import type { Preparation } from "./preparation.ts";

/** The zips of the code store that the gateway reads and writes. */
export type ZipStore = Pick<CodeStore, "putZip" | "checkZip" | "openZip" | "has" | "remove">;

/** What the operations of the control plane work with. */
export interface ControlPlaneParts {
  readonly functions: FunctionStore;
  readonly versions: VersionStore;
  readonly aliases: AliasStore;
  readonly layers: LayerStore;
  readonly tags: TagStore;
  readonly policies: PolicyStore;
  readonly eventInvokeConfigs: EventInvokeConfigStore;
  readonly mappings: MappingStore;
  /** Looks at queues and streams. */
  readonly sourceProbe: SourceProbe;
  readonly recursionConfigs: RecursionConfigStore;
  readonly runtimeManagementConfigs: RuntimeManagementConfigStore;
  readonly reservedConcurrency: ReservedConcurrencyStore;
  readonly reservationNews: ReservationNews;
  readonly provisionedConcurrency: ProvisionedConcurrencyStore;
  readonly provisionedUpkeep: ProvisionedUpkeep;
  readonly usage: CodeUsage;
  readonly zips: ZipStore;
  readonly links: CodeLinks;
  readonly preparation: Preparation;
  readonly versionPreparation: VersionPreparation;
  /** An alias was created, moved or deleted, or a version deleted: what depends on that qualifier is to follow. Never rejects. */
  readonly onQualifierChange: (id: FunctionId, qualifier: string) => Promise<void>;
  readonly executor: Pick<Executor, "prepare" | "retire" | "allocations">;
  readonly clock: Timers;
  readonly logger: Logger;
  /** A fresh UUID. */
  readonly newId: () => string;
  /** Base URL of an S3 endpoint for code sources; absent when none is configured. */
  readonly s3Endpoint?: string;
  /** `ConcurrentExecutions` of the account. */
  readonly accountConcurrency: number;
  /** What the account keeps for functions without a reservation. */
  readonly unreservedFloor: number;
}
