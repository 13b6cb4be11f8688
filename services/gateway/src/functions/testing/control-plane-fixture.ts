import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCodeStore, type CodeStore } from "@lambdock/code-store/code-store";
import { systemTimers } from "@lambdock/kernel/clock";
import { createLogger } from "@lambdock/kernel/logger";
import { openRedis, type RedisClient } from "@lambdock/store/redis";
import { startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import yazl from "yazl";
import { createControlPlane, type ControlPlane } from "../../control-plane.ts";
import type { SourceProbe } from "../../event-source-mappings/source-probe.ts";
import type { RequestContext } from "../../operation.ts";
import { createScriptedExecutor, type ScriptedExecutor } from "./scripted-executor.ts";

/** What an operation answers; tests look into it freely. */
// oxlint-disable-next-line typescript/no-explicit-any -- the members differ per operation, and a wrong one fails its expectation
export type Answer = Readonly<Record<string, any>>;

/** A control plane on a real Redis and a real code store, with a scripted executor. */
export interface ControlPlaneFixture {
  readonly redis: RedisFixture;
  readonly codeStore: CodeStore;
  readonly directory: string;
  /** Lines that were logged. */
  readonly logged: string[];
  plane: ControlPlane;
  executor: ScriptedExecutor;
  /** Moves the clock ahead of the machine's. */
  advance(ms: number): void;
  /** Calls an operation as the default caller, or as another. */
  call(operation: string, input: object, caller?: Partial<RequestContext["scope"]>): Promise<Answer>;
  /** A further gateway on the same Redis and code store. */
  anotherGateway(
    executor?: ScriptedExecutor,
  ): Promise<{ readonly plane: ControlPlane; readonly executor: ScriptedExecutor; readonly redis: RedisClient; stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export const SCOPE = { accountId: "111122223333", region: "us-east-1" } as const;

export async function startControlPlane(
  config: { readonly s3Endpoint?: string; readonly sourceProbe?: SourceProbe } = {},
): Promise<ControlPlaneFixture> {
  const redis = await startRedis();
  const directory = await mkdtemp(join(tmpdir(), "lambdock-control-plane-"));
  const codeStore = createCodeStore({ directory });
  const logged: string[] = [];
  const logger = createLogger("gateway", "debug", {}, (line) => logged.push(line));
  const clients: RedisClient[] = [];
  let ahead = 0;
  const clock = { ...systemTimers, now: () => Date.now() + ahead };
  const create = (client: RedisClient, executor: ScriptedExecutor): ControlPlane =>
    createControlPlane({
      config: { s3Endpoint: config.s3Endpoint ?? "", accountConcurrency: 1_000 },
      logger,
      redis: client,
      executor,
      codeStore,
      clock,
      ...(config.sourceProbe === undefined ? {} : { sourceProbe: config.sourceProbe }),
    });
  const executor = createScriptedExecutor();
  const fixture: ControlPlaneFixture = {
    redis,
    codeStore,
    directory,
    logged,
    executor,
    plane: create(redis.client, executor),
    advance: (ms) => (ahead += ms),
    call: (operation, input, caller = {}) => callOn(fixture.plane, operation, { input, caller, now: clock.now() }),
    async anotherGateway(other = createScriptedExecutor()) {
      const client = await openRedis({ url: redis.url, name: "other", logger });
      clients.push(client);
      const plane = create(client, other);
      await plane.start();
      return {
        plane,
        executor: other,
        redis: client,
        async stop() {
          await plane.stop();
          client.disconnect();
        },
      };
    },
    async stop() {
      await fixture.plane.stop();
      for (const client of clients) client.disconnect();
      await redis.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await fixture.plane.start();
  return fixture;
}

async function callOn(
  plane: ControlPlane,
  operation: string,
  call: { readonly input: object; readonly caller: Partial<RequestContext["scope"]>; readonly now: number },
): Promise<Answer> {
  const run = plane.operations[operation];
  if (run === undefined) throw new Error(`no operation ${operation}`);
  return (await run(call.input, {
    scope: { ...SCOPE, ...call.caller },
    requestId: "11111111-2222-4333-8444-555555555555",
    now: call.now,
    endpoint: "http://127.0.0.1:4566",
  })) as Answer;
}

/** A zip of one file. */
export async function zipOf(text: string, name = "index.mjs"): Promise<Uint8Array> {
  const archive = new yazl.ZipFile();
  archive.addBuffer(Buffer.from(text), name, { mtime: new Date(0) });
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A valid CreateFunction input. */
export async function creationOf(FunctionName: string, changes: object = {}): Promise<object> {
  return {
    FunctionName,
    Role: "arn:aws:iam::111122223333:role/r",
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Code: { ZipFile: await zipOf(`export const handler = () => "${FunctionName}";`) },
    ...changes,
  };
}

/** Resolves once the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The AwsError that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<{ readonly code: string; readonly message: string | null }> {
  try {
    await call;
  } catch (error) {
    const { code, awsMessage } = error as { readonly code?: string; readonly awsMessage?: string | null };
    if (code === undefined || awsMessage === undefined) throw error;
    return { code, message: awsMessage };
  }
  throw new Error("the call succeeded");
}

/** A server on a free port of 127.0.0.1. */
export async function listen(handler: Parameters<typeof createServer>[1]): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
