import { expect, test } from "@jest/globals";
import { containerConfig, type ContainerPlan } from "./container-config.ts";

const MIB = 1_048_576;

function plan(different: Partial<ContainerPlan> = {}): ContainerPlan {
  return {
    spec: {
      id: "e1",
      labels: {},
      runtime: { reference: "own@sha256:1", waitsAtGate: true, runtimeVersion: "", runtimeVersionArn: "" },
      taskDirectory: "/code/a",
      environment: { _HANDLER: "app.handler", AWS_LAMBDA_RUNTIME_API: "overridden" },
      token: "secret",
      memorySizeMb: 256,
      ephemeralStorageMb: 512,
    },
    image: {
      use: "own",
      id: "sha256:1",
      entryPoint: ["/var/runtime/bootstrap"],
      command: [],
      workingDirectory: "/var/task",
      hasShell: true,
      waitsAtGate: true,
    },
    transport: { kind: "fifo", ioDirectory: "/data/io/1" },
    supervisorFile: "/data/supervisor.sh",
    labels: { "dev.lambdock.owner": "me" },
    network: "lambdock-functions",
    runtimeApi: { address: "172.20.0.1", port: 9001 },
    memoryWatched: true,
    hostCpus: 8,
    pidsMax: 1_024,
    ...different,
  };
}

test("runs the supervisor, which runs the runtime", () => {
  expect(containerConfig(plan())).toMatchObject({
    Entrypoint: ["/bin/sh", "/var/lambdock/supervisor.sh", "fifo", "now", "_LAMBDA_TELEMETRY_LOG_FD", "/var/runtime/bootstrap"],
    Cmd: [],
    User: "993:990",
    WorkingDir: "/var/task",
  });
});

test("gives AWS's own images the handler as their command, and holds them until init", () => {
  const image = {
    ...plan().image,
    use: "managed" as const,
    entryPoint: ["/lambda-entrypoint.sh"],
    command: ["ignored"],
    waitsAtGate: false,
  };
  expect(containerConfig(plan({ image })).Entrypoint).toEqual([
    "/bin/sh",
    "/var/lambdock/supervisor.sh",
    "fifo",
    "wait",
    "_LAMBDA_TELEMETRY_LOG_FD",
    "/lambda-entrypoint.sh",
    "app.handler",
  ]);
});

test("leaves room for /tmp in the kernel's limit only where a watch enforces MemorySize", () => {
  expect(containerConfig(plan()).HostConfig).toMatchObject({ Memory: 768 * MIB, MemorySwap: 768 * MIB });
  expect(containerConfig(plan({ memoryWatched: false })).HostConfig).toMatchObject({ Memory: 256 * MIB, MemorySwap: 256 * MIB });
});

test("makes the Runtime API reachable under a name that carries the token, whatever the environment says", () => {
  const config = containerConfig(plan());
  expect(config.Env).toContain("AWS_LAMBDA_RUNTIME_API=secret.rt.lambdock:9001");
  expect(config.Env).not.toContain("AWS_LAMBDA_RUNTIME_API=overridden");
  expect(config.HostConfig?.ExtraHosts).toEqual(["secret.rt.lambdock:172.20.0.1"]);
});

test("mounts code read-only, and only what there is", () => {
  const targets = (different: Partial<ContainerPlan>): unknown =>
    containerConfig(plan(different)).HostConfig?.Mounts?.map(({ Target, ReadOnly }) => [Target, ReadOnly]);
  expect(targets({})).toEqual([
    ["/var/task", true],
    ["/var/lambdock/supervisor.sh", true],
    ["/var/lambdock/io", true],
  ]);
  expect(targets({ transport: { kind: "none" } })).toEqual([["/var/task", true]]);
});

test("removes a container with named pipes by itself when it ends, and keeps others for inspection", () => {
  expect(containerConfig(plan()).HostConfig?.AutoRemove).toBe(true);
  expect(containerConfig(plan({ transport: { kind: "attach" } }))).toMatchObject({
    OpenStdin: true,
    AttachStderr: true,
    HostConfig: { AutoRemove: false },
  });
});
