import type { Logger } from "@lambdock/kernel/logger";
import type { MappingStore } from "@lambdock/store/event-source-mappings";
import type { FunctionStore } from "@lambdock/store/functions";
import type { SourceProbe } from "./source-probe.ts";

/** What the operations of event source mappings work with. */
export interface MappingParts {
  readonly functions: Pick<FunctionStore, "get">;
  readonly mappings: MappingStore;
  readonly sourceProbe: SourceProbe;
  readonly logger: Logger;
  /** A fresh UUID. */
  readonly newId: () => string;
}
