/**
 * Polling under fire. Messages to a standard and a FIFO queue, records to a Kinesis stream and
 * changes of a table go on coming, evenly over the time of the kills; two pollers share their
 * mappings. Afterwards the function must have ended well with everything that was accepted, and
 * must have seen each key's messages for the first time in the order in which they were sent.
 */
import { setTimeout as pause } from "node:timers/promises";
import { deploy } from "../product.mjs";
import { source } from "../sync/setting.mjs";
import { zipOf } from "../zip.mjs";
import { killAll, lengthOf } from "./kills.mjs";
import { createSources } from "./sources.mjs";

export const services = ["poller", "executor", "poller-2", "sqs", "kinesis", "dynamodb", "redis", "gateway"];
export const settings = { LAMBDOCK_TIME_SCALE: "60", LAMBDOCK_FUNCTION_ENVIRONMENTS_MAX: "12" };
export const scale = { poller: 2 };

const NAME = "chaos";
const KEYS = 20;
/** Senders of each source; a key belongs to one of them (KEYS is a multiple), so that its messages are sent in order. */
const LANES = 10;
const SETTLING_MS_MAX = 240_000;
/** When nothing more has come for so long, nothing more will. */
const QUIET_MS = 60_000;

/** Runs it; `events` is the number of messages, and as many records. */
export async function run({ stack, ledger, plan, events, random, progress }) {
  const { close, ...sources } = await createSources(stack.url);
  await deploy(stack, NAME, await zipOf({ "index.mjs": await source("chaos-polling") }), {
    MemorySize: 512,
    Timeout: 5,
    Environment: { Variables: { LEDGER: `http://${stack.hostAddress}:${ledger.port}` } },
  });
  for (const { mapping } of Object.values(sources))
    await stack.api("POST", "/2015-03-31/event-source-mappings", { FunctionName: NAME, ...mapping });
  const milliseconds = lengthOf(plan);
  progress(`${events} messages and as many records over ${(milliseconds / 1_000).toFixed(0)} s`);
  const sent = { accepted: [], repeated: 0 };
  const sending = Object.entries(sources).map(([kind, to]) => sendAll({ kind, to, count: events / 2, milliseconds, sent, random }));
  await Promise.all([...sending, killAll(plan, { containers: stack.containers, progress })]);
  await stack.recover();
  progress(`${sent.accepted.length} accepted, ${sent.repeated} sends repeated; waiting for their ends`);
  await settle({ sent, ledger, progress });
  close();
  return verdict({ sources, sent, ledger });
}

/** A send that is not answered well is repeated as it was, so that a key's numbers stay in order: the first may be stored all the same. */
async function sendAll({ kind, to, count, milliseconds, sent, random }) {
  const begun = performance.now();
  const lane = async (first) => {
    for (let index = first; index < count; index += LANES) {
      await pause(Math.max(0, (index / count) * milliseconds - (performance.now() - begun)));
      const key = `${kind} ${index % KEYS}`;
      const content = { key, number: Math.floor(index / KEYS), name: `${key} ${Math.floor(index / KEYS)}` };
      while (!(await accepted(to, content))) {
        sent.repeated += 1;
        await pause(50 + random() * 200);
      }
      sent.accepted.push(content.name);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, first) => lane(first)));
}

const accepted = (to, content) =>
  to.send(content).then(
    () => true,
    () => false,
  );

async function settle({ sent, ledger, progress }) {
  const deadline = performance.now() + SETTLING_MS_MAX;
  let seen = ledger.journal.length;
  let quietSince = performance.now();
  for (;;) {
    const left = sent.accepted.filter((name) => !ledger.runs.has(`done ${name}`)).length;
    if (left === 0) return;
    if (ledger.journal.length > seen) quietSince = performance.now();
    seen = ledger.journal.length;
    if (performance.now() > deadline || performance.now() - quietSince > QUIET_MS) return progress(`${left} have not come to their end`);
    await pause(500);
  }
}

function verdict({ sources, sent, ledger }) {
  const lost = sent.accepted.filter((name) => !ledger.runs.has(`done ${name}`));
  const disorder = Object.entries(sources)
    .filter(([, { ordered }]) => ordered)
    .flatMap(([kind]) => disorderOf(ledger.journal.filter(({ key }) => key?.startsWith(`${kind} `))));
  const repeated = sent.accepted.reduce((sum, name) => sum + Math.max(0, (ledger.runs.get(name) ?? 0) - 1), 0);
  const of = (names, kind) => names.filter((name) => name.startsWith(`${kind} `)).length;
  const kinds = Object.keys(sources);
  return {
    lines: [
      ["accepted", sent.accepted.length],
      ...kinds.map((kind) => [`lost of the ${of(sent.accepted, kind)} of the ${kind}`, of(lost, kind)]),
      ["first deliveries out of their key's order", disorder.length],
      ["deliveries beyond the first (duplicates, and retries of batches that failed)", repeated],
      ["sends repeated", sent.repeated],
    ],
    broken: lost.length + disorder.length,
    details: [
      ...lost.map((name) => `lost: ${name}, begun ${ledger.runs.get(name) ?? 0} times`),
      ...disorder.map(({ name, after }) => `out of order: ${name} came first after ${after}`),
    ],
    figure: {
      figure: `messages and records lost or out of order of ${sent.accepted.length} accepted`,
      value: lost.length + disorder.length,
      note: `${repeated} deliveries repeated`,
    },
  };
}

/** First deliveries that came after a later number of their key. */
function disorderOf(journal) {
  const last = new Map();
  return journal
    .filter(({ run }) => run === 1)
    .flatMap((entry) => {
      const before = last.get(entry.key);
      if (before !== undefined && before.number > entry.number) return [{ name: entry.name, after: before.name }];
      last.set(entry.key, entry);
      return [];
    });
}
