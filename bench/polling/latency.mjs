/** From the sending of one message or record, when nothing else goes on, to the start of the handler: p50 in milliseconds. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutRecordCommand } from "@aws-sdk/client-kinesis";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { median } from "../statistics.mjs";
import { createQueue, createStream, createTable, dynamoClient, kinesisClient, sqsClient } from "./clients.mjs";
import { createMapping, deleteMapping, deployFunction } from "./setting.mjs";

const SAMPLES = 100;
const ARRIVAL_MS_MAX = 15_000;
/** Longer than a poll of a stream takes its turn, and never the same: no sample meets the poller in step. */
const REST_MS = { min: 150, spread: 400 };
const NAME = "stamp";

/** SendMessage to handler start. */
export async function sqsLatency(context) {
  const sqs = sqsClient(context.product.url);
  const { QueueUrl, arn } = await createQueue(sqs, "latency");
  return sampled({
    ...context,
    mapping: { EventSourceArn: arn },
    send: (id) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: id })),
  });
}

/** PutRecord to handler start. */
export async function kinesisLatency(context) {
  const kinesis = kinesisClient(context.product.url);
  const StreamName = "latency";
  const arn = await createStream(kinesis, StreamName, 1);
  const send = (id) => kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: id, Data: Buffer.from(id) }));
  return sampled({ ...context, mapping: { EventSourceArn: arn, StartingPosition: "LATEST" }, send });
}

/** PutItem to handler start. */
export async function dynamoLatency(context) {
  const dynamo = dynamoClient(context.product.url);
  const TableName = "latency";
  const arn = await createTable(dynamo, TableName);
  const send = (id) => dynamo.send(new PutItemCommand({ TableName, Item: { id: { S: id } } }));
  return sampled({ ...context, mapping: { EventSourceArn: arn, StartingPosition: "LATEST" }, send });
}

/** The handler's clock is this machine's, so that the two instants can be compared. */
async function sampled({ product, ledger, mapping, send }) {
  await deployOnce(product, ledger.url);
  const uuid = await createMapping(product, { FunctionName: NAME, BatchSize: 10, ...mapping });
  await warmUp(ledger, send);
  const samples = [];
  for (let count = 0; count < SAMPLES; count += 1) {
    await pause(REST_MS.min + Math.random() * REST_MS.spread);
    const id = randomUUID();
    const sentAt = Date.now();
    await send(id);
    samples.push((await arrival(ledger, id)).at - sentAt);
  }
  await deleteMapping(product, uuid);
  const sorted = [...samples].sort((one, other) => one - other);
  return {
    value: median(samples),
    note: `of ${SAMPLES}: ${sorted[0]} to ${sorted.at(-1)} ms, p90 ${sorted[Math.floor(SAMPLES * 0.9)]} ms`,
  };
}

let deployed;
const deployOnce = (product, ledger) => (deployed ??= deployFunction(product, NAME, { ledger }));

/** A mapping at LATEST may begin to read a while after it is enabled, and the first start is cold. */
async function warmUp(ledger, send) {
  const deadline = performance.now() + 4 * ARRIVAL_MS_MAX;
  for (let seen = 0; seen < 5;) {
    const id = randomUUID();
    await send(id);
    seen += await arrival(ledger, id, 2_000).then(
      () => 1,
      () => 0,
    );
    if (performance.now() > deadline) throw new Error("nothing that was sent has reached the function");
  }
}

async function arrival(ledger, id, withinMs = ARRIVAL_MS_MAX) {
  const deadline = performance.now() + withinMs;
  while (!ledger.runs.has(id)) {
    if (performance.now() > deadline) throw new Error(`${id} has not reached the function after ${withinMs / 1_000} s`);
    await pause(5);
  }
  return ledger.journal.findLast((entry) => entry.id === id);
}
