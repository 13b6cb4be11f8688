import { afterAll, expect, test } from "@jest/globals";
import { ConformanceBench } from "../testing/conformance/bench.ts";
import { ConformanceRuntimeApi } from "../testing/conformance/runtime-api.ts";
import { createEngine } from "./engine.ts";
import { ensureFunctionNetwork, removeFunctionNetwork } from "./function-network.ts";
import { connection, makeDockerDriver, describeWithEngine } from "./testing/engine-under-test.ts";
import { decideTransport } from "./transport.ts";

const NETWORK = `lambdock-test-${process.pid}`;

describeWithEngine("the network of the functions", () => {
  const engine = createEngine(connection, 4);
  afterAll(async () => {
    await removeFunctionNetwork(engine, NETWORK);
    engine.close();
  });

  test("creates a network once, on which containers can't reach each other", async () => {
    const [network, ...others] = await Promise.all(Array.from({ length: 4 }, () => ensureFunctionNetwork(engine, NETWORK)));
    for (const other of others) expect(other).toEqual(network);
    expect(network!.gateway).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    const info = await engine.call((docker) => docker.getNetwork(NETWORK).inspect());
    expect(info.Options).toMatchObject({ "com.docker.network.bridge.enable_icc": "false" });
  });

  test("knows the gateway of Docker's default network", async () => {
    expect((await ensureFunctionNetwork(engine, "bridge")).gateway).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  test("makes the network again when someone pruned it", async () => {
    const api = await ConformanceRuntimeApi.listen();
    const driver = makeDockerDriver(api, "pruned", { network: `${NETWORK}-pruned` });
    const bench = await ConformanceBench.create(driver, api);
    await driver.ping();
    await engine.call((docker) => docker.getNetwork(`${NETWORK}-pruned`).remove());
    const subject = await bench.subject(`step here`);
    await subject.sandbox.startRuntime();
    await api.request(subject.token, "here");
    await bench.close();
    await api.close();
    await expect(engine.call((docker) => docker.getNetwork(`${NETWORK}-pruned`).inspect())).rejects.toMatchObject({ statusCode: 404 });
  }, 60_000);
});

test("uses named pipes only where engine and executor share a kernel", () => {
  const facts = {
    majorVersion: 20,
    operatingSystem: "Debian GNU/Linux 12",
    kernelVersion: "6.1.0",
    cgroupVersion: "2",
    cgroupDriver: "systemd",
    cpus: 2,
    architecture: "amd64",
    seccomp: true,
  };
  expect(decideTransport("auto", facts, "6.1.0")).toBe("fifo");
  expect(decideTransport("auto", facts, "22.6.0")).toBe("attach");
  expect(decideTransport("auto", { ...facts, operatingSystem: "Docker Desktop" }, "6.1.0")).toBe("attach");
  expect(decideTransport("attach", facts, "6.1.0")).toBe("attach");
});
