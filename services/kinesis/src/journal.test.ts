import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { AcceptedRecord } from "./accepted-records.ts";
import { createJournal, type Journal } from "./journal.ts";

let directory: string;
let journal: Journal;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lambdock-journal-"));
  journal = createJournal(directory);
});
afterEach(async () => {
  await journal.close();
  await rm(directory, { recursive: true });
});

const record = (SequenceNumber: string): AcceptedRecord => ({
  arn: "arn",
  shardId: "shard",
  record: { ApproximateArrivalTimestamp: 1, Data: "", EncryptionType: "NONE", PartitionKey: "k", SequenceNumber },
});

async function numbersIn(file: string): Promise<string[]> {
  const text = await readFile(join(directory, file), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as AcceptedRecord).record.SequenceNumber);
}

test("lines are there once the promise is kept, in the order of the calls", async () => {
  await Promise.all(["1", "2", "3"].map((number) => journal.append([record(number)])));
  expect(await numbersIn("journal.ndjson")).toEqual(["1", "2", "3"]);
  expect(journal.bytes).toBe((await readFile(join(directory, "journal.ndjson"))).byteLength);
});

test("it is put aside once, until the older one is gone", async () => {
  expect(await journal.rotate()).toBe(false);
  await journal.append([record("1")]);
  expect(await journal.rotate()).toBe(true);
  expect(journal.bytes).toBe(0);
  await journal.append([record("2")]);
  expect(await journal.rotate()).toBe(false);
  expect([await numbersIn("journal.ndjson.old"), await numbersIn("journal.ndjson")]).toEqual([["1"], ["2"]]);
  await rm(join(directory, "journal.ndjson.old"));
  expect(await journal.rotate()).toBe(true);
});

test("after a reset it begins anew, where another has taken the file away", async () => {
  await journal.append([record("1")]);
  await journal.reset();
  await rm(join(directory, "journal.ndjson"));
  await journal.append([record("2")]);
  expect(await numbersIn("journal.ndjson")).toEqual(["2"]);
});
