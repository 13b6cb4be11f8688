/**
 * `npm run screenshots`: pictures of each page of the console, into docs/images. Starts a Lambdock of
 * its own in a folder of its own, keeps it busy, and looks at it with Chromium.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "./command.mjs";
import { build, ensureInstalled, requireNode, root } from "./dependencies.mjs";

const out = join(root, "docs/images");
const accountId = "000000000000";
const region = "us-east-1";
const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

requireNode();
const executablePath = programs.find(existsSync);
if (executablePath === undefined) {
  console.error("The pictures need Chromium: on Debian scripts/apt-install.sh chromium.");
  process.exit(1);
}
await ensureInstalled();
await build();
const { chromium } = await import("playwright-core");
const { storedZip } = await import("../services/console/dist/tour/stored-zip.js");

/** A Lambdock of our own. */
async function startLambdock(directory) {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    LAMBDOCK_PORT: String(port),
    LAMBDOCK_DATA_DIR: directory,
    LAMBDOCK_INSTANCES: "process",
    LAMBDOCK_TIME_SCALE: "10",
    LAMBDOCK_LOG_LEVEL: "error",
  };
  const child = spawn(process.execPath, [join(root, "services/embedded/dist/main.js")], { env, stdio: ["ignore", "ignore", "inherit"] });
  for (let tries = 0; tries < 150; tries++) {
    if (
      await fetch(`${endpoint}/_lambdock/health`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return { endpoint, child };
    await wait(200);
  }
  throw new Error("Lambdock did not start.");
}

const code = `export const handler = async (event) => {
  console.log("order", event.order ?? "-", "of", event.customer ?? "nobody");
  if (event.Records) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const failed = event.Records.filter(({ body }) => body.includes("poison"));
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  }
  if (event.fail) throw new Error("The payment was refused");
  await new Promise((resolve) => setTimeout(resolve, event.ms ?? 200));
  return { order: event.order, state: "accepted" };
};
`;

function caller(endpoint) {
  const send = async (path, { method = "POST", body, headers = {}, service = "lambda" } = {}) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${accountId}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${endpoint}${path}`, {
      method,
      headers: { "content-type": "application/json", authorization, ...headers },
      ...content,
    });
    return { status: answer.status, text: await answer.text() };
  };
  return {
    send,
    invoke: (name, body, type = "RequestResponse") =>
      send(`/2015-03-31/functions/${name}/invocations`, { body, headers: { "x-amz-invocation-type": type } }),
    sqs: (operation, body) =>
      send("/", {
        body,
        service: "sqs",
        headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` },
      }),
  };
}

const FUNCTIONS = ["checkout", "invoices", "orders-worker", "thumbnails"];

/** Functions, a queue with its mapping, limits. */
async function furnish({ send, sqs }) {
  const ZipFile = Buffer.from(storedZip({ "index.mjs": code })).toString("base64");
  for (const FunctionName of FUNCTIONS)
    await send("/2015-03-31/functions", {
      body: {
        FunctionName,
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Role: `arn:aws:iam::${accountId}:role/shop`,
        Description: "Takes orders",
        Timeout: 10,
        Environment: { Variables: { STAGE: "local" } },
        Code: { ZipFile },
      },
    });
  for (const name of FUNCTIONS) await untilActive(send, name);
  await send("/2017-10-31/functions/thumbnails/concurrency", { method: "PUT", body: { ReservedConcurrentExecutions: 4 } });
  for (const QueueName of ["orders", "orders-dead"]) await sqs("CreateQueue", { QueueName });
  await send("/2015-03-31/event-source-mappings/", {
    body: {
      FunctionName: "orders-worker",
      EventSourceArn: `arn:aws:sqs:${region}:${accountId}:orders`,
      BatchSize: 10,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    },
  });
}

async function untilActive(send, name) {
  for (;;) {
    const { text } = await send(`/2015-03-31/functions/${name}/configuration`, { method: "GET" });
    if (JSON.parse(text).State === "Active") return;
    await wait(100);
  }
}

/** Traffic until it is called off. */
function traffic(endpoint, { invoke, sqs }, signal) {
  const forever = async (work) => {
    while (!signal.aborted) await work().catch(() => wait(200));
  };
  const random = (least, most) => least + Math.random() * (most - least);
  for (let index = 0; index < 6; index++)
    void forever(async () => {
      await invoke("checkout", { order: index, ms: random(40, 500), fail: Math.random() < 0.04 });
      await wait(random(20, 400));
    });
  for (let index = 0; index < 6; index++)
    void forever(async () => {
      await invoke("thumbnails", { ms: random(300, 1_200) });
      await wait(random(50, 300));
    });
  void forever(async () => {
    await invoke("invoices", { order: 42, fail: true, customer: "someone" }, "Event");
    await wait(7_000);
  });
  void forever(async () => {
    const Entries = Array.from({ length: 6 }, (_, index) => ({
      Id: String(index),
      MessageBody: index === 5 ? "poison" : `order ${index}`,
    }));
    await sqs("SendMessageBatch", { QueueUrl: `${endpoint}/${accountId}/orders`, Entries });
    await wait(1_500);
  });
}

/** Each picture: its name, where it is taken, and what is done first. */
const pictures = [
  { name: "live", hash: "" },
  { name: "live-dark", hash: "", colorScheme: "dark" },
  { name: "functions", hash: "#/functions", height: 420 },
  { name: "invoke", hash: "#/functions/checkout", height: 960, before: invokeOnce },
  { name: "logs", hash: "#/functions/checkout/logs", height: 640 },
  { name: "async", hash: "#/async?function=invoices", height: 860, before: openEvent },
  { name: "sources", hash: "#/sources", height: 860 },
  { name: "tour", hash: "#/tour", height: 900, colorScheme: "dark", before: playTour },
  { name: "phone", hash: "", width: 390, height: 780 },
];

async function invokeOnce(page) {
  await page.getByLabel("Payload (JSON)").fill('{\n  "order": 7,\n  "customer": "someone"\n}');
  await page.getByRole("button", { name: "Invoke", exact: true }).click();
  await page.getByText("200 succeeded").waitFor();
}

async function openEvent(page) {
  await page
    .getByRole("row", { name: /retrying/ })
    .getByRole("link")
    .first()
    .click();
  await page.getByLabel("Steps").getByText("Attempt 2", { exact: true }).waitFor({ timeout: 20_000 });
  await page.locator("main").evaluate((main) => main.scrollTo(0, 0));
}

async function playTour(page) {
  await page.getByRole("button", { name: "Play the tour" }).click();
  await page.getByText(/^Second burst/).waitFor({ timeout: 60_000 });
}

const directory = mkdtempSync(join(tmpdir(), "lambdock-screenshots-"));
mkdirSync(out, { recursive: true });
const over = new AbortController();
const { endpoint, child } = await startLambdock(directory);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
try {
  const client = caller(endpoint);
  await furnish(client);
  traffic(endpoint, client, over.signal);
  await wait(45_000);
  for (const { name, hash, width = 1_280, height = 800, colorScheme = "light", before } of pictures) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(`${endpoint}/_lambdock${hash}`);
    await wait(3_000);
    await before?.(page);
    await wait(1_000);
    await page.screenshot({ path: join(out, `console-${name}.png`) });
    console.log(`docs/images/console-${name}.png`);
    await page.close();
  }
} finally {
  over.abort();
  await browser.close();
  child.kill("SIGINT");
  await new Promise((resolve) => child.once("exit", resolve));
  rmSync(directory, { recursive: true, force: true });
}
