/** What users and their tools send by mistake or malice: each has AWS's error and leaves the system serving. functions.md 2.2. */
import { afterEach, expect, test } from "@jest/globals";
import { CreateFunctionCommand, UpdateFunctionCodeCommand } from "@aws-sdk/client-lambda";
import { existsSync } from "node:fs";
import { ACCOUNT, lambdaClient, REGION, ROLE } from "./support/clients.ts";
import { createDeployer, creation, uniqueName } from "./support/deploy.ts";
import type { Deployment } from "./support/deploy.ts";
import { hostileZip } from "./support/hostile-zip.ts";
import { invoke } from "./support/invoke.ts";
import { errorOf, rawRequest } from "./support/raw-request.ts";
import type { RawResponse } from "./support/raw-request.ts";
import { zipFixture, zipOf } from "./support/zip.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const UNZIP = "Could not unzip uploaded file. Please check your file, then try to upload again.";

let good: Promise<string> | undefined;

afterEach(async () => {
  good ??= deploy({ fixture: "version" });
  expect((await invoke(await good)).payload).toEqual({ version: 1, colour: null });
});

async function create(deployment: Deployment): Promise<unknown> {
  return client.send(new CreateFunctionCommand(await creation(deployment)));
}

async function createZip(ZipFile: Uint8Array): Promise<unknown> {
  return create({ code: { ZipFile }, FunctionName: uniqueName("bad") });
}

/** CreateFunction with a body of one's own making. */
async function rawCreate(body: string): Promise<RawResponse> {
  return rawRequest({ method: "POST", path: "/2015-03-31/functions", headers: { "content-type": "application/json" }, body });
}

const refusal = (message: unknown): object => ({ name: "InvalidParameterValueException", message, $metadata: { httpStatusCode: 400 } });
/** The model's constraint: AWS checks it at its front end or behind it, with the same text. */
const invalid = (message: unknown): object => ({
  name: expect.stringMatching(/^(ValidationException|InvalidParameterValueException)$/),
  message,
  $metadata: { httpStatusCode: 400 },
});

test("A body that is not JSON is refused", async () => {
  const { status, code } = errorOf(await rawCreate("{not json"));
  expect({ status, code }).toEqual({ status: 400, code: "SerializationException" });
});

test("Malformed base64 in ZipFile is refused", async () => {
  const body = JSON.stringify({
    FunctionName: uniqueName("bad"),
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: ROLE,
    Code: { ZipFile: "%%% not base64 %%%" },
  });
  const { status, code, message } = errorOf(await rawCreate(body));
  expect({ status, code }).toEqual({ status: 400, code: "SerializationException" });
  expect(message).toMatch(/base64/i);
});

test("A missing member is named as AWS names it", async () => {
  const { status, code, message } = errorOf(await rawCreate(JSON.stringify({ FunctionName: uniqueName("bad"), Role: ROLE })));
  expect({ status, code, message }).toEqual({
    status: 400,
    code: "ValidationException",
    message: "1 validation error detected: Value null at 'code' failed to satisfy constraint: Member must not be null",
  });
});

test("Several broken constraints are told together", async () => {
  const body = JSON.stringify({
    FunctionName: "bad name!",
    Role: "no role",
    Code: { ZipFile: "" },
    Runtime: "nodejs24.x",
    Handler: "index.handler",
  });
  const { code, message } = errorOf(await rawCreate(body));
  expect(code).toBe("ValidationException");
  expect(message).toMatch(/^2 validation errors detected: /);
  expect(message).toContain(
    "Value 'no role' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
  );
});

test("Bytes that are no zip are refused", async () => {
  await expect(createZip(Buffer.from("this is no zip file at all"))).rejects.toMatchObject(refusal(UNZIP));
});

test("A zip that was cut off, and one with a damaged entry, are refused", async () => {
  const zip = await zipFixture("echo");
  await expect(createZip(zip.subarray(0, zip.length - 30))).rejects.toMatchObject(refusal(UNZIP));
  const damaged = Buffer.from(zip);
  damaged.fill(0xff, 60, 160);
  await expect(createZip(damaged)).rejects.toMatchObject(refusal(UNZIP));
});

test("An entry that climbs out with ../ is refused, and nothing is written outside", async () => {
  const target = "/tmp/lambdock-e2e-escaped";
  await expect(
    createZip(hostileZip([{ name: `${"../".repeat(12)}${target.slice(1)}`, content: Buffer.from("out") }])),
  ).rejects.toMatchObject(refusal(UNZIP));
  expect(existsSync(target)).toBe(false);
});

test("An entry with an absolute path is refused, and nothing is written there", async () => {
  const target = "/tmp/lambdock-e2e-absolute";
  await expect(createZip(hostileZip([{ name: target, content: Buffer.from("out") }]))).rejects.toMatchObject(refusal(UNZIP));
  expect(existsSync(target)).toBe(false);
});

test("A symbolic link that leads out of the package is refused, absolute or relative", async () => {
  for (const leadsTo of ["/etc/passwd", "../../../etc/passwd"]) {
    await expect(createZip(hostileZip([{ name: "link", content: Buffer.from(leadsTo), mode: 0o120777 }]))).rejects.toMatchObject(
      refusal(UNZIP),
    );
  }
});

test("A file that is written through a link to outside is refused", async () => {
  const entries = [
    { name: "link", content: Buffer.from("/tmp"), mode: 0o120777 },
    { name: "link/lambdock-e2e-through", content: Buffer.from("out") },
  ];
  await expect(createZip(hostileZip(entries))).rejects.toMatchObject(refusal(UNZIP));
  expect(existsSync("/tmp/lambdock-e2e-through")).toBe(false);
});

test("A link inside the package is kept as one", async () => {
  const handler = Buffer.from(
    'import { readFileSync } from "node:fs";\nexport const handler = async () => readFileSync(new URL("./link.txt", import.meta.url), "utf8");',
  );
  const zip = hostileZip([
    { name: "index.mjs", content: handler },
    { name: "real.txt", content: Buffer.from("real") },
    { name: "link.txt", content: Buffer.from("real.txt"), mode: 0o120777 },
  ]);
  expect((await invoke(await deploy({ code: { ZipFile: zip } }))).payload).toBe("real");
});

test("A zip bomb is refused by its unpacked size, also when its headers lie about it", async () => {
  const zeros = Buffer.alloc(265_000_000);
  await expect(createZip(hostileZip([{ name: "zeros", content: zeros }]))).rejects.toMatchObject(
    refusal("Unzipped size must be smaller than 262144000 bytes"),
  );
  await expect(createZip(hostileZip([{ name: "zeros", content: zeros, claimedSize: 10 }]))).rejects.toMatchObject({
    name: "InvalidParameterValueException",
  });
});

test("A zip of more than 50 MB is refused with 413", async () => {
  const { status, code, message } = errorOf(
    await rawCreate(
      JSON.stringify({
        FunctionName: uniqueName("bad"),
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Role: ROLE,
        Code: { ZipFile: Buffer.alloc(52_428_801).toString("base64") },
      }),
    ),
  );
  expect({ status, code, message }).toEqual({
    status: 413,
    code: "RequestEntityTooLargeException",
    message: "Zipped size must be smaller than 52428800 bytes",
  });
});

test("A request of more than 70,167,211 bytes is refused with 413", async () => {
  const { status, code, message } = errorOf(await rawCreate(`"${"x".repeat(70_167_211)}"`));
  expect({ status, code, message }).toEqual({
    status: 413,
    code: "RequestEntityTooLargeException",
    message: "Request must be smaller than 70167211 bytes for the CreateFunction operation",
  });
});

test("An unknown runtime is refused with the list of known ones, a deprecated one with advice", async () => {
  const unknown = create({ fixture: "version", Runtime: "nodejs99.x" as never });
  await expect(unknown).rejects.toMatchObject(
    refusal(
      expect.stringMatching(
        /^Value nodejs99\.x at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[.*nodejs24\.x.*\] or be a valid ARN$/,
      ),
    ),
  );
  await expect(create({ fixture: "version", Runtime: "nodejs14.x" })).rejects.toMatchObject(
    refusal(
      "The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.",
    ),
  );
});

test("Names that are too long, of another region, or malformed are refused", async () => {
  const long = "n".repeat(65);
  await expect(create({ fixture: "version", FunctionName: long })).rejects.toMatchObject(
    refusal(
      `1 validation error detected: Value '${long}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ),
  );
  await expect(create({ fixture: "version", FunctionName: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:x` })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: `Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`,
  });
});

test("Numbers out of range are refused with their bound", async () => {
  await expect(create({ fixture: "version", MemorySize: 64 })).rejects.toMatchObject(
    invalid(
      expect.stringMatching(/Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128/),
    ),
  );
  await expect(create({ fixture: "version", Timeout: 901 })).rejects.toMatchObject(
    invalid(
      expect.stringMatching(/Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900/),
    ),
  );
});

test("Zip and image cannot be confused in an update", async () => {
  const name = await deploy({ fixture: "version" });
  await expect(client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ImageUri: "some/image:1" }))).rejects.toMatchObject(
    refusal("Please don't provide ImageUri when updating a function with packageType Zip."),
  );
});

test("A method that no operation has is refused as the client's mistake", async () => {
  const response = await rawRequest({ method: "PATCH", path: "/2015-03-31/functions" });
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.status).toBeLessThan(500);
});

test("File names beyond ASCII are kept", async () => {
  const zip = await zipOf({
    "index.mjs": "export const handler = async () => (await import('./gr\u00fc\u00dfe.mjs')).text;",
    "gr\u00fc\u00dfe.mjs": "export const text = 'gr\u00fc\u00dfe';",
  });
  expect((await invoke(await deploy({ code: { ZipFile: zip } }))).payload).toBe("gr\u00fc\u00dfe");
});
