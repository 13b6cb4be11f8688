import { expect, test } from "@jest/globals";
import { sandboxEnvironment } from "./sandbox-environment.ts";

const directories = {
  task: "/data/code/abc",
  layers: "/data/layers/def",
  runtime: "/repo/runtimes/nodejs",
  interpreter: "/usr/local/node/bin",
  temporary: "/data/run/1/tmp",
};

test.each([
  [
    "NODE_PATH",
    "/opt/nodejs/node_modules:/var/runtime:/var/task",
    "/data/layers/def/nodejs/node_modules:/repo/runtimes/nodejs:/data/code/abc",
  ],
  ["PATH", "/var/lang/bin:/usr/local/bin:/opt/bin", "/usr/local/node/bin:/usr/local/bin:/data/layers/def/bin"],
  ["AWS_LAMBDA_EXEC_WRAPPER", "/opt/wrapper", "/data/layers/def/wrapper"],
  ["NODE_OPTIONS", "--require /opt/a.js --import=/var/task/b.mjs", "--require /data/layers/def/a.js --import=/data/code/abc/b.mjs"],
  ["LAMBDA_TASK_ROOT", "/var/task", "/data/code/abc"],
  ["PATH", "/usr/opt/bin:/optional:/var/tasks", "/usr/opt/bin:/optional:/var/tasks"],
  ["MY_SETTING", "/opt/my.conf", "/opt/my.conf"],
])("%s=%s becomes %s", (name, given, expected) => {
  expect(sandboxEnvironment({ [name]: given }, directories, {})[name]).toBe(expected);
});

test("the temporary directory stands for /tmp, and additions win", () => {
  expect(sandboxEnvironment({ TMPDIR: "/tmp", A: "1" }, directories, { A: "2" })).toEqual({ TMPDIR: "/data/run/1/tmp", A: "2" });
});

test("the packages that a runtime carries are elsewhere, and nowhere for a runtime without", () => {
  const given = { NODE_PATH: "/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime" };
  expect(sandboxEnvironment(given, { ...directories, packages: "/data/runtime/node_modules" }, {})["NODE_PATH"]).toBe(
    "/data/layers/def/nodejs/node_modules:/data/runtime/node_modules:/repo/runtimes/nodejs",
  );
  expect(sandboxEnvironment(given, directories, {})["NODE_PATH"]).toContain(":/repo/runtimes/nodejs/node_modules:");
});
