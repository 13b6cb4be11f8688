import { expect, test } from "@jest/globals";
import { readGatewayConfig } from "./config.ts";

test("without variables the gateway listens on 127.0.0.1:4566 in us-east-1", () => {
  expect(readGatewayConfig({})).toMatchObject({
    host: "127.0.0.1",
    port: 4_566,
    region: "us-east-1",
    requireSignature: false,
    executorUrl: "http://127.0.0.1:4570",
  });
});

test("credentials are pairs, and an address loses its trailing slash", () => {
  const config = readGatewayConfig({
    LAMBDOCK_CREDENTIALS: "AKID:s/e+c:ret, 111122223333:x",
    LAMBDOCK_EXECUTOR_URL: "http://executor:4570/",
  });
  expect([...config.credentials]).toEqual([
    ["AKID", "s/e+c:ret"],
    ["111122223333", "x"],
  ]);
  expect(config.executorUrl).toBe("http://executor:4570");
});

test.each([
  [{ LAMBDOCK_CREDENTIALS: "AKID" }, 'LAMBDOCK_CREDENTIALS="AKID": expected AKID:SECRET pairs, separated by commas'],
  [{ LAMBDOCK_EXECUTOR_URL: "executor" }, 'LAMBDOCK_EXECUTOR_URL="executor": expected an address such as http://127.0.0.1:4570'],
  [{ LAMBDOCK_REGION: "Mars" }, 'LAMBDOCK_REGION="Mars": expected a region such as us-east-1'],
  [{ LAMBDOCK_PORT: "70000" }, 'LAMBDOCK_PORT="70000": expected a whole number from 0 to 65535'],
])("%j is refused with variable, value and what was expected", (env, message) => {
  expect(() => readGatewayConfig(env)).toThrow(message);
});
