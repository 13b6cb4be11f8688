import { randomUUID } from "node:crypto";
import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { invariant } from "@lambdock/model/invariant";
import { createCodeUsage } from "@lambdock/store/code-usage";
import { createEventInvokeConfigStore } from "@lambdock/store/event-invoke-configs";
import { subscribeToFunctionChanges, type FunctionChanges } from "@lambdock/store/function-changes";
import { createFunctionStore } from "@lambdock/store/functions";
import { createLayerStore } from "@lambdock/store/layers";
import { createPolicyStore } from "@lambdock/store/policies";
import { redisFailure, type RedisClient } from "@lambdock/store/redis";
import { sharedSecret } from "@lambdock/store/secrets";
import { createTagStore } from "@lambdock/store/tags";
import { controlPlaneOperations } from "./control-plane-operations.ts";
import { createCachedDirectory } from "@lambdock/directory/cached-directory";
import { createDownloads, type Downloads } from "./functions/code-downloads.ts";
import { createCodeLinks } from "./functions/code-links.ts";
import { sweepUnusedCode } from "./functions/code-sweep.ts";
import type { ControlPlaneParts, ZipStore } from "./functions/control-plane-parts.ts";
import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { observedFunctions } from "./functions/function-changes.ts";
import { createPreparation } from "./functions/preparation.ts";
import type { Operation, OperationTable } from "./operation.ts";

/** What the control plane has to be told. */
export interface ControlPlaneConfig {
  /** `LAMBDOCK_S3_ENDPOINT`: where code is fetched that is given as S3Bucket and S3Key; empty for nowhere. */
  readonly s3Endpoint: string;
  /** Concurrent executions of an account. */
  readonly accountConcurrency: number;
}

export interface ControlPlaneOptions {
  readonly config: ControlPlaneConfig;
  readonly logger: Logger;
  readonly redis: RedisClient;
  readonly executor: Pick<Executor, "prepare" | "retire">;
  readonly codeStore: ZipStore;
  readonly clock: Timers;
}

/** Functions, layers, tags and policies: their records, their API, and the directory of the data plane. */
export interface ControlPlane {
  readonly operations: OperationTable;
  readonly directory: FunctionDirectory;
  /** Serves the links that GetFunction and GetLayerVersion give. */
  readonly downloads: Downloads;
  /** Hears of other gateways' changes, and takes up unfinished preparations. */
  start(): Promise<void>;
  /** Resolves when nothing runs in the background any more. */
  stop(): Promise<void>;
}

/** Milliseconds between sweeps for unused code and for preparations that a lost gateway left behind. */
const SWEEP_INTERVAL_MS = 10 * 60_000;

/** The control plane over that Redis. It is to be started before its operations are called. */
export function createControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { redis, clock, logger } = options;
  const failFast = orServiceException(redis);
  const stored = createFunctionStore(redis);
  const directory = createCachedDirectory((id) => failFast(stored.get(id)));
  const functions = observedFunctions(stored, { written: (id) => directory.forget(id), seen: (record) => directory.seen(record) });
  const usage = createCodeUsage(redis);
  let linkSecret: string | undefined;
  const links = createCodeLinks(() => {
    invariant(linkSecret !== undefined, "the control plane is started before it is asked for links");
    return linkSecret;
  });
  const shared = { functions, usage, links, executor: options.executor, clock, logger, newId: randomUUID };
  const parts: ControlPlaneParts = {
    ...shared,
    layers: createLayerStore(redis),
    tags: createTagStore(redis),
    policies: createPolicyStore(redis),
    eventInvokeConfigs: createEventInvokeConfigStore(redis),
    zips: options.codeStore,
    preparation: createPreparation(shared),
    accountConcurrency: options.config.accountConcurrency,
    ...(options.config.s3Endpoint === "" ? {} : { s3Endpoint: options.config.s3Endpoint }),
  };
  let changes: FunctionChanges | undefined;
  let cancelSweep = (): void => undefined;
  const sweep = async (): Promise<void> => {
    await parts.preparation.resume();
    await sweepUnusedCode(parts);
  };
  const sweepRegularly = (): void => {
    cancelSweep = clock.after(SWEEP_INTERVAL_MS, () => {
      sweep().catch((error: unknown) => logger.warn("the regular sweep broke off", { cause: error }));
      sweepRegularly();
    });
  };
  return {
    operations: withServiceExceptions(controlPlaneOperations(parts), failFast),
    directory,
    downloads: createDownloads(parts),
    async start() {
      changes = await subscribeToFunctionChanges(redis, { onChange: (id) => directory.forget(id), onGap: () => directory.forgetAll() });
      linkSecret = await sharedSecret(redis, "code-links");
      await sweep();
      sweepRegularly();
    },
    async stop() {
      cancelSweep();
      changes?.close();
      await parts.preparation.stop();
    },
  };
}

type FailFast = <Result>(work: Promise<Result>) => Promise<Result>;

/** Redis away is a 500 whose message names the cure; other errors pass. */
function orServiceException(redis: RedisClient): FailFast {
  return async (work) => {
    try {
      return await work;
    } catch (error) {
      const failure = redisFailure(error, redis);
      throw failure === undefined ? error : new AwsError("ServiceException", failure.message);
    }
  };
}

function withServiceExceptions(table: OperationTable, failFast: FailFast): OperationTable {
  const guarded =
    (operation: Operation): Operation =>
    (input, context) =>
      failFast(operation(input, context));
  return Object.fromEntries(Object.entries(table).map(([name, operation]) => [name, guarded(operation)]));
}
