import { expect, test } from "@jest/globals";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { catalogue, type ErrorCode } from "@lambdock/model/errors/catalogue";
import fc from "fast-check";
import type { ByteCodec } from "./bytes.ts";
import { checkConstraints } from "./constraints.ts";
import { encodeError } from "./error-encoder.ts";
import { lambdaApi } from "./generated/lambda-api.ts";
import { decodeInput, type RequestParts } from "./request-decoder.ts";
import { encodeOutput } from "./response-encoder.ts";

const bytes: ByteCodec = {
  text: (value) => new TextDecoder("utf-8", { fatal: true }).decode(value),
  fromBase64: (text) => new Uint8Array(Buffer.from(text, "base64")),
  toBase64: (value) => Buffer.from(value).toString("base64"),
};
const coding = { model: lambdaApi, bytes };
const parts = (given: Partial<RequestParts>): RequestParts => ({
  labels: {},
  query: new Map(),
  headers: {},
  body: new Uint8Array(),
  ...given,
});
const json = (value: unknown): RequestParts => parts({ body: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)) });
const ROLE = "arn:aws:iam::000000000000:role/r";

test("members come from path, query, headers and body, with the types of the model", () => {
  const input = decodeInput(coding, "GetLayerVersion", parts({ labels: { LayerName: "deps", VersionNumber: "12" } }));
  expect(input).toEqual({ LayerName: "deps", VersionNumber: 12 });
  expect(decodeInput(coding, "UntagResource", parts({ labels: { Resource: "x" }, query: new Map([["tagKeys", ["a", "b"]]]) }))).toEqual({
    Resource: "x",
    TagKeys: ["a", "b"],
  });
  expect(
    decodeInput(coding, "Invoke", parts({ labels: { FunctionName: "f" }, headers: { "x-amz-log-type": "Tail" }, body: Buffer.from("1") })),
  ).toEqual({ FunctionName: "f", LogType: "Tail", Payload: Buffer.from("1") });
});

test("blobs arrive as bytes, nulls and unknown members are left out", () => {
  const input = decodeInput(
    coding,
    "CreateFunction",
    json({ FunctionName: "f", Role: null, Nonsense: 1, Code: { ZipFile: "UEs=" }, Environment: { Variables: { KEY: "v" } } }),
  );
  expect(input).toEqual({ FunctionName: "f", Code: { ZipFile: new Uint8Array([0x50, 0x4b]) }, Environment: { Variables: { KEY: "v" } } });
});

test.each([
  [{ FunctionName: 1 }, "NUMBER_VALUE can not be converted to a String"],
  [{ Timeout: "3" }, "STRING_VALUE can not be converted to an Integer"],
  [{ Timeout: 3.5 }, "NUMBER_VALUE can not be converted to an Integer"],
  [{ Publish: "yes" }, "STRING_VALUE can not be converted to a Boolean"],
  [{ Layers: "arn" }, "Unexpected field type"],
  [{ Layers: {} }, "Start of structure or map found where not expected."],
  [{ Code: [] }, "Start of list found where not expected"],
  [{ Handler: {} }, "Start of structure or map found where not expected."],
  [{ Code: { ZipFile: "abc" } }, "Base64 encoded length is expected a multiple of 4 bytes but found: 3"],
  [{ Code: { ZipFile: "ab!=" } }, "Invalid Base64 character: '!'"],
  ["[]", "Unexpected value type in payload"],
  ["{", ""],
])("%j is a SerializationException", (body, message) => {
  const error = thrown(() => decodeInput(coding, "CreateFunction", json(body)));
  expect(error).toMatchObject({ code: "SerializationException", status: 400, message });
});

test("a body that is not UTF-8 is a SerializationException, not a body with other names", () => {
  const body = Buffer.concat([Buffer.from('{"Description":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  expect(thrown(() => decodeInput(coding, "CreateFunction", parts({ body })))).toMatchObject({ code: "SerializationException" });
});

test.each([
  [
    "CreateFunction",
    { FunctionName: "f", Code: {} },
    "1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null",
  ],
  [
    "CreateFunction",
    { FunctionName: "f", Role: "r", Code: {} },
    "1 validation error detected: Value 'r' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
  ],
  [
    "CreateFunction",
    { FunctionName: "f", Role: ROLE, Code: {}, Architectures: ["X86_64"] },
    "1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
  ],
  [
    "CreateFunction",
    { FunctionName: "f", Role: ROLE, Code: {}, Architectures: ["x86_64", "arm64"] },
    "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
  ],
  [
    "CreateFunction",
    { FunctionName: "f", Role: ROLE, Code: {}, SnapStart: { ApplyOn: "Always" } },
    "1 validation error detected: Value 'Always' at 'snapStart.applyOn' failed to satisfy constraint: Member must satisfy enum value set: [PublishedVersions, None]",
  ],
  [
    "CreateFunction",
    { FunctionName: "f", Role: ROLE, Code: {}, Environment: { Variables: { "1": "v" } } },
    "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
  ],
  [
    "CreateFunction",
    { FunctionName: "f", Role: ROLE, Code: {}, Timeout: 0 },
    "1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    "CreateFunction",
    { FunctionName: "f", Role: ROLE, Code: {}, FileSystemConfigs: [{ Arn: "x", LocalMountPath: "/mnt/a" }] },
    `1 validation error detected: Value 'x' at 'fileSystemConfigs.1.member.arn' failed to satisfy constraint: Member must satisfy regular expression pattern: ${(lambdaApi.shapes["FileSystemArn"] as { pattern: string }).pattern}`,
  ],
  [
    "PutProvisionedConcurrencyConfig",
    { FunctionName: "f", Qualifier: "1", ProvisionedConcurrentExecutions: 0 },
    "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    "GetLayerVersionByArn",
    { Arn: "arn:aws:lambda:us-east-1:000000000000:layer:x" },
    "1 validation error detected: Value 'arn:aws:lambda:us-east-1:000000000000:layer:x' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)",
  ],
  [
    "UpdateFunctionConfiguration",
    { FunctionName: "f", Layers: ["arn:aws:lambda:us-east-1:000000000000:layer:x"] },
    "1 validation error detected: Value '[arn:aws:lambda:us-east-1:000000000000:layer:x]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]",
  ],
  [
    "PublishLayerVersion",
    { LayerName: "l", Content: {}, CompatibleRuntimes: ["cobol1"], CompatibleArchitectures: ["a", "b", "c"] },
    "1 validation error detected: Value '[a, b, c]' at 'compatibleArchitectures' failed to satisfy constraint: Member must have length less than or equal to 2",
  ],
])("%s refuses %j", (operation, input, message) => {
  expect(thrown(() => checkConstraints(lambdaApi, operation, input))).toMatchObject({ code: "ValidationException", message });
});

test("several violations make one text, longest first for one member", () => {
  const name = `${"x".repeat(140)}!`;
  const pattern =
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";
  const error = thrown(() => checkConstraints(lambdaApi, "CreateFunction", { FunctionName: name, Role: ROLE }));
  expect(error.message).toBe(
    `3 validation errors detected: Value null at 'code' failed to satisfy constraint: Member must not be null; ` +
      `Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 140; ` +
      `Value '${name}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  );
});

test("a layer's compatibility is left to the operation but for its length", () => {
  const input = { LayerName: "l", Content: {}, CompatibleRuntimes: ["cobol1"], CompatibleArchitectures: ["z80"] };
  expect(() => checkConstraints(lambdaApi, "PublishLayerVersion", input)).not.toThrow();
});

test("the runtime's enum is left to the operation, which has a text of its own", () => {
  expect(() => checkConstraints(lambdaApi, "CreateFunction", { FunctionName: "f", Role: ROLE, Code: {}, Runtime: "cobol1" })).not.toThrow();
});

test("an output becomes status, headers and body", () => {
  expect(encodeOutput(coding, "CreateFunction", { FunctionName: "f", Timeout: undefined, Layers: null, Stranger: 1 })).toEqual({
    status: 201,
    headers: { "content-type": "application/json" },
    body: '{"FunctionName":"f"}',
  });
  expect(encodeOutput(coding, "DeleteFunction", {})).toEqual({ status: 204, headers: {}, body: "" });
  expect(encodeOutput(coding, "TagResource", {})).toEqual({ status: 204, headers: {}, body: "" });
  expect(encodeOutput(coding, "GetFunctionConcurrency", {}).body).toBe("{}");
  expect(encodeOutput(coding, "Invoke", { StatusCode: 202, ExecutedVersion: "3", Payload: new Uint8Array([1]) })).toEqual({
    status: 202,
    headers: { "x-amz-executed-version": "3" },
    body: new Uint8Array([1]),
  });
});

test.each([
  [new AwsError("ResourceNotFoundException", "gone"), 404, '{"Type":"User","Message":"gone"}'],
  [new AwsError("InvalidParameterValueException", "bad"), 400, '{"Type":"User","message":"bad"}'],
  [new AwsError("ValidationException", "bad"), 400, '{"message":"bad"}'],
  [new AwsError("AccessDeniedException", null), 403, '{"Message":null}'],
  [new AwsError("ServiceException", "oh"), 500, '{"Type":"Service","Message":"oh"}'],
])("%s has its shape's body form", (error, status, body) => {
  expect(encodeError(error)).toEqual({ status, headers: { "content-type": "application/json", "x-amzn-errortype": error.code }, body });
});

test("a throttle carries its reason first and says when to come back", () => {
  const error = new AwsError("TooManyRequestsException", "Rate Exceeded.", {
    extra: { Reason: "CallerRateLimitExceeded" },
    headers: { "Retry-After": "1" },
  });
  expect(encodeError(error)).toMatchObject({
    status: 429,
    headers: { "retry-after": "1" },
    body: '{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate Exceeded."}',
  });
});

test("the catalogue has every modelled error with its status and message key", () => {
  for (const [code, { status, messageKey }] of Object.entries(lambdaApi.errors)) {
    const row = catalogue[code as ErrorCode];
    expect({ code, status: row.status }).toEqual({ code, status });
    expect({ code, key: Object.keys(JSON.parse(encodeError(new AwsError(code as ErrorCode, "m")).body as string)).at(-1) }).toEqual({
      code,
      key: messageKey,
    });
  }
});

test("whatever bytes a body has, decoding answers an input or an AwsError", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), fc.constantFrom(...Object.keys(lambdaApi.operations)), (body, operation) => {
      try {
        checkConstraints(lambdaApi, operation, decodeInput(coding, operation, json(body)));
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError);
      }
    }),
  );
});

function thrown(run: () => unknown): AwsError {
  try {
    run();
  } catch (error) {
    return error as AwsError;
  }
  throw new Error("nothing was thrown");
}
