import { readFileSync, readlinkSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { AddTagsToStreamCommand, ListStreamsCommand, PutRecordCommand, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { createStream, startKinesis, textsOf, type KinesisFixture } from "./testing/kinesis-fixture.ts";

let fixture: KinesisFixture;

beforeAll(async () => {
  fixture = await startKinesis();
});
afterAll(() => fixture?.stop());

const put = (StreamName: string, text: string): Promise<unknown> =>
  fixture.client.send(new PutRecordCommand({ StreamName, PartitionKey: "key", Data: Buffer.from(text) }));

/** Kills the child that was started last, and resolves once the service knows. */
async function killChild(): Promise<void> {
  const ended = (): number => fixture.log.filter((line) => line.includes("a server ended")).length;
  const before = ended();
  process.kill(-fixture.pids().at(-1)!, "SIGKILL");
  while (ended() === before) await new Promise((resolve) => setImmediate(resolve));
}

test("nothing runs before the first request, and many first requests start one process", async () => {
  expect((await fetch(`${fixture.url}/health`)).status).toBe(200);
  expect(fixture.pids()).toEqual([]);
  await Promise.all(Array.from({ length: 5 }, () => fixture.client.send(new ListStreamsCommand({}))));
  expect(fixture.pids()).toHaveLength(1);
});

test("records come back as they were put", async () => {
  await createStream(fixture, "there-and-back");
  await put("there-and-back", "a");
  await fixture.client.send(
    new PutRecordsCommand({
      StreamName: "there-and-back",
      Records: ["b", "c"].map((text) => ({ PartitionKey: "key", Data: Buffer.from(text) })),
    }),
  );
  expect(await textsOf(fixture, "there-and-back")).toEqual(["a", "b", "c"]);
});

test("it listens on the loopback interface only", () => {
  const pid = fixture.pids().at(-1)!;
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]];
      } catch {
        return [];
      }
    }),
  );
  const listening = ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === "0A" && inodes.has(inode))
      .map(([, local]) => local!.split(":")[0]),
  );
  expect(new Set(listening)).toEqual(new Set(["0100007F"]));
});

test("streams and records outlive a restart", async () => {
  await createStream(fixture, "kept");
  await put("kept", "before");
  await fixture.restart();
  expect(await textsOf(fixture, "kept")).toEqual(["before"]);
});

test("a killed process loses no record that was accepted, and the next request starts another", async () => {
  await createStream(fixture, "killed");
  // A change of a stream is written down a moment later: records that come then are in the journal alone.
  await fixture.client.send(new AddTagsToStreamCommand({ StreamName: "killed", Tags: { a: "b" } }));
  await fixture.restart();
  const texts = Array.from({ length: 20 }, (_, index) => `r${index}`);
  for (const text of texts) await put("killed", text);
  await killChild();
  expect(await textsOf(fixture, "killed")).toEqual(texts);
  await put("killed", "after");
  await killChild();
  expect(await textsOf(fixture, "killed")).toEqual([...texts, "after"]);
});

test("a request that the process dies on is answered as AWS answers its own failures", async () => {
  await fixture.client.send(new ListStreamsCommand({}));
  // Stopped, it takes the request and does not answer.
  const pid = fixture.pids().at(-1)!;
  process.kill(-pid, "SIGSTOP");
  const answer = fixture.client.send(new ListStreamsCommand({})).catch((error: unknown) => error);
  // The request has reached it once it is in the receive queue of its connection.
  await arrived(pid);
  process.kill(-pid, "SIGKILL");
  expect(await answer).toMatchObject({
    name: "InternalFailure",
    $metadata: { httpStatusCode: 500 },
    message: expect.stringMatching(/broke off/),
  });
  expect((await fixture.client.send(new ListStreamsCommand({}))).StreamNames).toContain("kept");
});

/** Resolves when bytes wait to be read on a connection of the machine to the port that the process was started on. */
async function arrived(pid: number): Promise<void> {
  const port = /address=http:\/\/127\.0\.0\.1:(\d+)/.exec(fixture.log.findLast((line) => line.includes(`pid=${pid}`))!)![1];
  const local = `0100007F:${Number(port).toString(16).toUpperCase().padStart(4, "0")}`;
  const waiting = (): boolean =>
    ["tcp", "tcp6"].some((table) =>
      readFileSync(`/proc/net/${table}`, "utf8")
        .split("\n")
        .some((line) => line.includes(` ${local} `) && / 01 [0-9A-F]{8}:(?!00000000)[0-9A-F]{8} /.test(line)),
    );
  while (!waiting()) await new Promise((resolve) => setImmediate(resolve));
}
