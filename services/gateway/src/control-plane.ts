import { randomUUID } from "node:crypto";
import type { Executor } from "@lambdock/executor-client/port";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import type { FunctionId } from "@lambdock/model/arn";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { invariant } from "@lambdock/model/invariant";
import { unreservedFloor } from "@lambdock/model/reserved-concurrency";
import { createAliasStore } from "@lambdock/store/aliases";
import { createCodeUsage } from "@lambdock/store/code-usage";
import { createEventInvokeConfigStore } from "@lambdock/store/event-invoke-configs";
import { subscribeToFunctionChanges, type FunctionChanges } from "@lambdock/store/function-changes";
import { createMappingStore } from "@lambdock/store/event-source-mappings";
import { createFunctionStore } from "@lambdock/store/functions";
import { createLayerStore } from "@lambdock/store/layers";
import { createPolicyStore } from "@lambdock/store/policies";
import { createRecursionConfigStore } from "@lambdock/store/recursion-configs";
import { redisFailure, type RedisClient } from "@lambdock/store/redis";
import { createRuntimeManagementConfigStore } from "@lambdock/store/runtime-management-configs";
import { sharedSecret } from "@lambdock/store/secrets";
import { createTagStore } from "@lambdock/store/tags";
import { createVersionStore } from "@lambdock/store/versions";
import { controlPlaneOperations } from "./control-plane-operations.ts";
import { createCachedDirectory } from "@lambdock/directory/cached-directory";
import { createConcurrencyParts } from "./concurrency/concurrency-parts.ts";
import { createSourceProbe, type SourceCredentials } from "./event-source-mappings/aws-source-probe.ts";
import type { SourceProbe } from "./event-source-mappings/source-probe.ts";
import { createDownloads, type Downloads } from "./functions/code-downloads.ts";
import { createCodeLinks } from "./functions/code-links.ts";
import { sweepUnusedCode } from "./functions/code-sweep.ts";
import type { ControlPlaneParts, ZipStore } from "./functions/control-plane-parts.ts";
import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { observedFunctions } from "./functions/function-changes.ts";
import { createPreparation } from "./functions/preparation.ts";
import type { Operation, OperationTable } from "./operation.ts";
import { observedAliases, observedVersions } from "./versions/observed-versions.ts";
import { createVersionPreparation } from "./versions/version-preparation.ts";

/** What the control plane has to be told. */
export interface ControlPlaneConfig {
  /** `LAMBDOCK_S3_ENDPOINT`: where code is fetched that is given as S3Bucket and S3Key; empty for nowhere. */
  readonly s3Endpoint: string;
  /** Concurrent executions of an account. */
  readonly accountConcurrency: number;
  /** `LAMBDOCK_UNRESERVED_MINIMUM`: what it keeps for functions without a reservation; AWS's 100 when absent. */
  readonly unreservedMinimum?: number;
  /** Address and port on which the gateway listens: where sources are that have no endpoint of their own. */
  readonly host?: string;
  readonly port?: number;
  /** `LAMBDOCK_SQS_ENDPOINT` and its like; empty or absent: this gateway. */
  readonly sqsEndpoint?: string;
  readonly kinesisEndpoint?: string;
  readonly dynamodbEndpoint?: string;
  /** Keys for these endpoints. */
  readonly targetCredentials?: SourceCredentials | null;
  /** Whether this gateway looks at signatures, and the secrets by access key id that it takes. */
  readonly requireSignature?: boolean;
  readonly credentials?: ReadonlyMap<string, string>;
}

export interface ControlPlaneOptions {
  readonly config: ControlPlaneConfig;
  readonly logger: Logger;
  readonly redis: RedisClient;
  readonly executor: Pick<Executor, "prepare" | "retire" | "reserve" | "allocations">;
  readonly codeStore: ZipStore;
  readonly clock: Timers;
  /** Looks at the sources of event source mappings; over the configured endpoints when absent. */
  readonly sourceProbe?: SourceProbe;
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
  const storedVersions = createVersionStore(redis);
  const storedAliases = createAliasStore(redis);
  const directory = createCachedDirectory({
    functions: { get: (id) => failFast(stored.get(id)) },
    versions: { get: (id, version) => failFast(storedVersions.get(id, version)) },
    aliases: { get: (id, name) => failFast(storedAliases.get(id, name)) },
  });
  const forget = (id: FunctionId): void => directory.forget(id);
  const functions = observedFunctions(stored, { written: forget, seen: (record) => directory.seen(record) });
  const usage = createCodeUsage(redis);
  let linkSecret: string | undefined;
  const links = createCodeLinks(() => {
    invariant(linkSecret !== undefined, "the control plane is started before it is asked for links");
    return linkSecret;
  });
  const qualified = { functions, versions: observedVersions(storedVersions, forget), aliases: observedAliases(storedAliases, forget) };
  const shared = { ...qualified, usage, links, executor: options.executor, clock, logger, newId: randomUUID };
  const concurrency = createConcurrencyParts(redis, shared);
  const parts: ControlPlaneParts = {
    ...shared,
    layers: createLayerStore(redis),
    tags: createTagStore(redis),
    policies: createPolicyStore(redis),
    eventInvokeConfigs: createEventInvokeConfigStore(redis),
    mappings: createMappingStore(redis),
    sourceProbe: options.sourceProbe ?? probeOver(options.config),
    recursionConfigs: createRecursionConfigStore(redis),
    runtimeManagementConfigs: createRuntimeManagementConfigStore(redis),
    ...concurrency,
    zips: options.codeStore,
    preparation: createPreparation(shared),
    versionPreparation: createVersionPreparation(shared),
    accountConcurrency: options.config.accountConcurrency,
    unreservedFloor: unreservedFloor(options.config.accountConcurrency, options.config.unreservedMinimum),
    ...(options.config.s3Endpoint === "" ? {} : { s3Endpoint: options.config.s3Endpoint }),
  };
  let changes: FunctionChanges | undefined;
  const sweeps = regularSweeps(parts);
  return {
    operations: withServiceExceptions(controlPlaneOperations(parts), failFast),
    directory,
    downloads: createDownloads(parts),
    async start() {
      changes = await subscribeToFunctionChanges(redis, { onChange: forget, onGap: () => directory.forgetAll() });
      linkSecret = await sharedSecret(redis, "code-links");
      await parts.reservationNews.announce();
      await sweeps.start();
    },
    async stop() {
      sweeps.stop();
      changes?.close();
      parts.reservationNews.stop();
      await Promise.all([parts.preparation.stop(), parts.versionPreparation.stop()]);
    },
  };
}

/** Sweeps at once, and from then on now and then. */
function regularSweeps(parts: ControlPlaneParts): { start(): Promise<void>; stop(): void } {
  const { clock, logger } = parts;
  let cancel = (): void => undefined;
  const sweep = async (): Promise<void> => {
    await parts.preparation.resume();
    await parts.versionPreparation.resume();
    await sweepUnusedCode(parts);
    await parts.provisionedUpkeep.settleAll();
  };
  const sweepRegularly = (): void => {
    cancel = clock.after(SWEEP_INTERVAL_MS, () => {
      sweep().catch((error: unknown) => logger.warn("the regular sweep broke off", { cause: error }));
      sweepRegularly();
    });
  };
  return {
    async start() {
      await sweep();
      sweepRegularly();
    },
    stop: () => cancel(),
  };
}

function probeOver(config: ControlPlaneConfig): SourceProbe {
  const { sqsEndpoint: sqs = "", kinesisEndpoint: kinesis = "", dynamodbEndpoint: dynamodb = "", targetCredentials } = config;
  const { host = "127.0.0.1", port = 0, requireSignature = false, credentials: ownKeys } = config;
  return createSourceProbe({
    endpoints: { sqs, kinesis, dynamodb },
    // On a port that the system chose, the gateway is where its callers reach it.
    ...(port === 0 ? {} : { ownEndpoint: `http://${reachable(host)}:${port}` }),
    ...(targetCredentials ? { credentials: targetCredentials } : {}),
    ...(requireSignature && ownKeys !== undefined ? { ownKeys } : {}),
  });
}

/** A host to call for an address to listen on. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
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
