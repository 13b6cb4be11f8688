import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { ConformanceBench } from "../testing/conformance/bench.ts";
import { ConformanceRuntimeApi } from "../testing/conformance/runtime-api.ts";
import type { PreparedRuntime } from "../port.ts";
import { connection, makeDockerDriver, describeWithEngine } from "./testing/engine-under-test.ts";
import { makeImage, removeImage } from "./testing/image-maker.ts";
import { createEngine } from "./engine.ts";
import type { DockerDriver } from "./docker-driver.ts";

const TIMEOUT_MS = 120_000;
const BASE = "debian:bookworm-slim";
const architecture = process.arch === "arm64" ? "arm64" : "x86_64";
const CALL = `curl --silent --data-binary "$*|$(pwd)|$FROM_IMAGE|$(id -u)" "http://$AWS_LAMBDA_RUNTIME_API/answer"; exit 4`;

let driver: DockerDriver;
let bench: ConformanceBench;
const made = new Set<string>();

async function image(name: string, dockerfile: string, files: Readonly<Record<string, string>> = {}): Promise<PreparedRuntime> {
  made.add(await makeImage(`lambdock-test/${name}:${process.pid}`, dockerfile, files));
  return driver.prepareRuntime({ kind: "image", imageUri: `lambdock-test/${name}:${process.pid}`, architecture });
}

describeWithEngine("runtime images", () => {
  beforeAll(async () => {
    const api = await ConformanceRuntimeApi.listen();
    driver = makeDockerDriver(api, "images");
    bench = await ConformanceBench.create(driver, api);
  }, TIMEOUT_MS);
  afterEach(() => bench.destroySubjects());
  afterAll(async () => {
    await bench.close();
    await Promise.all([...made].map(removeImage));
    await bench.api.close();
  });

  const dockerfile = `FROM ${BASE}\nCOPY call /call\nENV FROM_IMAGE=yes\nUSER root\nWORKDIR /srv\nENTRYPOINT ["/bin/sh", "/call", "entry"]\nCMD ["command one", "two"]\n`;

  test(
    "starts an image function with the image's own configuration, as AWS's user",
    async () => {
      const runtime = await image("plain", dockerfile, { call: CALL });
      expect(runtime.waitsAtGate).toBe(false);
      const subject = await bench.subjectOfImage(runtime, {});
      await subject.sandbox.startRuntime();
      expect((await bench.api.request(subject.token, "answer")).body).toBe("entry command one two|/srv|yes|993");
    },
    TIMEOUT_MS,
  );

  test(
    "lets ImageConfig override entry point, command and working directory",
    async () => {
      const runtime = await image("plain", dockerfile, { call: CALL });
      const command = await bench.subjectOfImage(runtime, { command: ["app.handler"], workingDirectory: "/tmp" });
      await command.sandbox.startRuntime();
      expect((await bench.api.request(command.token, "answer")).body).toBe("entry app.handler|/tmp|yes|993");
      const entry = await bench.subjectOfImage(runtime, { entryPoint: ["/bin/sh", "/call", "other"] });
      await entry.sandbox.startRuntime();
      expect((await bench.api.request(entry.token, "answer")).body).toBe("other|/srv|yes|993");
    },
    TIMEOUT_MS,
  );

  test(
    "finds an image that was built here by the digest under which it is pinned, when its tag means another",
    async () => {
      const first = await image("pinned", `FROM ${BASE}\nENV BUILD=1\n`);
      const { resolvedImageUri = "" } = first;
      expect(resolvedImageUri).toMatch(/^lambdock-test\/pinned@sha256:[0-9a-f]{64}$/);
      const second = await image("pinned", `FROM ${BASE}\nENV BUILD=2\n`);
      expect(second.resolvedImageUri).not.toBe(resolvedImageUri);
      const pinned = await driver.prepareRuntime({ kind: "image", imageUri: resolvedImageUri, architecture });
      expect(pinned).toMatchObject({ reference: first.reference, resolvedImageUri });
    },
    TIMEOUT_MS,
  );

  test(
    "runs its supervisor in bash as well",
    async () => {
      const runtime = await image(
        "bash",
        `FROM ${BASE}\nRUN ln -sf bash /bin/sh\nCOPY call /call\nENTRYPOINT ["/bin/sh", "/call", "bash"]\n`,
        { call: `[ -n "$BASH_VERSION" ] && ${CALL}` },
      );
      const subject = await bench.subjectOfImage(runtime, {});
      for (let round = 0; round < 2; round++) {
        await subject.sandbox.startRuntime();
        await bench.api.request(subject.token, "answer");
        await subject.sandbox.killRuntime();
        expect((await subject.exit()).status).toBe(137);
      }
      await subject.sandbox.startRuntime();
      (await bench.api.request(subject.token, "answer")).release();
      expect((await subject.exit()).status).toBe(4);
    },
    TIMEOUT_MS,
  );

  test(
    "runs an image without /bin/sh directly; a reset gives it a new container",
    async () => {
      const runtime = await image(
        "no-shell",
        `FROM ${BASE}\nCOPY call /call\nRUN ["/bin/rm", "/bin/sh"]\nENTRYPOINT ["/bin/bash", "/call", "direct"]\n`,
        { call: `echo "out $1"; echo err >&2; ${CALL}` },
      );
      const subject = await bench.subjectOfImage(runtime, {});
      await subject.sandbox.startRuntime();
      await bench.api.request(subject.token, "answer");
      await subject.sandbox.drained();
      expect(subject.output().trim().split("\n").toSorted()).toEqual(["err", "out direct"]);
      await subject.sandbox.killRuntime();
      expect(await subject.exit()).toEqual({ status: 137, outOfMemory: false });
      await subject.sandbox.startRuntime();
      (await bench.api.request(subject.token, "answer")).release();
      expect(await subject.exit()).toEqual({ status: 4, outOfMemory: false });
    },
    TIMEOUT_MS,
  );

  test(
    "reports status 127 when the entry point of an image without /bin/sh does not exist",
    async () => {
      const runtime = await image("no-entry", `FROM ${BASE}\nRUN ["/bin/rm", "/bin/sh"]\nENTRYPOINT ["/missing"]\n`);
      const subject = await bench.subjectOfImage(runtime, {});
      await subject.sandbox.startRuntime();
      expect((await subject.exit()).status).toBe(127);
    },
    TIMEOUT_MS,
  );

  test(
    "refuses an image that exists nowhere, naming it and the cure",
    async () => {
      const refused = driver.prepareRuntime({ kind: "image", imageUri: "localhost:1/nobody/has-this:1", architecture });
      await expect(refused).rejects.toMatchObject({
        name: "SandboxUnavailable",
        message: expect.stringMatching(/localhost:1\/nobody\/has-this:1 .*build or pull it/),
      });
    },
    TIMEOUT_MS,
  );

  test(
    "refuses a name that is no image reference",
    async () => {
      await expect(driver.prepareRuntime({ kind: "image", imageUri: "UPPER CASE", architecture })).rejects.toMatchObject({
        name: "SandboxUnavailable",
      });
    },
    TIMEOUT_MS,
  );

  test(
    "refuses a runtime whose images can't be had, naming them and the cure",
    async () => {
      const unreachable = makeDockerDriver(bench.api, "unreachable", {
        images: { registry: "localhost:1/lambda", overrides: {}, preferOwn: false, ignoreArchitecture: false, region: "us-east-1" },
      });
      await expect(unreachable.prepareRuntime({ kind: "managed", runtime: "ruby3.3", architecture })).rejects.toMatchObject({
        reasonCode: "InvalidRuntime",
        message: expect.stringMatching(/ruby3\.3 needs the image localhost:1\/lambda\/ruby:3\.3.*docker pull/),
      });
      await expect(unreachable.prepareRuntime({ kind: "managed", runtime: "cobol85", architecture })).rejects.toMatchObject({
        reasonCode: "InvalidRuntime",
      });
      // An image of our own stands in where AWS's can't be had.
      expect((await unreachable.prepareRuntime({ kind: "managed", runtime: "provided.al2023", architecture })).reference).toMatch(
        /^provided@sha256:/,
      );
      await unreachable.close();
    },
    TIMEOUT_MS,
  );

  test(
    "takes the image that the settings name for a runtime",
    async () => {
      const overridden = makeDockerDriver(bench.api, "override", {
        images: {
          registry: "localhost:1",
          overrides: { "provided.al2023": BASE },
          preferOwn: true,
          ignoreArchitecture: false,
          region: "eu-west-1",
        },
      });
      const runtime = await overridden.prepareRuntime({ kind: "managed", runtime: "provided.al2023", architecture });
      const engine = createEngine(connection, 1);
      const { Id: id } = await engine.call((docker) => docker.getImage(BASE).inspect());
      engine.close();
      expect(runtime).toEqual({
        reference: `provided@${id}`,
        waitsAtGate: false,
        runtimeVersion: "provided:al2023.v1",
        runtimeVersionArn: `arn:aws:lambda:eu-west-1::runtime:${id.replace("sha256:", "")}`,
      });
      await overridden.close();
    },
    TIMEOUT_MS,
  );

  test(
    "says that an image was deleted",
    async () => {
      const runtime = await image("deleted", `FROM ${BASE}\nLABEL unique=${process.pid}\n`);
      const name = `lambdock-test/deleted:${process.pid}`;
      made.delete(name);
      await removeImage(name);
      await expect(bench.subjectOfImage(runtime, {})).rejects.toMatchObject({ name: "SandboxUnavailable", reasonCode: "ImageDeleted" });
    },
    TIMEOUT_MS,
  );

  test(
    "has the Node.js runtime wait at the gate before init begins",
    async () => {
      const runtime = await driver.prepareRuntime({ kind: "managed", runtime: "nodejs24.x", architecture });
      expect(runtime).toMatchObject({ waitsAtGate: true, runtimeVersion: "nodejs:24.v1" });
      const subject = await bench.subjectOfImage(
        runtime,
        {},
        await bench.codeDirectory({ "index.mjs": `console.log("loaded"); export const handler = () => {};` }),
      );
      const gate = await bench.api.request(subject.token, "2018-06-01/lambdock/gate");
      await subject.sandbox.drained();
      expect(subject.output()).toBe("");
      await subject.sandbox.startRuntime();
      gate.release();
      await bench.api.request(subject.token, "2018-06-01/runtime/invocation/next");
      await subject.sandbox.drained();
      expect(subject.output()).toContain("loaded");
      await subject.sandbox.killRuntime();
      await subject.sandbox.startRuntime();
      await bench.api.request(subject.token, "2018-06-01/lambdock/gate");
    },
    TIMEOUT_MS,
  );
});
