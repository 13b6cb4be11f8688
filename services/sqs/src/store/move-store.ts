import { randomUUID } from "node:crypto";
import type { RedisClient } from "@lambdock/store/redis";
import { runScript } from "@lambdock/store/script";
import { cancelMove, startMove, stepMove } from "../lua/move-messages.ts";
import { queueArn, type QueueRef } from "../queue-ref.ts";
import { queueKey, runningMovesKey } from "../sqs-keys.ts";

/** A move task as AWS tells it. */
export interface MoveTask {
  readonly id: string;
  readonly status: string;
  readonly startedAt: number;
  readonly destinationArn: string;
  readonly perSecond?: number;
  readonly toMove: number;
  readonly moved: number;
  readonly failure: string;
}

export type StepOutcome = "RUNNING" | "PAUSED" | "COMPLETED" | "FAILED" | "CANCELLED" | "GONE";

/** Message-move tasks in Redis. */
export interface MoveStore {
  start(
    source: QueueRef,
    task: { readonly now: number; readonly id: string; readonly destinationArn: string; readonly perSecond: number | undefined },
  ): Promise<"missing" | "busy" | "started">;
  /** The number of messages moved, or why there is nothing to cancel. */
  cancel(source: QueueRef, id: string): Promise<"missing" | "unknown" | "over" | number>;
  /** Moves a few messages; see the script. */
  step(sourceKey: string, id: string, now: number): Promise<StepOutcome>;
  /** The last tasks out of a queue, newest first. */
  list(source: QueueRef, limit: number): Promise<readonly MoveTask[]>;
  /** Source ARN and id of every task that is under way, whoever works on it. */
  running(): Promise<readonly { readonly sourceArn: string; readonly id: string }[]>;
}

/** Tasks that are remembered per source [docs]. */
const REMEMBERED = 10;
/** Messages moved by one script: short enough to keep nobody else waiting. */
const STEP_MESSAGES = 50;

/** A store on that connection. */
export function createMoveStore(redis: RedisClient): MoveStore {
  return {
    async start(source, { now, id, destinationArn, perSecond }) {
      const answer = await runScript(redis, startMove, {
        keys: [queueKey(source), runningMovesKey],
        args: [now, id, destinationArn, perSecond ?? "", REMEMBERED],
      });
      return answer as "missing" | "busy" | "started";
    },
    async cancel(source, id) {
      const answer = (await runScript(redis, cancelMove, { keys: [queueKey(source), runningMovesKey], args: [id] })) as string;
      return answer === "missing" || answer === "unknown" || answer === "over" ? answer : Number(answer);
    },
    async step(sourceKey, id, now) {
      const fresh = Array.from({ length: STEP_MESSAGES }, () => randomUUID());
      return (await runScript(redis, stepMove, { keys: [sourceKey, runningMovesKey], args: [now, id, ...fresh] })) as StepOutcome;
    },
    async list(source, limit) {
      const key = queueKey(source);
      const ids = await redis.lrange(`${key}:moves`, 0, limit - 1);
      const tasks = await Promise.all(ids.map(async (id) => taskOf(id, await redis.hgetall(`${key}:move:${id}`))));
      return tasks.filter((task) => task !== undefined);
    },
    async running() {
      const members = await redis.smembers(runningMovesKey);
      return members.map((member) => ({ sourceArn: member.slice(0, member.indexOf(" ")), id: member.slice(member.indexOf(" ") + 1) }));
    },
  };
}

/** Opaque name of a task: its id and the ARN of its source, as AWS writes it. */
export function encodeTaskHandle(source: QueueRef, id: string): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn: queueArn(source) })).toString("base64");
}

/** Reads a handle; `undefined` when it is none. */
export function decodeTaskHandle(handle: string): { readonly taskId: string; readonly sourceArn: string } | undefined {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, "base64").toString()) as { taskId?: unknown; sourceArn?: unknown };
    return typeof taskId === "string" && typeof sourceArn === "string" ? { taskId, sourceArn } : undefined;
  } catch {
    return undefined;
  }
}

function taskOf(id: string, fields: Readonly<Record<string, string>>): MoveTask | undefined {
  const { status, started, destination = "", rate = "", toMove, moved, failure = "" } = fields;
  if (status === undefined) return undefined;
  const base = {
    id,
    status,
    startedAt: Number(started),
    destinationArn: destination,
    toMove: Number(toMove),
    moved: Number(moved),
    failure,
  };
  return rate === "" ? base : { ...base, perSecond: Number(rate) };
}
