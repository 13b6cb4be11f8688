import { afterEach, expect, test } from "@jest/globals";
import { Sha256 } from "@aws-crypto/sha256-js";
import { InvokeCommand, LambdaClient, ListFunctionsCommand, ListTagsCommand, TagResourceCommand } from "@aws-sdk/client-lambda";
import { SignatureV4 } from "@smithy/signature-v4";
import { echo, startEdge, type Edge } from "./testing/edge.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const opened: { edge: Edge; client: LambdaClient }[] = [];
afterEach(async () => {
  for (const { edge, client } of opened.splice(0)) {
    client.destroy();
    await edge.gateway.stop(1_000);
  }
});

async function start(credentials: {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}): Promise<{ client: LambdaClient; url: URL }> {
  const empty = async (): Promise<object> => ({});
  const edge = await startEdge(echo, {
    config: {
      host: "127.0.0.1",
      port: 0,
      region: "us-east-1",
      requireSignature: true,
      credentials: new Map([["AKIDEXAMPLE", SECRET]]),
      consoleToken: "",
    },
    operations: { ListFunctions: empty, TagResource: empty, ListTags: empty },
  });
  const client = new LambdaClient({ endpoint: edge.gateway.address, region: "us-east-1", credentials, maxAttempts: 1 });
  opened.push({ edge, client });
  return { client, url: new URL(edge.gateway.address) };
}

test.each([undefined, "session-token/with+signs="])("the SDK's signatures are accepted, session token %s", async (sessionToken) => {
  const { client } = await start({
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: SECRET,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  const Resource = "arn:aws:lambda:us-east-1:000000000000:function:hello";
  expect((await client.send(new ListFunctionsCommand({ Marker: "a b+c/d=e", MaxItems: 5 }))).$metadata.httpStatusCode).toBe(200);
  expect((await client.send(new TagResourceCommand({ Resource, Tags: { a: "ü" } }))).$metadata.httpStatusCode).toBe(204);
  expect((await client.send(new ListTagsCommand({ Resource }))).$metadata.httpStatusCode).toBe(200);
  const answer = await client.send(new InvokeCommand({ FunctionName: "hello", Qualifier: "$LATEST", Payload: '{"a":1}', LogType: "Tail" }));
  expect(Buffer.from(answer.Payload!).toString()).toBe('{"a":1}');
});

test("a wrong secret is an InvalidSignatureException, for the control plane and for an invocation", async () => {
  const { client } = await start({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "guess" });
  const refusal = { name: "InvalidSignatureException", message: MISMATCH, $metadata: { httpStatusCode: 403 } };
  await expect(client.send(new ListFunctionsCommand({}))).rejects.toMatchObject(refusal);
  await expect(client.send(new InvokeCommand({ FunctionName: "hello" }))).rejects.toMatchObject(refusal);
});

test("an unknown access key and a missing signature have AWS's own errors", async () => {
  const { client, url } = await start({ accessKeyId: "AKIDOTHER", secretAccessKey: SECRET });
  await expect(client.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
    name: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
  });
  const unsigned = await fetch(`${url.origin}/2015-03-31/functions`);
  expect([unsigned.status, unsigned.headers.get("x-amzn-errortype"), await unsigned.json()]).toEqual([
    403,
    "MissingAuthenticationTokenException",
    { message: "Missing Authentication Token" },
  ]);
});

/** Signs by hand what the SDK would not send. */
function signer(): SignatureV4 {
  return new SignatureV4({
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET },
    region: "us-east-1",
    service: "lambda",
    sha256: Sha256,
  });
}

test("a body that was changed after signing is refused", async () => {
  const { url } = await start({ accessKeyId: "x", secretAccessKey: "x" });
  const path = "/2015-03-31/functions/hello/invocations";
  const signed = await signer().sign({
    method: "POST",
    protocol: "http:",
    hostname: url.hostname,
    path,
    query: {},
    headers: { host: url.host },
    body: '{"a":1}',
  });
  const post = (body: string): Promise<Response> => fetch(`${url.origin}${path}`, { method: "POST", body, headers: signed.headers });
  expect((await post('{"a":1}')).status).toBe(200);
  const changed = await post('{"a":2}');
  expect([changed.status, await changed.json()]).toEqual([403, { message: MISMATCH }]);
});

test("an old signature has expired, one from the future is not yet current", async () => {
  const { url } = await start({ accessKeyId: "x", secretAccessKey: "x" });
  const list = async (offsetMs: number): Promise<string> => {
    const signed = await signer().sign(
      { method: "GET", protocol: "http:", hostname: url.hostname, path: "/2015-03-31/functions", query: {}, headers: { host: url.host } },
      { signingDate: new Date(Date.now() + offsetMs) },
    );
    const response = await fetch(`${url.origin}/2015-03-31/functions`, { headers: signed.headers });
    return response.ok ? "ok" : ((await response.json()) as { message: string }).message;
  };
  expect(await list(-200_000)).toBe("ok");
  expect(await list(-400_000)).toMatch(/^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/);
  expect(await list(400_000)).toMatch(/^Signature not yet current: /);
});

test("a presigned URL is accepted until it expires, and only as it was signed", async () => {
  const { url } = await start({ accessKeyId: "x", secretAccessKey: "x" });
  const presign = async (signingDate: Date): Promise<URL> => {
    const signed = await signer().presign(
      {
        method: "GET",
        protocol: "http:",
        hostname: url.hostname,
        path: "/2015-03-31/functions",
        query: { MaxItems: "5" },
        headers: { host: url.host },
      },
      { expiresIn: 60, signingDate },
    );
    const target = new URL(`${url.origin}${signed.path}`);
    for (const [name, value] of Object.entries(signed.query ?? {})) target.searchParams.set(name, String(value));
    return target;
  };
  const valid = await presign(new Date());
  expect((await fetch(valid)).status).toBe(200);
  const changed = new URL(valid);
  changed.searchParams.set("MaxItems", "6");
  expect((await fetch(changed)).status).toBe(403);
  expect((await fetch(await presign(new Date(Date.now() - 120_000)))).status).toBe(403);
  for (const [expires, message] of [
    ["604801", /less than 604800 seconds$/],
    ["-1", /must be non-negative$/],
    ["soon", /should be a number$/],
    ["", /should be a number$/],
  ] as const) {
    const odd = new URL(valid);
    odd.searchParams.set("X-Amz-Expires", expires);
    const response = await fetch(odd);
    expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([400, "IncompleteSignatureException"]);
    expect(((await response.json()) as { message: string }).message).toMatch(message);
  }
});

test("a signature that lacks a part is incomplete", async () => {
  const { url } = await start({ accessKeyId: "x", secretAccessKey: "x" });
  const credential = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/lambda/aws4_request";
  for (const [authorization, date] of [
    [credential, "20261122T070000Z"],
    [`${credential}, SignedHeaders=host, Signature=ab`, ""],
    [`${credential}, SignedHeaders=host, Signature=ab`, "yesterday"],
    ["AWS4-HMAC-SHA256 nothing", ""],
  ] as const) {
    const response = await fetch(`${url.origin}/2015-03-31/functions`, {
      headers: { authorization, ...(date === "" ? {} : { "x-amz-date": date }) },
    });
    expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([400, "IncompleteSignatureException"]);
  }
});
