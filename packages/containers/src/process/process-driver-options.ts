import type { Logger } from "@lambdock/kernel/logger";
import type { RuntimeApiAddress } from "../port.ts";

/** Everything the child-process driver needs to know about its surroundings. */
export interface ProcessDriverOptions {
  /** Sandboxes live below `run/` of this directory. */
  readonly dataDirectory: string;
  readonly runtimeApi: RuntimeApiAddress;
  /** Program per runtime name, such as `{"nodejs24.x": "/opt/node24/bin/node"}`; others are looked for. */
  readonly interpreters: Readonly<Record<string, string>>;
  /** `PATH` of the machine: where interpreters are looked for, and what functions find behind AWS's own directories. */
  readonly searchPath: string;
  /** Region in the runtime version ARN. */
  readonly region: string;
  readonly logger: Logger;
}
