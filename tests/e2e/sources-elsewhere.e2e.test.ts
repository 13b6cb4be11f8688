/** A service behind https on another host, as real AWS is: found by its own name, called with its own keys. */
import { createHmac, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { mustRun } from "./target/command.ts";
import { chosenTarget } from "./target/config.ts";
import { createTarget } from "./target/create-target.ts";
import { testWhere } from "./support/test-where.ts";

const kind = chosenTarget();
// Containers would have to trust the test's certificate, and reach this machine by the name in it.
const inThisMachine = testWhere(kind === "embedded-process" || kind === "embedded-docker");
const KEYS = { id: "AKIDELSEWHERE", secret: "their-secret", token: "their-token" };

/** The signature that AWS would compute: written out by hand, from its documentation, not with the signer that made it. */
function signatureOf({ method, headers }: IncomingMessage, body: string): string {
  const [, date = "", region = "", service = "", names = ""] =
    /Credential=\w+\/(\d+)\/([\w-]+)\/(\w+)\/aws4_request, SignedHeaders=([\w;-]+),/.exec(headers.authorization ?? "") ?? [];
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const canonical = [
    method,
    "/",
    "",
    ...names.split(";").map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, " ")}`),
    "",
    names,
    sha256(body),
  ].join("\n");
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  return hmac([date, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${KEYS.secret}`), text).toString("hex");
}

inThisMachine(
  "requests for a service behind https go to its own name, signed with its own keys",
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "lambdock-e2e-https-"));
    const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    await mustRun("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert, ...subject]);
    const seen: { request: IncomingMessage; body: string }[] = [];
    const elsewhere = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push({ request, body: Buffer.concat(chunks).toString() });
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end('{"StreamNames":["theirs"],"HasMoreStreams":false}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "localhost", resolve));
    const { port } = elsewhere.address() as AddressInfo;
    const env = {
      NODE_EXTRA_CA_CERTS: cert,
      LAMBDOCK_KINESIS_URL: `https://localhost:${port}`,
      LAMBDOCK_TARGET_CREDENTIALS: `${KEYS.id}:${KEYS.secret}:${KEYS.token}`,
    };
    const target = await createTarget(kind as "embedded-process" | "embedded-docker", { project: "unused", env });
    const credentials = { accessKeyId: "111122223333", secretAccessKey: "ours" };
    const client = new KinesisClient({ region: "eu-west-1", credentials, endpoint: target.endpoint, maxAttempts: 1 });
    try {
      await target.start();
      expect((await client.send(new ListStreamsCommand({ Limit: 5 }))).StreamNames).toEqual(["theirs"]);
      expect(seen).toHaveLength(1);
      const [{ request, body }] = seen as [(typeof seen)[0]];
      expect(request.headers).toMatchObject({
        host: `localhost:${port}`,
        "x-amz-target": "Kinesis_20131202.ListStreams",
        "x-amz-security-token": KEYS.token,
      });
      expect(JSON.parse(body)).toEqual({ Limit: 5 });
      expect(request.headers.authorization).toContain(`Credential=${KEYS.id}/`);
      expect(request.headers.authorization).toContain("/eu-west-1/kinesis/aws4_request");
      expect(request.headers.authorization).toContain(`Signature=${signatureOf(request, body)}`);
    } finally {
      client.destroy();
      elsewhere.close().closeAllConnections();
      await target.dispose();
      await rm(directory, { recursive: true, force: true });
    }
  },
  120_000,
);
