/**
 * Load on the page alone: a thousand lifecycle events a second, written to the stream as services
 * write them. HEAP_SECONDS=600 is the long run, with 500 environments; without, a short one with so
 * few environments that every bound of the page is reached before it is measured.
 */
import { createLogger } from "@lambdock/kernel/logger";
import type { LifecycleEvent } from "@lambdock/model/lifecycle";
import { createLifecycleStream, type LifecycleStream } from "@lambdock/store/lifecycle-stream";
import { startRedis, type RedisFixture } from "@lambdock/store/testing/redis-fixture";
import { afterAll, beforeAll, expect } from "@jest/globals";
import type { CDPSession } from "playwright-core";
import { testWhere } from "../e2e/support/test-where.ts";
import { chosenTarget } from "../e2e/target/config.ts";
import { createTarget } from "../e2e/target/create-target.ts";
import type { Target } from "../e2e/target/target.ts";
import { createBrowser } from "./support/browser.ts";

const seconds = Number(process.env["HEAP_SECONDS"] ?? 60);
const isLong = seconds >= 600;
const ENVIRONMENTS = isLong ? 500 : 60;
const INVOCATIONS_PER_SECOND = 500;
/** Until each lane has as many spans as it keeps, and the sums their seconds. */
const FILLING_SECONDS = isLong ? 345 : 45;
const EVERY_MS = 50;

const onEmbedded = testWhere(chosenTarget() === "embedded-process");
const open = createBrowser();
let redis: RedisFixture;
let stream: LifecycleStream;
let target: Target;

beforeAll(async () => {
  if (chosenTarget() !== "embedded-process") return;
  redis = await startRedis();
  stream = createLifecycleStream({ redis: redis.client, maxEvents: 100_000, logger: createLogger("test", "silent") });
  target = await createTarget("embedded-process", { project: "lambdock-console-load", env: { REDIS_URL: redis.url } });
  await target.start();
}, 120_000);

afterAll(async () => {
  await target?.dispose();
  await stream?.close();
  await redis?.stop();
}, 60_000);

const environmentId = (index: number): string => index.toString(16).padStart(32, "0");

/** The facts of one invocation of an environment, as its executor tells them. */
function invocation(index: number, at: number): readonly LifecycleEvent[] {
  const common = {
    functionArn: "arn:aws:lambda:us-east-1:111122223333:function:loaded",
    version: "$LATEST",
    environmentId: environmentId(index),
  };
  const requestId = crypto.randomUUID();
  const durationMs = 5 + Math.random() * 90;
  const status = Math.random() < 0.02 ? "failure" : "success";
  return [
    { type: "invocation-start", at: at - durationMs, requestId, cold: false, ...common },
    { type: "invocation-end", at, requestId, status, durationMs, ...common },
  ];
}

/** Writes events at a steady rate until it is called off. */
function emitSteadily(): () => void {
  let sent = 0;
  const began = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - began) / 1_000) * INVOCATIONS_PER_SECOND;
    for (; sent < due; sent++) for (const event of invocation(sent % ENVIRONMENTS, Date.now())) stream.emit(event);
  }, EVERY_MS);
  return () => clearInterval(timer);
}

/** Bytes of JavaScript objects that are still needed. */
async function heapOf(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}

/** The share of time in which the page's main thread was busy, over some seconds. */
async function busyShare(session: CDPSession, overSeconds: number): Promise<number> {
  const look = async (): Promise<{ readonly at: number; readonly busy: number }> => {
    const { metrics } = await session.send("Performance.getMetrics");
    const value = (name: string): number => metrics.find((metric) => metric.name === name)!.value;
    return { at: value("Timestamp"), busy: value("TaskDuration") };
  };
  const before = await look();
  await new Promise((resolve) => setTimeout(resolve, overSeconds * 1_000));
  const after = await look();
  return (after.busy - before.busy) / (after.at - before.at);
}

onEmbedded(
  `A thousand events a second leave the page's heap flat and its main thread free, for ${seconds} seconds`,
  async () => {
    const stop = emitSteadily();
    try {
      const { page, faults } = await open("", { url: target.endpoint });
      await page.getByRole("group", { name: new RegExp(`loaded: ${ENVIRONMENTS} environments`) }).waitFor({ timeout: 30_000 });
      const session = await page.context().newCDPSession(page);
      await session.send("Performance.enable");
      await new Promise((resolve) => setTimeout(resolve, FILLING_SECONDS * 1_000));
      const before = await heapOf(session);
      const busy = await busyShare(session, 10);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds - FILLING_SECONDS) * 1_000));
      const after = await heapOf(session);
      process.stderr.write(
        `The page's heap: ${(before / 1e6).toFixed(1)} MB, then ${(after / 1e6).toFixed(1)} MB; its main thread was busy for ${Math.round(busy * 100)} % of the time.\n`,
      );
      expect(faults).toEqual([]);
      // A page that kept what it is told would grow by several megabytes in this time.
      expect(after - before).toBeLessThan(3_000_000);
      expect(busy).toBeLessThan(0.9);
    } finally {
      stop();
    }
  },
  (seconds + 120) * 1_000,
);
