/** The place a function runs in: variables, file system, limits. runtime-api.md 5. */
import { expect, test } from "@jest/globals";
import { lambdaClient, REGION } from "./support/clients.ts";
import { createDeployer } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import { UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { hasContainers } from "./target/config.ts";
import { testWhere } from "./support/test-where.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const inContainers = testWhere(hasContainers());

let shared: Promise<string> | undefined;
const place = async (): Promise<string> =>
  (shared ??= deploy({
    fixture: "environment",
    Timeout: 30,
    MemorySize: 256,
    Environment: { Variables: { COLOUR: "green", TZ: "Europe/Berlin" } },
  }));

test("The environment variables are those that AWS sets, and the function's own", async () => {
  const name = await place();
  const { payload } = await invoke<Record<string, string>>(name, { do: "variables" });
  expect(payload).toMatchObject({
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/:\d+$/),
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: expect.any(String),
    AWS_SECRET_ACCESS_KEY: expect.any(String),
    AWS_SESSION_TOKEN: expect.any(String),
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    _HANDLER: "index.handler",
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    AWS_XRAY_DAEMON_ADDRESS: "169.254.100.1:2000",
    LANG: "en_US.UTF-8",
    COLOUR: "green",
    TZ: "Europe/Berlin",
    PATH: expect.stringContaining("/bin"),
  });
  expect(payload["NODE_PATH"]).toContain("/nodejs/node24/node_modules");
  const foreign = Object.keys(payload).filter((variable) => /^(LAMBDOCK|REDIS|npm_|JEST|DOCKER)/.test(variable));
  expect(foreign).toEqual([]);
});

inContainers("In a container the paths are AWS's own", async () => {
  const name = await place();
  const { payload } = await invoke<Record<string, string>>(name, { do: "variables" });
  expect(payload).toMatchObject({ LAMBDA_TASK_ROOT: "/var/task", LAMBDA_RUNTIME_DIR: "/var/runtime" });
  expect((await invoke(name, { do: "cwd" })).payload).toBe("/var/task");
});

test("A variable that Lambda reserves cannot be set", async () => {
  const name = await place();
  const update = client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables: { AWS_REGION: "eu-west-1" } } }),
  );
  await expect(update).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message:
      "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION",
  });
});

test("Environment variables of more than 4 KB are refused", async () => {
  const name = await place();
  const update = client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables: { BIG: "x".repeat(4_100) } } }),
  );
  await expect(update).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: expect.stringMatching(
      /^Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit\. String measured: \{/,
    ),
  });
});

inContainers("The code and the root file system are read-only; /tmp is writable", async () => {
  const name = await place();
  const attempt = async (path: string): Promise<unknown> => (await invoke(name, { do: "write", path })).payload;
  expect(await attempt("/var/task/new-file")).toMatch(/^(EROFS|EACCES)$/);
  expect(await attempt("/var/task/index.mjs")).toMatch(/^(EROFS|EACCES)$/);
  expect(await attempt("/opt/new-file")).toMatch(/^(EROFS|EACCES)$/);
  expect(await attempt("/new-file")).toMatch(/^(EROFS|EACCES)$/);
  expect(await attempt("/etc/new-file")).toMatch(/^(EROFS|EACCES)$/);
  expect(await attempt("/tmp/new-file")).toBe("done");
});

inContainers("/tmp holds what EphemeralStorage says and then is full", async () => {
  const name = await deploy({ fixture: "environment", Timeout: 60, MemorySize: 512, EphemeralStorage: { Size: 512 } });
  expect((await invoke(name, { do: "fill", megabytes: 480 })).payload).toBe("done");
  expect((await invoke(name, { do: "fill", megabytes: 540 })).payload).toBe("ENOSPC");
});

inContainers("A function does not run as root", async () => {
  const { payload } = await invoke<string>(await place(), { do: "read", path: "/proc/self/status" });
  expect(/^Uid:\s+(\d+)/m.exec(payload)![1]).not.toBe("0");
});
