import { expect, test } from "@jest/globals";
import { isTransient, reasonOf, unreachable } from "./engine-errors.ts";
import { parseEngineAddress } from "./engine.ts";
import { makeDockerDriver } from "./testing/engine-under-test.ts";

function answer(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), { statusCode });
}

test("keeps the engine's own words", () => {
  expect(reasonOf(answer(500, "no space left on device"))).toBe("no space left on device");
});

test.each([
  [answer(500, "could not find an available, non-overlapping IPv4 address pool"), true],
  [answer(500, "OCI runtime create failed: fork/exec: resource temporarily unavailable"), true],
  [Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }), true],
  [answer(500, "no space left on device"), false],
  [answer(404, "No such image"), false],
  [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), false],
])("%s: worth another attempt is %s", (error, transient) => {
  expect(isTransient(error)).toBe(transient);
});

test("tells who may not use the engine what to do", () => {
  expect(unreachable(Object.assign(new Error("connect"), { code: "EACCES" }), "/var/run/docker.sock")?.message).toMatch(/group "docker"/);
  expect(unreachable(answer(500, "boom"), "/var/run/docker.sock")).toBeUndefined();
});

test.each([
  ["unix:///var/run/docker.sock", { socketPath: "/var/run/docker.sock" }],
  ["/run/user/1000/docker.sock", { socketPath: "/run/user/1000/docker.sock" }],
  ["tcp://docker:2375", { host: "docker", port: 2375 }],
  ["ssh://host", undefined],
  ["nonsense", undefined],
])("reads the engine address %s", (address, connection) => {
  expect(parseEngineAddress(address)).toEqual(connection);
});

test("every call says in one sentence that no engine answers, and what to do", async () => {
  const driver = makeDockerDriver({ port: 1 }, "nobody", { connection: { socketPath: "/nonexistent/docker.sock" } });
  const expected = {
    name: "SandboxUnavailable",
    message: "Docker does not answer at /nonexistent/docker.sock (ENOENT): start Docker; functions answer again as soon as it runs.",
  };
  await expect(driver.ping()).rejects.toMatchObject(expected);
  await expect(driver.reap()).rejects.toMatchObject(expected);
  await expect(driver.prepareRuntime({ kind: "managed", runtime: "nodejs24.x", architecture: "x86_64" })).rejects.toMatchObject(expected);
  await driver.close();
});
