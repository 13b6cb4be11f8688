/** Accidents: restarts, kills, and neighbours that go away. On a target of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { CreateFunctionCommand, GetFunctionConfigurationCommand, ListTagsCommand } from "@aws-sdk/client-lambda";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { arnOf, lambdaClient, logsClient } from "./support/clients.ts";
import { creation, uniqueName, untilActive } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { eventsOf } from "./support/log-events.ts";
import { sandboxesOf } from "./support/survivors.ts";
import { chosenTarget } from "./target/config.ts";
import { createTarget } from "./target/create-target.ts";
import { engineProxy } from "./target/engine-proxy.ts";
import type { EngineProxy } from "./target/engine-proxy.ts";
import type { Target } from "./target/target.ts";
import { until } from "./target/wait.ts";
import { testWhere } from "./support/test-where.ts";

const kind = chosenTarget();
const onOwnTarget = testWhere(kind !== "external");
const behindProxy = testWhere(kind === "embedded-docker");

let target: Target;
let client: LambdaClient;
let proxy: EngineProxy;
let directory: string;

beforeAll(async () => {
  if (kind === "external") return;
  directory = await mkdtemp(join(tmpdir(), "lambdock-e2e-engine-"));
  proxy = engineProxy(join(directory, "docker.sock"));
  if (kind === "embedded-docker") await proxy.open();
  const env: Record<string, string> = kind === "embedded-docker" ? { DOCKER_HOST: proxy.url } : {};
  target = await createTarget(kind, { project: `lambdock-e2e-survival-${process.pid}`, ownRedis: true, env });
  await target.start();
  client = lambdaClient(target.endpoint);
}, 300_000);

afterAll(async () => {
  await target?.dispose();
  await proxy?.cut();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
}, 120_000);

async function deploy(fixture: string, Timeout = 10): Promise<string> {
  const input = await creation({ fixture, Timeout, Tags: { kept: "yes" } });
  await client.send(new CreateFunctionCommand(input));
  await untilActive(client, input.FunctionName!);
  return input.FunctionName!;
}

const run = async (name: string, event: unknown = {}): Promise<unknown> => (await invoke(name, event, { client })).payload;

onOwnTarget(
  "Functions, their tags and their logs are kept across a restart",
  async () => {
    const name = await deploy("version");
    const { requestId } = await invoke(name, {}, { client });
    await until("the log to be stored", async () =>
      (await eventsOf(logsClient(target.endpoint), name)).some((event) => event.message?.startsWith(`REPORT RequestId: ${requestId}`)),
    );
    const before = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    await target.stop();
    expect(await sandboxesOf(name)).toEqual([]);
    await target.start();
    const after = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    expect({ ...after, $metadata: undefined }).toEqual({ ...before, $metadata: undefined });
    expect((await client.send(new ListTagsCommand({ Resource: arnOf(name) }))).Tags).toEqual({ kept: "yes" });
    expect(await run(name)).toEqual({ version: 1, colour: null });
    const messages = (await eventsOf(logsClient(target.endpoint), name)).map((event) => event.message);
    expect(messages.some((message) => message?.startsWith(`REPORT RequestId: ${requestId}`))).toBe(true);
  },
  120_000,
);

onOwnTarget(
  "Killing the executor leaks nothing: what it had started is gone after it is back, and functions answer",
  async () => {
    const name = await deploy("version");
    await run(name);
    const orphans = await sandboxesOf(name);
    expect(orphans.length).toBeGreaterThan(0);
    await target.killExecutor();
    await target.reviveExecutor();
    await until("the orphans to be gone", async () => {
      const present = await sandboxesOf(name);
      return orphans.every((orphan) => !present.includes(orphan));
    });
    expect(await run(name)).toEqual({ version: 1, colour: null });
  },
  120_000,
);

onOwnTarget(
  "Killing the executor in the middle of an invocation fails that one and no other",
  async () => {
    const name = await deploy("lifetime", 60);
    const interrupted = invoke(name, { forMs: 50_000 }, { client }).then(
      () => "answered",
      (error: unknown) => error,
    );
    await until("the invocation to run", async () => (await sandboxesOf(name)).length > 0);
    await target.killExecutor();
    expect(await interrupted).toBeInstanceOf(Error);
    await target.reviveExecutor();
    expect(await run(name)).toMatchObject({ invocations: 1 });
  },
  120_000,
);

onOwnTarget(
  "Without Redis a change is refused with one sentence; with Redis back everything is as it was",
  async () => {
    const name = await deploy("version");
    expect(await run(name)).toEqual({ version: 1, colour: null });
    await target.loseRedis();
    const refused = await client
      .send(new CreateFunctionCommand(await creation({ fixture: "version", FunctionName: uniqueName("no-redis") })))
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: "ServiceException", message: expect.stringMatching(/Redis/) });
    expect((refused as { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode).toBeGreaterThanOrEqual(500);
    const meanwhile = await invoke(name, {}, { client }).catch((error: unknown) => error);
    if (meanwhile instanceof Error) expect(meanwhile).toMatchObject({ name: "ServiceException", message: expect.stringMatching(/Redis/) });
    else expect(meanwhile).toMatchObject({ payload: { version: 1, colour: null } });
    await target.restoreRedis();
    await until("functions to answer again", async () => (await invoke(name, {}, { client })).status === 200);
    const next = await until("changes to be accepted again", async () => deploy("version"));
    expect(await run(next)).toEqual({ version: 1, colour: null });
  },
  120_000,
);

behindProxy(
  "Without the Docker engine an invocation is refused with one sentence; with the engine back it runs",
  async () => {
    const name = await deploy("lifetime");
    expect(await run(name)).toMatchObject({ invocations: 1 });
    await proxy.cut();
    const refused = await Promise.all([1, 2, 3].map(async () => invoke(name, { forMs: 200 }, { client }).catch((error: unknown) => error)));
    const errors = refused.filter((answer) => answer instanceof Error);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toMatchObject({ name: "ServiceException", message: expect.stringMatching(/Docker/) });
    await proxy.open();
    await until("functions to run again", async () => (await invoke(name, {}, { client })).functionError === undefined);
  },
  120_000,
);

onOwnTarget(
  "Stopping removes everything that ran for functions, busy or idle",
  async () => {
    const idle = await deploy("version");
    await run(idle);
    const busy = await deploy("lifetime", 60);
    const interrupted = Array.from({ length: 6 }, async () => run(busy, { forMs: 50_000 }).catch((error: unknown) => error));
    await until("six invocations to run", async () => (await sandboxesOf(busy)).length >= 6);
    await target.stop();
    expect([...(await sandboxesOf(idle)), ...(await sandboxesOf(busy))]).toEqual([]);
    await Promise.all(interrupted);
  },
  120_000,
);
