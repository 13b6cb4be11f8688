/** A gateway over hand-written ports, for tests of the HTTP edge: real sockets in front, objects behind. */
import type { AsyncEvent } from "@lambdock/async-invoke/async-event";
import type { EventAdmin } from "@lambdock/queue/event-admin";
import type { Executor } from "@lambdock/executor-client/port";
import { createLogger } from "@lambdock/kernel/logger";
import { functionArn } from "@lambdock/model/arn";
import { notFound } from "@lambdock/model/errors/aws-error";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { createGateway, type Gateway, type GatewayDependencies } from "../../service.ts";

/** A specification of the function `hello`. */
export const helloSpec: FunctionSpec = {
  functionArn: "arn:aws:lambda:us-east-1:000000000000:function:hello",
  accountId: "000000000000",
  region: "us-east-1",
  name: "hello",
  version: "$LATEST",
  revision: "r1",
  package: { kind: "zip", runtime: "nodejs24.x", handler: "index.handler", codeSha256: "ab", layers: [] },
  environment: {},
  memorySizeMb: 128,
  timeoutMs: 3_000,
  ephemeralStorageMb: 512,
  architecture: "x86_64",
  logging: { format: "Text", logGroup: "/aws/lambda/hello" },
  tracing: "PassThrough",
};

/** Knows one function, `hello`, in every account and region. */
export const helloDirectory: FunctionDirectory = {
  resolve: (scope, name, qualifier) => {
    if (name !== "hello") throw notFound(`Function not found: ${functionArn({ ...scope, name }, qualifier ?? "$LATEST")}`);
    const roleArn = `arn:aws:iam::${scope.accountId}:role/r`;
    return { spec: helloSpec, invokedFunctionArn: functionArn({ ...scope, name }, qualifier), executedVersion: "$LATEST", roleArn };
  },
};

const noEvents: EventAdmin = {
  summaries: () => Promise.resolve([]),
  list: () => Promise.resolve([]),
  redrive: () => Promise.resolve(0),
  purge: () => Promise.resolve(0),
  close: () => Promise.resolve(),
};

/** An edge under test, and what its executor was asked to run. */
export interface Edge {
  readonly gateway: Gateway;
  readonly invocations: InvokeRequest[];
  /** What was accepted for later. */
  readonly events: AsyncEvent[];
  /** Lines of the gateway's own log. */
  readonly log: string[];
}

/** Starts a gateway whose executor ends every run as `run` says; other dependencies are harmless unless given. */
export async function startEdge(
  run: (request: InvokeRequest) => InvokeOutcome | Promise<InvokeOutcome>,
  given: Partial<GatewayDependencies> = {},
): Promise<Edge> {
  const invocations: InvokeRequest[] = [];
  const log: string[] = [];
  const events: AsyncEvent[] = [];
  const executor: Executor = {
    prepare: () => Promise.resolve({ kind: "ready" }),
    invoke: async (request) => {
      invocations.push(request);
      return run(request);
    },
    retire: () => Promise.resolve(),
    reserve: () => Promise.resolve(),
    allocations: () => Promise.resolve([]),
    health: () => Promise.resolve({ ok: true }),
  };
  const gateway = createGateway({
    config: { host: "127.0.0.1", port: 0, region: "us-east-1", requireSignature: false, credentials: new Map(), consoleToken: "" },
    logger: createLogger("gateway", "debug", {}, (line) => log.push(line)),
    executor,
    directory: helloDirectory,
    events: {
      enqueue: async (event) => void events.push(event),
    },
    operations: {},
    logsOperations: {},
    downloads: () => Promise.resolve(false),
    sources: {},
    eventAdmin: noEvents,
    mappingStores: {
      mappings: { get: () => Promise.resolve(undefined), listAll: () => Promise.resolve([]) },
      statuses: { read: () => Promise.resolve(new Map()) },
    },
    lifecycle: { emit: () => undefined },
    lifecycleFeed: async function* () {
      yield { type: "begun", id: "0" };
    },
    recursionConfigs: { get: () => Promise.resolve("Terminate") },
    metricsSources: [],
    health: () => Promise.resolve({ ok: true }),
    ...given,
  });
  await gateway.start();
  return { gateway, invocations, events, log };
}

/** The run of a function that answers with its event. */
export function echo({ payload }: InvokeRequest): InvokeOutcome {
  return { kind: "completed", payload, contentType: "application/json" };
}
