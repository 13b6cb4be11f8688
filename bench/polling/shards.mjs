/** A stream of 4 shards with a ParallelizationFactor of 10 and a handler of 100 ms: invocations in flight, and the order of each key. */
import { setTimeout as pause } from "node:timers/promises";
import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { createLoadClient } from "../load-client.mjs";
import { invocationPath } from "../product.mjs";
import { median } from "../statistics.mjs";
import { createStream, kinesisClient } from "./clients.mjs";
import { createMapping, deleteMapping, deployFunction } from "./setting.mjs";

const SHARDS = 4;
const FACTOR = 10;
const KEYS = 400;
const RECORDS_PER_KEY = 15;
const PUT_RECORDS = 400;
const ALL_MS_MAX = 180_000;
const NAME = "keyed";

/** The most that the function saw in flight at once; an error if it is more than asked for, or if a key's order is broken. */
export async function inFlight({ product, ledger, progress }) {
  const kinesis = kinesisClient(product.url);
  const StreamName = "shards";
  const arn = await createStream(kinesis, StreamName, SHARDS);
  await deployFunction(product, NAME, { ledger: ledger.url, memory: 256 });
  await warmUp(product);
  await putAll(kinesis, StreamName);
  ledger.clear();
  progress(`${KEYS * RECORDS_PER_KEY} records put; the mapping begins`);
  const uuid = await createMapping(product, {
    FunctionName: NAME,
    EventSourceArn: arn,
    StartingPosition: "TRIM_HORIZON",
    BatchSize: 1,
    ParallelizationFactor: FACTOR,
  });
  await allEnded(ledger);
  await deleteMapping(product, uuid);
  orderKept(ledger.journal);
  const counts = countsOf(ledger.journal);
  const most = counts.reduce((one, other) => Math.max(one, other));
  if (most > SHARDS * FACTOR) throw new Error(`${most} invocations were in flight, more than ${SHARDS * FACTOR}`);
  const middle = counts.slice(counts.length >> 2, (3 * counts.length) >> 2);
  return { value: most, note: `order kept for each of ${KEYS} keys; ${median(middle)} in flight at the median, as the function sees it` };
}

/** As many environments as will be needed: what is measured are not their starts. */
async function warmUp(product) {
  const client = createLoadClient({
    url: product.url,
    path: invocationPath(NAME),
    payload: JSON.stringify({ warmMs: 10_000 }),
    connections: SHARDS * FACTOR,
  });
  await client.times(SHARDS * FACTOR);
  client.close();
}

async function putAll(kinesis, StreamName) {
  for (let number = 0; number < RECORDS_PER_KEY; number += 1) {
    for (let first = 0; first < KEYS; first += PUT_RECORDS) {
      const Records = Array.from({ length: PUT_RECORDS }, (_, offset) => {
        const key = `key-${first + offset}`;
        return { PartitionKey: key, Data: Buffer.from(JSON.stringify({ key, number })) };
      });
      const { FailedRecordCount } = await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
      if (FailedRecordCount > 0) throw new Error(`${FailedRecordCount} records were refused`);
    }
  }
}

async function allEnded(ledger) {
  const deadline = performance.now() + ALL_MS_MAX;
  const wanted = 2 * KEYS * RECORDS_PER_KEY;
  while (ledger.runs.size < wanted) {
    if (performance.now() > deadline) throw new Error(`${ledger.runs.size} of ${wanted} beginnings and ends after ${ALL_MS_MAX / 1_000} s`);
    await pause(50);
  }
}

/** A record of a key begins after the one before it has ended. */
function orderKept(journal) {
  const next = new Map();
  for (const { step, key, number, run } of journal) {
    if (run > 1) throw new Error(`record ${number} of ${key} was handled twice`);
    const due = next.get(key) ?? "begin 0";
    if (`${step} ${number}` !== due) throw new Error(`${key}: ${step} of record ${number} where ${due} was due`);
    next.set(key, step === "begin" ? `end ${number}` : `begin ${number + 1}`);
  }
}

/** How many were in flight after each step. */
function countsOf(journal) {
  let count = 0;
  return journal.map(({ step }) => (count += step === "begin" ? 1 : -1));
}
