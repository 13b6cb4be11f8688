/** The group `polling`: event source mappings through compose. What `kill -9` does to them is `npm run chaos -- polling`. */
import { startLedger } from "../ledger.mjs";
import { dynamoLatency, kinesisLatency, sqsLatency } from "../polling/latency.mjs";
import { besideSlow, mappingThroughput } from "../polling/mapping.mjs";
import { GROUP } from "../polling/setting.mjs";
import { inFlight } from "../polling/shards.mjs";
import { sqsFigures } from "../polling/sqs.mjs";
import { hostAddress, startProduct } from "../product.mjs";
import { measured } from "../report.mjs";

const sqs = sqsFigures();
const figures = [
  { figure: "SendMessage to handler start on an idle queue, p50 in ms", atMost: 25, measure: sqsLatency },
  { figure: "one SQS mapping, batch size 10, empty handler, messages/s against a bare SDK loop", atLeast: 0.6, measure: mappingThroughput },
  { figure: "SQS: send in batches of 10, messages/s against a bare Lua queue", atLeast: 0.5, measure: sqs.send },
  { figure: "SQS: receive and delete in batches of 10, messages/s against a bare Lua queue", atLeast: 0.5, measure: sqs.take },
  {
    figure: "quick function beside a slow one (5 s), each with its queue, messages/s against being alone",
    atLeast: 0.9,
    measure: besideSlow,
  },
  { figure: "PutRecord to handler start, p50 in ms", atMost: 300, measure: kinesisLatency },
  { figure: "PutItem to handler start, p50 in ms", atMost: 300, measure: dynamoLatency },
  { figure: "4 shards x ParallelizationFactor 10, 100 ms handler: invocations in flight", atLeast: 40, measure: inFlight },
];

/** Runs every measurement; answers the group's rows. */
export async function measure(progress) {
  progress("docker compose up");
  const product = await startProduct();
  const server = await startLedger();
  try {
    const ledger = { ...server, url: `http://${await hostAddress()}:${server.port}` };
    const rows = [];
    for (const figure of figures) rows.push(await measured(GROUP, figure, { product, ledger, progress }));
    progress("what becomes of messages and records under kills: npm run chaos -- polling");
    return rows;
  } finally {
    server.close();
    await product.stop();
  }
}
