/**
 * `npm run demo`: the console's tour in the terminal, against the Lambdock that runs at LAMBDOCK_PORT
 * (4566). Deploys three functions, plays, shows their lanes as text, and takes everything away again.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { build, ensureInstalled, requireNode } from "./dependencies.mjs";

const port = process.env.LAMBDOCK_PORT || "4566";
const endpoint = `http://127.0.0.1:${port}`;
const accountId = "000000000000";
/** Seconds to read between two steps. */
const READING_MS = process.stdout.isTTY ? 3_000 : 0;
const bold = (text) => (process.stdout.isTTY ? `\u001B[1m${text}\u001B[0m` : text);

requireNode();
await ensureInstalled();
await build();
const { createTourClient } = await import("../services/console/dist/tour/client.js");
const { playTour, TOUR_STEPS } = await import("../services/console/dist/tour/tour.js");
const { asciiLanes, ASCII_LEGEND } = await import("../services/console/dist/tour/ascii-lanes.js");
const { applyEvent, newPicture } = await import("../services/console/dist/live/picture.js");

const facts = await fetch(`${endpoint}/_lambdock/console/facts`).then(
  (answer) => answer.json(),
  () => undefined,
);
if (facts?.region === undefined) {
  console.error(
    `No Lambdock answers at ${endpoint}: start one with "npm start" or "docker compose up" (LAMBDOCK_PORT names another port).`,
  );
  process.exit(1);
}
if (facts.requireSignature || facts.tokenRequired) {
  console.error(
    "The demo sends unsigned requests: play the tour in the console, or start Lambdock without LAMBDOCK_REQUIRE_SIGNATURE and LAMBDOCK_CONSOLE_TOKEN.",
  );
  process.exit(1);
}

const authorization = (service) =>
  `AWS4-HMAC-SHA256 Credential=${accountId}/20260101/${facts.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

async function send({ method, path, service, headers, body }) {
  const request = { method, headers: { ...headers, authorization: authorization(service) }, ...(body === undefined ? {} : { body }) };
  const answer = await fetch(`${endpoint}${path}`, request);
  const text = await answer.text();
  return { status: answer.status, body: parsed(text), header: (name) => answer.headers.get(name) ?? undefined };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const invokeAtOnce = (functionName, payloads) =>
  Promise.all(
    payloads.map(async (payload) => {
      const path = `/2015-03-31/functions/${functionName}/invocations`;
      const headers = { "content-type": "application/json", "x-amz-log-type": "Tail" };
      const { status, header } = await send({ method: "POST", path, service: "lambda", headers, body: JSON.stringify(payload) });
      return { status, cold: Buffer.from(header("x-amz-log-result") ?? "", "base64").includes("Init Duration") };
    }),
  );

/** Follows the lifecycle stream into a picture until it is called off. */
function follow() {
  const picture = newPicture();
  const over = new AbortController();
  const read = async () => {
    const answer = await fetch(`${endpoint}/_lambdock/lifecycle?from=now`, { signal: over.signal });
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of answer.body) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) take(picture, block);
    }
  };
  // Without the picture the steps still tell what happens.
  read().catch(() => undefined);
  return { picture, stop: () => over.abort() };
}

function take(picture, block) {
  const data = /^data: (\[.*)$/m.exec(block)?.[1];
  if (data !== undefined && !/^event: /m.test(block)) for (const event of JSON.parse(data)) applyEvent(picture, event);
}

const stop = new AbortController();
// Deploying waits for three functions at the same time.
setMaxListeners(20, stop.signal);
process.once("SIGINT", () => {
  console.log("\nCleaning up ... (Ctrl-C again to leave everything as it is)");
  stop.abort(new Error("stopped"));
});
const pause = (ms) => wait(ms, undefined, { signal: stop.signal });

const live = follow();
let began = 0;

/** The lanes since the step began. */
function show() {
  const to = Date.now();
  const width = Math.max(20, Math.min(100, (process.stdout.columns ?? 100) - 18));
  const lines = asciiLanes(live.picture, { from: began, to, width });
  if (lines.length > 0)
    console.log(`\n${lines.map((line) => `   ${line}`).join("\n")}\n   ${ASCII_LEGEND}, ${((to - began) / 1_000).toFixed(0)} s in all`);
}

const context = {
  client: createTourClient(send, invokeAtOnce),
  accountId,
  region: facts.region,
  timeScale: facts.timeScale,
  say: (line) => console.log(`   › ${line}`),
  pause,
};
const onStep = (index) => {
  const step = TOUR_STEPS[index];
  began = Date.now();
  console.log(`\n${bold(`${index + 1}. ${step.title}`)}\n   ${step.text(facts.timeScale)}\n`);
};
/** Events are told a moment after they happen. */
const TOLD_MS = 500;
const between = async () => {
  await pause(TOLD_MS);
  show();
  await pause(READING_MS);
};

try {
  await playTour(context, { onStep, between });
  console.log(`\nEverything is taken away again. The same with a live picture: ${endpoint}/_lambdock#/tour`);
} catch (error) {
  if (!stop.signal.aborted) console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  live.stop();
}
