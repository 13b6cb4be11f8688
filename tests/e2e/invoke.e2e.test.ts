/** The synchronous Invoke: requests, headers, errors, sizes. invoke.md 1 to 4. */
import { expect, test } from "@jest/globals";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { ACCOUNT, arnOf, lambdaClient, REGION } from "./support/clients.ts";
import { createDeployer, uniqueName } from "./support/deploy.ts";
import { invoke } from "./support/invoke.ts";
import type { Failure } from "./support/invoke.ts";
import { errorOf, rawInvoke, rawRequest } from "./support/raw-request.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MEGABYTES_6 = 6_291_456;

interface Echo {
  readonly event: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly trace: string;
}

let echo: Promise<string> | undefined;
/** One echo function for the file. */
const echoFunction = async (): Promise<string> => (echo ??= deploy({ fixture: "echo", Timeout: 10 }));

test("A successful invocation answers 200 with AWS's headers and the runtime's bytes", async () => {
  const name = await echoFunction();
  const response = await rawInvoke(name, '{"a":1}');
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("x-amz-executed-version")).toBe("$LATEST");
  expect(response.headers.get("x-amzn-requestid")).toMatch(UUID);
  expect(response.headers.get("x-amzn-remapped-content-length")).toBe("0");
  expect(response.headers.get("x-amzn-trace-id")).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]/);
  expect(response.headers.get("x-amz-function-error")).toBeNull();
  expect(response.headers.get("x-amz-log-result")).toBeNull();
  const echoed = JSON.parse(response.text) as Echo;
  expect(echoed.event).toEqual({ a: 1 });
  expect(echoed.context["awsRequestId"]).toBe(response.headers.get("x-amzn-requestid"));
});

test("The handler's context says what AWS's says", async () => {
  const name = await echoFunction();
  const { payload } = await invoke<Echo>(name);
  expect(payload.context).toMatchObject({
    functionName: name,
    functionVersion: "$LATEST",
    invokedFunctionArn: arnOf(name),
    memoryLimitInMB: "128",
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
  });
  expect(payload.context["remainingMs"]).toBeGreaterThan(0);
  expect(payload.context["remainingMs"]).toBeLessThanOrEqual(10_000);
  expect(payload.trace).toMatch(/^Root=1-/);
});

test("A caller's trace header reaches the function", async () => {
  const response = await rawInvoke(await echoFunction(), "{}", {
    "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
  });
  expect((JSON.parse(response.text) as Echo).trace).toMatch(/^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=[0-9a-f]{16};Sampled=1/);
});

test("A function can be named by name, by ARN, by partial ARN and with a qualifier", async () => {
  const name = await echoFunction();
  for (const FunctionName of [name, arnOf(name), `${ACCOUNT}:function:${name}`, `function:${name}`]) {
    expect((await invoke<Echo>(FunctionName)).payload.context["invokedFunctionArn"]).toBe(arnOf(name));
  }
  const qualified = await invoke<Echo>(`${name}:$LATEST`);
  expect(qualified.payload.context["invokedFunctionArn"]).toBe(`${arnOf(name)}:$LATEST`);
  expect(qualified.executedVersion).toBe("$LATEST");
});

test("A qualifier in the name must agree with the one in the query", async () => {
  const name = await echoFunction();
  await expect(client.send(new InvokeCommand({ FunctionName: `${name}:$LATEST`, Qualifier: "other" }))).rejects.toMatchObject({
    name: "InvalidParameterValueException",
    message: "The derived qualifier from the function name does not match the specified qualifier.",
  });
  await expect(client.send(new InvokeCommand({ FunctionName: `${name}:$LATEST`, Qualifier: "$LATEST" }))).resolves.toMatchObject({
    StatusCode: 200,
  });
});

test("A dry run answers 204 without a body, without an executed version, and runs nothing", async () => {
  const response = await rawInvoke(await echoFunction(), "{}", { "x-amz-invocation-type": "DryRun" });
  expect({ status: response.status, text: response.text }).toEqual({ status: 204, text: "" });
  expect(response.headers.get("x-amz-executed-version")).toBeNull();
  expect(response.headers.get("x-amzn-requestid")).toMatch(UUID);
  expect(errorOf(await rawInvoke(uniqueName("missing"), "{}", { "x-amz-invocation-type": "DryRun" })).code).toBe(
    "ResourceNotFoundException",
  );
});

test("An unknown invocation type is a validation error", async () => {
  const { status, code, message } = errorOf(await rawInvoke(await echoFunction(), "{}", { "x-amz-invocation-type": "Someday" }));
  expect({ status, code }).toEqual({ status: 400, code: "ValidationException" });
  expect(message).toMatch(
    /^1 validation error detected: Value 'Someday' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: \[/,
  );
});

test("The client context reaches the handler as it was sent", async () => {
  const sent = { client: { app_title: "orders" }, custom: { Key: "value" }, env: { locale: "de" } };
  const { payload } = await invoke<Echo>(await echoFunction(), {}, { clientContext: sent });
  expect(payload.context["clientContext"]).toEqual(sent);
});

test("A client context that is not base64 JSON is refused", async () => {
  const { status, code } = errorOf(await rawInvoke(await echoFunction(), "{}", { "x-amz-client-context": "%%% not base64 %%%" }));
  expect({ status, code }).toEqual({ status: 400, code: "InvalidRequestContentException" });
});

test("An empty payload reaches the function as {}", async () => {
  const response = await rawInvoke(await echoFunction());
  expect((JSON.parse(response.text) as Echo).event).toEqual({});
});

test("Every JSON value is a payload: null, a number, a string, a list", async () => {
  const name = await echoFunction();
  for (const value of [null, 17, "text \u00e9\u{1f600}", [1, [2]], false]) {
    expect((await invoke<Echo>(name, value)).payload.event).toEqual(value);
  }
});

test("A handler that returns nothing answers null", async () => {
  const response = await rawInvoke(await deploy({ fixture: "null-result" }), "{}");
  expect({ status: response.status, text: response.text }).toEqual({ status: 200, text: "null" });
});

test("A payload that is not JSON is refused with Lambda's parser message", async () => {
  const name = await echoFunction();
  const word = errorOf(await rawInvoke(name, "value"));
  expect({ status: word.status, code: word.code }).toEqual({ status: 400, code: "InvalidRequestContentException" });
  expect(word.message).toMatch(
    /^Could not parse request body into json: Could not parse payload into json: Unrecognized token 'value': was expecting \(/,
  );
  const control = errorOf(await rawInvoke(name, new Uint8Array([0x22, 0x87, 0x22])));
  expect(control.message).toMatch(
    /^Could not parse request body into json: Could not parse payload into json: Invalid UTF-8 start byte 0x87\n at \[Source: /,
  );
  for (const broken of ['{"a":', "{'a':1}", "[1,]", "{} {}", "01"]) {
    expect(errorOf(await rawInvoke(name, broken))).toMatchObject({ status: 400, code: "InvalidRequestContentException" });
  }
  expect((await invoke<Echo>(name, "still serving")).payload.event).toBe("still serving");
});

test("An unknown function is looked up before its payload is read", async () => {
  const name = uniqueName("missing");
  expect(errorOf(await rawInvoke(name, "not json"))).toEqual({
    status: 404,
    code: "ResourceNotFoundException",
    message: `Function not found: ${arnOf(name)}:$LATEST`,
  });
});

test("Unknown qualifiers are named in the 404, and qualifiers are case-sensitive", async () => {
  const name = await echoFunction();
  for (const qualifier of ["live", "7", "$latest"]) {
    const response = await rawRequest({
      method: "POST",
      path: `/2015-03-31/functions/${name}/invocations?Qualifier=${encodeURIComponent(qualifier)}`,
      body: "{}",
    });
    expect(errorOf(response)).toEqual({
      status: 404,
      code: "ResourceNotFoundException",
      message: `Function not found: ${arnOf(name)}:${qualifier}`,
    });
  }
});

test("A function of another region or account is out of reach, each with AWS's error", async () => {
  const name = await echoFunction();
  const region = await rawInvoke(`arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${name}`, "{}");
  expect(errorOf(region)).toEqual({
    status: 404,
    code: "ResourceNotFoundException",
    message: `Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`,
  });
  const account = await rawInvoke(`arn:aws:lambda:${REGION}:444455556666:function:${name}`, "{}");
  expect(account.status).toBe(403);
  expect(account.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
  expect(JSON.parse(account.text)).toEqual({ Message: null });
});

test("A name that cannot be one is refused with the pattern, and one that is only too long is unknown", async () => {
  const bad = errorOf(await rawInvoke("not a name!", "{}"));
  expect({ status: bad.status, code: bad.code }).toEqual({ status: 400, code: "ValidationException" });
  expect(bad.message).toMatch(
    /^1 validation error detected: Value 'not a name!' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
  );
  expect(errorOf(await rawInvoke("n".repeat(65), "{}"))).toMatchObject({ status: 404, code: "ResourceNotFoundException" });
});

test("A request of exactly 6 MB runs; one byte more is refused with its size", async () => {
  const name = await deploy({ fixture: "null-result", MemorySize: 512, Timeout: 20 });
  const exact = await rawInvoke(name, JSON.stringify("x".repeat(MEGABYTES_6 - 2)));
  expect({ status: exact.status, error: exact.headers.get("x-amz-function-error") }).toEqual({ status: 200, error: null });
  const over = errorOf(await rawInvoke(name, JSON.stringify("x".repeat(MEGABYTES_6 - 1))));
  expect(over).toEqual({
    status: 413,
    code: "RequestEntityTooLargeException",
    message: `${MEGABYTES_6 + 1} byte payload is too large for the RequestResponse invocation type (limit ${MEGABYTES_6} bytes)`,
  });
});

test("A response over 6 MB + 100 bytes is a function error, and the environment survives it", async () => {
  const name = await deploy({ fixture: "big-response", MemorySize: 512, Timeout: 20 });
  const fits = await invoke<string>(name, { characters: 6_291_556 - 2 });
  expect(fits.functionError).toBeUndefined();
  expect(fits.payload).toHaveLength(6_291_554);
  const over = await invoke<Failure>(name, { characters: 6_291_556 });
  expect(over.functionError).toBe("Unhandled");
  expect(over.payload).toEqual({
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
  });
  expect((await invoke<string>(name, { characters: 3 })).payload).toBe("xxx");
});

test("An unsigned request is served as account 000000000000", async () => {
  const name = uniqueName("missing");
  const response = await rawRequest({
    method: "POST",
    path: `/2015-03-31/functions/${name}/invocations`,
    body: "{}",
    headers: { authorization: "" },
  });
  expect(errorOf(response).message).toBe(`Function not found: arn:aws:lambda:${REGION}:000000000000:function:${name}:$LATEST`);
});
