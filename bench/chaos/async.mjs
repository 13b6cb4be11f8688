/**
 * Asynchronous events under fire. Accepted events go on coming, evenly over the time of the kills,
 * to a function that fails on a third of first attempts and on one event in a hundred always.
 * Afterwards every accepted event must be found at its end: the record of its success in one queue;
 * the record of its failure in another and itself in the dead-letter queue. Counted by the ids in
 * their bodies, and nowhere by what Lambdock says of itself.
 */
import { setTimeout as pause } from "node:timers/promises";
import { deploy, invocationPath } from "../product.mjs";
import { source } from "../sync/setting.mjs";
import { zipOf } from "../zip.mjs";
import { killAll, lengthOf } from "./kills.mjs";
import { createQueues } from "./queues.mjs";

export const services = ["gateway", "executor", "async-queue", "sqs", "redis"];
export const settings = { LAMBDOCK_TIME_SCALE: "60", LAMBDOCK_FUNCTION_ENVIRONMENTS_MAX: "12" };

const NAME = "chaos";
const LANES = 16;
const SEND_TIMEOUT_MS = 20_000;
const SETTLING_MS_MAX = 240_000;
const RUN_MS_MAX = 150;

/** Runs it; answers what was counted: `{lines, lost, …}`. */
export async function run({ stack, ledger, plan, events, random, progress }) {
  const queues = createQueues(stack.url);
  const ends = { success: await queues.create("success"), failure: await queues.create("failure"), dead: await queues.create("dead") };
  await deploy(stack, NAME, await zipOf({ "index.mjs": await source("chaos-async") }), {
    MemorySize: 512,
    Environment: { Variables: { LEDGER: `http://${stack.hostAddress}:${ledger.port}` } },
    DeadLetterConfig: { TargetArn: ends.dead.arn },
  });
  await stack.api("PUT", `/2019-09-25/functions/${NAME}/event-invoke-config`, {
    DestinationConfig: { OnSuccess: { Destination: ends.success.arn }, OnFailure: { Destination: ends.failure.arn } },
  });
  progress(`${events} events over ${(lengthOf(plan) / 1_000).toFixed(0)} s`);
  const [sent] = await Promise.all([
    sendAll({ url: stack.url, events, milliseconds: lengthOf(plan), random }),
    killAll(plan, { containers: stack.containers, progress }),
  ]);
  await stack.recover();
  progress(`${sent.accepted.size} accepted, ${sent.refused} sends refused, ${sent.unanswered.size} without an answer`);
  const settled = await settle(stack, progress);
  progress("nothing is under way any more; counting");
  const counted = {
    success: countIds(await queues.drain(ends.success), (body) => JSON.parse(body).requestPayload.id),
    failure: countIds(await queues.drain(ends.failure), (body) => JSON.parse(body).requestPayload.id),
    dead: countIds(await queues.drain(ends.dead), (body) => JSON.parse(body).id),
  };
  return verdict({ sent, counted, runs: ledger.runs, settled });
}

/** Sends until so many are accepted. A send that is not answered by 202 is repeated under a new id: it may or may not be stored. */
async function sendAll({ url, events, milliseconds, random }) {
  const sent = { accepted: new Map(), unanswered: new Set(), refused: 0 };
  const begun = performance.now();
  let next = 0;
  let id = 0;
  const lane = async () => {
    while (next < events) {
      const due = (next / events) * milliseconds;
      next += 1;
      await pause(Math.max(0, due - (performance.now() - begun)));
      while (!(await sendOne({ url, id: (id += 1), sent, random }))) await pause(50 + random() * 200);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return sent;
}

async function sendOne({ url, id, sent, random }) {
  try {
    const response = await fetch(`${url}${invocationPath(NAME)}`, {
      method: "POST",
      headers: { "x-amz-invocation-type": "Event" },
      body: JSON.stringify({ id, milliseconds: Math.floor(random() * RUN_MS_MAX) }),
      signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (response.status === 202) sent.accepted.set(id, response.headers.get("x-amzn-requestid"));
    else sent.refused += 1;
    return response.status === 202;
  } catch {
    sent.unanswered.add(id);
    return false;
  }
}

/** Waits until nothing waits, runs or retries; answers the queue's last summary. */
async function settle(stack, progress) {
  const deadline = performance.now() + SETTLING_MS_MAX;
  for (;;) {
    const { queues = [] } = await stack.api("GET", "/_lambdock/async").catch(() => ({}));
    const queue = queues.find(({ name }) => name === NAME);
    if (queue !== undefined && queue.waiting + queue.running + queue.retrying === 0) return queue;
    if (performance.now() > deadline) {
      progress(`not settled after ${SETTLING_MS_MAX / 1_000} s: ${JSON.stringify(queue)}`);
      return queue ?? { waiting: Number.NaN };
    }
    await pause(500);
  }
}

function countIds(bodies, idOf) {
  const counts = new Map();
  for (const body of bodies) counts.set(idOf(body), (counts.get(idOf(body)) ?? 0) + 1);
  return counts;
}

const alwaysFails = (id) => id % 100 === 1;
const runsDue = (id) => {
  if (alwaysFails(id)) return 3;
  return id % 3 === 0 ? 2 : 1;
};

function verdict({ sent, counted: { success, failure, dead }, runs, settled }) {
  const failed = (id) => failure.has(id) && dead.has(id);
  const ids = [...sent.accepted.keys()];
  const lost = ids.filter((id) => !success.has(id) && !failed(id));
  const misplaced = ids.filter((id) => (alwaysFails(id) ? success.has(id) : success.has(id) && (failure.has(id) || dead.has(id))));
  const more = (counts) => [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
  const runsMore = ids.reduce((sum, id) => sum + Math.max(0, (runs.get(id) ?? 0) - runsDue(id)), 0);
  const lines = [
    ["accepted", ids.length],
    ["ended in success", ids.filter((id) => success.has(id)).length],
    ["ended in failure, told to destination and dead-letter queue", ids.filter(failed).length],
    ["lost", lost.length],
    ["ended in two ways", misplaced.length],
    ["kept among the dead, to be redriven", settled.dead],
    ["still under way", settled.waiting + settled.running + settled.retrying],
    ["runs beyond those due (duplicates)", runsMore],
    ["records and dead letters beyond the first (duplicates)", more(success) + more(failure) + more(dead)],
    ["sends refused", sent.refused],
    [
      "sends without an answer, and how many of these were stored all the same",
      `${sent.unanswered.size}, ${[...sent.unanswered].filter((id) => runs.has(id)).length}`,
    ],
  ];
  return {
    lines,
    broken: lost.length + misplaced.length,
    details: [
      ...lost.map(
        (id) =>
          `lost: event ${id}, request ${sent.accepted.get(id)}, run ${runs.get(id) ?? 0} times, failure ${failure.get(id)}, dead ${dead.get(id)}`,
      ),
      ...misplaced.map((id) => `ended in two ways: event ${id}, request ${sent.accepted.get(id)}, run ${runs.get(id)} times`),
    ],
    figure: { figure: `events lost of ${ids.length} accepted`, value: lost.length, note: `${runsMore} runs repeated` },
  };
}
