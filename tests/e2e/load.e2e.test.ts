/** `npm run load`: a small scenario against the target, and what its report says of it. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand, ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import type { RunResult } from "@lambdock/load/measuring/run-result";
import { readScenario } from "@lambdock/load/scenario/read-scenario";
import { runLoad } from "@lambdock/load/run/run-load";
import { writeResult } from "@lambdock/load/command/output";
import { endpoint } from "./target/config.ts";
import { lambdaClient } from "./support/clients.ts";
import { creation, untilActive } from "./support/deploy.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "lambdock-load-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(text: string): Promise<RunResult> {
  const scenario = readScenario({ file: "e2e.yaml", text, readFile: (path) => path });
  return runLoad(scenario, { endpoint: endpoint(), folder, say: () => undefined });
}

test("A burst beyond a reservation is served up to it and throttled above, and nothing is left behind", async () => {
  const result = await run(`
name: burst
functions: { load-burst: { duration: 3s, reserved: 4 } }
traffic: [{ to: load-burst, phases: [{ burst: 10, within: 200ms }] }]
`);
  const [{ totals }] = result.functions as [RunResult["functions"][0]];
  expect(totals).toMatchObject({ offered: 10, served: 4, errors: 0, failed: 0, throttles: 6, coldStarts: 4, invocations: 4 });
  expect(totals.throttlesByReason).toEqual({ ReservedFunctionConcurrentInvocationLimitExceeded: 6 });
  expect([totals.peakConcurrency, totals.aboveLimit, result.account.aboveLimit]).toEqual([4, 0, 0]);
  expect(totals.latency.p50).toBeGreaterThan(3_000);
  const client = lambdaClient(endpoint(), "000000000000");
  await expect(client.send(new GetFunctionCommand({ FunctionName: "load-burst" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  client.destroy();
  await writeResult(result, folder);
  expect(await readdir(folder)).toEqual(["burst-real.html", "burst-real.json"]);
  expect(JSON.parse(await readFile(join(folder, "burst-real.json"), "utf8"))).toEqual(JSON.parse(JSON.stringify(result)));
});

test("Events and messages are followed to their end", async () => {
  const result = await run(`
name: events
functions:
  load-events: { duration: 50ms }
  load-worker: { duration: 50ms }
traffic:
  - { to: load-events, via: async, phases: [{ constant: 10, for: 2s }] }
  - { to: load-worker, via: sqs, source: { batchSize: 5 }, phases: [{ burst: 40, within: 1s }] }
`);
  const [events, worker] = result.functions;
  expect(events!.totals).toMatchObject({ offered: 20, served: 20, errors: 0, invocations: 20 });
  expect(events!.totals.latency.count).toBe(20);
  expect(worker!.totals).toMatchObject({ offered: 40, served: 40, errors: 0 });
  expect(worker!.totals.invocations).toBeGreaterThanOrEqual(8);
  const client = lambdaClient(endpoint(), "000000000000");
  expect((await client.send(new ListEventSourceMappingsCommand({ FunctionName: "load-worker" }))).EventSourceMappings ?? []).toEqual([]);
  client.destroy();
});

test("A scenario for another account limit than the endpoint's is refused in one sentence", async () => {
  await expect(
    run("limits: { accountConcurrency: 123456 }\nfunctions: { load-refused: {} }\ntraffic: [{ to: load-refused, phases: [{ burst: 1 }] }]"),
  ).rejects.toThrow(/^The scenario says accountConcurrency 123456, and http:\S+ has \d+: start Lambdock with LAMBDOCK_CONCURRENCY=123456/);
});

test("A function that somebody else made is left alone", async () => {
  const client = lambdaClient(endpoint(), "000000000000");
  const input = await creation({ fixture: "echo", FunctionName: "load-somebody-elses" });
  await client.send(new CreateFunctionCommand(input));
  await untilActive(client, "load-somebody-elses");
  await expect(
    run("functions: { load-somebody-elses: {} }\ntraffic: [{ to: load-somebody-elses, phases: [{ burst: 1 }] }]"),
  ).rejects.toThrow("There is a function load-somebody-elses already, which no load run made");
  await client.send(new GetFunctionCommand({ FunctionName: "load-somebody-elses" }));
  await client.send(new DeleteFunctionCommand({ FunctionName: "load-somebody-elses" }));
  client.destroy();
});
