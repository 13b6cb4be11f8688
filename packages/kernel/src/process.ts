import { channel } from "node:diagnostics_channel";
import { ConfigurationError } from "./config.ts";
import type { Logger } from "./logger.ts";
import type { StopList } from "./stop-list.ts";

/** A service that runs, as its process sees it. */
export interface Running {
  readonly logger: Logger;
  /** Everything that runs and is held. */
  readonly stops: StopList;
  /** Time that running work has to finish on stop. */
  readonly stopSeconds: number;
}

/** Hears once that the process's service runs: what begins now is work, and no longer the start. */
export const STARTED_CHANNEL = "lambdock.started";

/**
 * The process of one service: it runs until SIGINT or SIGTERM and then stops in order. A service
 * that can't start ends the process with one sentence on stderr; `whose` begins the one about its settings.
 */
export function runProcess(whose: string, start: () => Promise<Running>): void {
  const stopOnSignal = ({ logger, stops, stopSeconds }: Running): void => {
    const end = async (signal: string): Promise<void> => {
      logger.info("stopping", { signal });
      await stops.run(stopSeconds * 1_000);
      process.exit(0);
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end(signal));
    channel(STARTED_CHANNEL).publish({});
  };
  start().then(stopOnSignal, (error: unknown) => {
    const heading = error instanceof ConfigurationError ? `${whose} configuration is wrong:\n` : "";
    process.stderr.write(`${heading}${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
