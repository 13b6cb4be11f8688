import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { ConformanceBench } from "../testing/conformance/bench.ts";
import { ConformanceRuntimeApi } from "../testing/conformance/runtime-api.ts";
import { describeWithEngine, makeDockerDriver } from "./testing/engine-under-test.ts";

describeWithEngine("the address of a container", () => {
  let api: ConformanceRuntimeApi;
  let bench: ConformanceBench;
  beforeAll(async () => {
    api = await ConformanceRuntimeApi.listen();
    bench = await ConformanceBench.create(makeDockerDriver(api, "address"), api);
  }, 120_000);
  afterEach(() => bench.destroySubjects());
  afterAll(async () => {
    await bench.close();
    await api.close();
  });

  test("is what the function finds under AWS's name for its sandbox", async () => {
    const subject = await bench.subject(`step names "$(getent hosts sandbox.localdomain sandbox | cut -d ' ' -f 1)"`);
    await subject.sandbox.startRuntime();
    const { body } = await api.request(subject.token, "names");
    const address = await subject.sandbox.address();
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(body.split("\n")).toEqual([address, address]);
  });

  test("is unknown where the engine is in a virtual machine", async () => {
    const driver = makeDockerDriver(api, "address-desktop", { runtimeApi: { port: api.port, host: "host-gateway" } });
    const desktop = await ConformanceBench.create(driver, api);
    const subject = await desktop.subject(`exec sleep 1000`);
    expect(await subject.sandbox.address()).toBeUndefined();
    await desktop.close();
  });
});
