import type { QualifiedStores } from "@lambdock/directory/qualified-specs";
import type { Logger } from "@lambdock/kernel/logger";
import type { MappingStore } from "@lambdock/store/event-source-mappings";
import type { SourceProbe } from "./source-probe.ts";

/** What the operations of event source mappings work with. */
export interface MappingParts extends QualifiedStores {
  readonly mappings: MappingStore;
  readonly sourceProbe: SourceProbe;
  readonly logger: Logger;
  /** A fresh UUID. */
  readonly newId: () => string;
}
