import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ConformanceBench } from "../testing/conformance/bench.ts";
import { ConformanceRuntimeApi } from "../testing/conformance/runtime-api.ts";
import { containerName } from "./container-config.ts";
import type { DockerDriver } from "./docker-driver.ts";
import type { DockerDriverOptions } from "./docker-options.ts";
import { statusOf } from "./engine-errors.ts";
import { createEngine } from "./engine.ts";
import { connection, makeDockerDriver, describeWithEngine } from "./testing/engine-under-test.ts";
import { createEngineProxy, type EngineProxy } from "./testing/engine-proxy.ts";

const TIMEOUT_MS = 60_000;
const SILENT = { name: "SandboxUnavailable", message: expect.stringMatching(/^Docker does not answer at .*: start Docker/) };
let proxy: EngineProxy;
let api: ConformanceRuntimeApi;
let driver: DockerDriver;
let bench: ConformanceBench;

async function begin(different: Partial<DockerDriverOptions>): Promise<void> {
  driver = makeDockerDriver(api, "engine-gone", { connection: { socketPath: proxy.socketPath }, ...different });
  bench = await ConformanceBench.create(driver, api);
}

describeWithEngine("a Docker engine that goes away", () => {
  beforeEach(async () => {
    proxy = await createEngineProxy();
    api = await ConformanceRuntimeApi.listen();
  });
  afterEach(async () => {
    await bench.close();
    await proxy.shut();
    await api.close();
  });

  test(
    "with named pipes a sandbox lives on without the engine; new ones are refused until it is back",
    async () => {
      await begin({ transport: "fifo" });
      const subject = await bench.subject(`step before; echo still here; step after; exec sleep 1000`);
      await subject.sandbox.startRuntime();
      const before = await api.request(subject.token, "before");
      await proxy.shut();
      before.release();
      await api.request(subject.token, "after");
      await subject.sandbox.drained();
      expect(subject.output()).toBe("still here\n");
      await subject.sandbox.killRuntime();
      await expect(driver.ping()).rejects.toMatchObject(SILENT);
      await expect(bench.subject(`exit 0`)).rejects.toMatchObject(SILENT);
      await proxy.open();
      await driver.ping();
      const next = await bench.subject(`exit 5`);
      await next.sandbox.startRuntime();
      expect((await next.exit()).status).toBe(5);
    },
    TIMEOUT_MS,
  );

  test(
    "a sandbox that is destroyed while the engine is away ends all the same, and leaves no container",
    async () => {
      await begin({ transport: "fifo" });
      const subject = await bench.subject(`step here; exec sleep 1000`);
      await subject.sandbox.startRuntime();
      const request = await api.request(subject.token, "here");
      await proxy.shut();
      await subject.sandbox.destroy();
      await request.closed;
      await proxy.open();
      const engine = createEngine(connection, 1);
      const gone = await engine
        .call((docker) => docker.getContainer(containerName(subject.sandbox.id)).wait({ condition: "removed" }))
        .catch(statusOf);
      expect([404, expect.objectContaining({ StatusCode: expect.any(Number) })]).toContainEqual(gone);
      engine.close();
    },
    TIMEOUT_MS,
  );

  test(
    "with attached streams a sandbox is lost with the engine",
    async () => {
      await begin({ transport: "attach" });
      const subject = await bench.subject(`step here; exec sleep 1000`);
      await subject.sandbox.startRuntime();
      await api.request(subject.token, "here");
      await proxy.shut();
      expect(await subject.lost).toBe("its container ended");
      await subject.sandbox.drained();
      await subject.sandbox.destroy();
      await proxy.open();
      await driver.ping();
      const engine = createEngine(connection, 1);
      await expect(engine.call((docker) => docker.getContainer(containerName(subject.sandbox.id)).inspect())).rejects.toMatchObject({
        statusCode: 404,
      });
      engine.close();
    },
    TIMEOUT_MS,
  );
});
