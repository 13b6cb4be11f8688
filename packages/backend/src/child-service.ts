/** A program that is started on first use, and again on the next use after it died. */
import type { Logger } from "@lambdock/kernel/logger";
import { launch, type ChildProcess, type LaunchOptions } from "./child-process.ts";
import { unavailable } from "./failure.ts";

export interface ChildServiceOptions extends LaunchOptions {
  /** For messages, such as `Kinesis`. */
  readonly name: string;
  readonly logger: Logger;
  /** Done before each start, such as creating its directory. */
  readonly prepare: () => Promise<void>;
  /** What a person can do when it does not start. */
  readonly cure: string;
  /** Milliseconds that it has to end at least, whatever the deadline of {@link ChildService.stop}: it writes its data. */
  readonly endWithinMs: number;
}

export interface ChildService {
  /** The program, started if it does not run; one start for all who ask meanwhile. Rejects with a BackendFailure. */
  running(): Promise<ChildProcess>;
  /** The program if it runs or is being started. */
  readonly current: Promise<ChildProcess> | undefined;
  /** Ends it; nothing starts it again. */
  stop(deadlineMs: number): Promise<void>;
}

/** Builds the service; nothing runs before the first use. */
export function createChildService(options: ChildServiceOptions): ChildService {
  const { name, logger, cure, endWithinMs } = options;
  let current: Promise<ChildProcess> | undefined;
  let stopping = false;
  const start = async (): Promise<ChildProcess> => {
    const began = performance.now();
    await options.prepare();
    const child = await launch(options);
    logger.info("started", { server: name, pid: child.pid, address: child.url.origin, tookMs: Math.round(performance.now() - began) });
    return child;
  };
  const watch = (started: Promise<ChildProcess>): void => {
    const forget = (): void => {
      if (current === started) current = undefined;
    };
    void started.then(
      async (child) => {
        const lastWords = await child.ended;
        forget();
        if (!stopping) logger.warn("a server ended; the next request starts it again", { server: name, reason: lastWords });
      },
      (error: unknown) => {
        forget();
        logger.error("a server does not start", { server: name, error });
      },
    );
  };
  return {
    get current() {
      return current;
    },
    async running() {
      if (stopping) throw unavailable(`${name} is being stopped.`);
      if (current === undefined) {
        current = start();
        watch(current);
      }
      return await current.catch((error: unknown) => {
        throw unavailable(`${name} does not start: ${error instanceof Error ? error.message : String(error)}. ${cure}`);
      });
    },
    async stop(deadlineMs) {
      stopping = true;
      const child = await current?.catch(() => undefined);
      await child?.end(Math.max(deadlineMs, endWithinMs));
    },
  };
}
