/**
 * Receivers that wait for messages: one line per queue and process, served in the order in which
 * they came. A line is looked after when a process says on the wake channel that something came,
 * when a message that is there becomes visible, and when a receiver joins. Nobody is served who has
 * gone away: what was taken for one who went while it was being taken is put back.
 */
import type { Timers } from "@lambdock/kernel/clock";
import type { ReceiveOutcome } from "./store/message-store.ts";

export type Taken = Extract<ReceiveOutcome, { kind: "some" }>;

/** A receiver. */
export interface Receiver {
  /** Takes messages; `waitUntil`: how long somebody in this line will wait (epoch ms; absent: as the queue says). */
  take(waitUntil: number | undefined): Promise<ReceiveOutcome>;
  /** Gives back what nobody got. */
  putBack(taken: Taken): Promise<void>;
  /** Epoch ms at which it gives up; absent: as the queue says. */
  readonly waitUntil: number | undefined;
  readonly live: Presence;
  /** There may be messages that are this one's alone (a repeated attempt): it looks before it stands in line. */
  readonly repeats?: boolean;
}

/** Whether the client is still there. */
export interface Presence {
  readonly gone: boolean;
  /** Runs when it goes; the answer stops listening. */
  onGone(run: () => void): () => void;
}

export interface WaitingLines {
  /** Waits until there is something, time is up, or the receiver is gone; rejects when taking fails. */
  receive(queueKey: string, receiver: Receiver): Promise<ReceiveOutcome>;
  /** Something came into this queue (`undefined`: perhaps into any). */
  wake(queueKey: string | undefined): void;
  /** Receivers waiting at the moment. */
  readonly waiting: number;
  /** Sends everybody away with nothing. */
  close(): void;
}

interface Waiter {
  readonly receiver: Receiver;
  readonly waitUntil: number;
  /** Answers; does nothing the second time. */
  readonly settle: (outcome: ReceiveOutcome | Error) => void;
  settled: boolean;
  /** Its messages are being taken: neither time nor departure settles it before that is known. */
  taking: boolean;
  /** Its time was up while they were. */
  late: boolean;
}

interface Line {
  readonly key: string;
  waiters: Waiter[];
  /** Receivers that are trying before they join, or waiting. */
  users: number;
  /** Grows with every wake-up, so that one during a look is not missed. */
  wakes: number;
  serving: boolean;
  cancelTimer: () => void;
}

/** After this the room for messages in flight is looked at again. */
const FULL_RETRY_MS = 1_000;
const NOTHING = { kind: "none", waitUntil: 0 } as const;

/** Lines of one process. */
export function createWaitingLines(timers: Timers): WaitingLines {
  const lines = new Map<string, Line>();
  let closed = false;
  return {
    async receive(key, receiver) {
      const line = lines.get(key) ?? openLine(key);
      lines.set(key, line);
      line.users++;
      try {
        const first = await lookFirst(timers, line, receiver);
        if (first.outcome.kind !== "none" && first.outcome.kind !== "full") return first.outcome;
        const waitUntil = first.waitUntil ?? timers.now();
        if (closed || waitUntil <= timers.now()) return first.outcome;
        return await join(timers, line, { receiver, waitUntil, seen: first });
      } finally {
        line.users--;
        if (line.users === 0) {
          line.cancelTimer();
          lines.delete(key);
        }
      }
    },
    wake(key) {
      for (const line of key === undefined ? lines.values() : [lines.get(key)]) if (line !== undefined) wakeLine(timers, line);
    },
    get waiting() {
      return [...lines.values()].reduce((sum, line) => sum + line.waiters.length, 0);
    },
    close() {
      closed = true;
      for (const line of lines.values()) for (const waiter of line.waiters) waiter.settle(NOTHING);
    },
  };
}

function openLine(key: string): Line {
  return { key, waiters: [], users: 0, wakes: 0, serving: false, cancelTimer: () => undefined };
}

interface FirstLook {
  readonly outcome: ReceiveOutcome;
  readonly waitUntil?: number | undefined;
  readonly dueAt?: number | undefined;
  /** State of the line when the look began. */
  readonly wakes?: number;
}

/**
 * Takes at once, unless others wait already and this one can wait too. What comes meanwhile is
 * noticed by the count of wake-ups.
 */
async function lookFirst(timers: Timers, line: Line, receiver: Receiver): Promise<FirstLook> {
  const { wakes } = line;
  if (line.waiters.length > 0 && receiver.repeats !== true && (receiver.waitUntil ?? 0) > timers.now())
    return { outcome: NOTHING, waitUntil: receiver.waitUntil };
  const outcome = await receiver.take(receiver.waitUntil);
  if (outcome.kind === "some" && receiver.live.gone) {
    await receiver.putBack(outcome);
    return { outcome: NOTHING, waitUntil: 0 };
  }
  if (outcome.kind === "none") return { outcome, waitUntil: receiver.waitUntil ?? outcome.waitUntil, dueAt: outcome.dueAt, wakes };
  return { outcome, waitUntil: receiver.waitUntil, wakes };
}

function join(
  timers: Timers,
  line: Line,
  { receiver, waitUntil, seen }: { readonly receiver: Receiver; readonly waitUntil: number; readonly seen: FirstLook },
): Promise<ReceiveOutcome> {
  return new Promise((resolve, reject) => {
    const releases: (() => void)[] = [];
    const waiter: Waiter = {
      receiver,
      waitUntil,
      settled: false,
      taking: false,
      late: false,
      settle(outcome) {
        if (waiter.settled) return;
        waiter.settled = true;
        line.waiters = line.waiters.filter((other) => other !== waiter);
        for (const release of releases) release();
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      },
    };
    const leave = (): void => {
      waiter.late = true;
      if (!waiter.taking) waiter.settle(NOTHING);
    };
    line.waiters.push(waiter);
    releases.push(timers.after(Math.max(0, waitUntil - timers.now()), leave), receiver.live.onGone(leave));
    if (receiver.live.gone) leave();
    // Alone, having looked, with nothing said since: there is nothing to look for yet.
    else if (line.waiters.length === 1 && seen.outcome.kind === "none" && seen.wakes === line.wakes) wakeAt(timers, line, seen.dueAt);
    else wakeLine(timers, line);
  });
}

function wakeLine(timers: Timers, line: Line): void {
  line.wakes++;
  if (line.serving || line.waiters.length === 0) return;
  void serve(timers, line);
}

async function serve(timers: Timers, line: Line): Promise<void> {
  let wakes: number;
  line.serving = true;
  do {
    wakes = line.wakes;
    line.cancelTimer();
    while (line.waiters.length > 0) {
      const outcome = await serveOne(timers, line, line.waiters[0]!);
      if (outcome === undefined) continue;
      wakeAt(timers, line, outcome.kind === "full" ? timers.now() + FULL_RETRY_MS : outcome.dueAt);
      break;
    }
  } while (wakes !== line.wakes && line.waiters.length > 0);
  line.serving = false;
}

/** `undefined` when the waiter was settled; else there is nothing for anybody now. */
async function serveOne(
  timers: Timers,
  line: Line,
  waiter: Waiter,
): Promise<Extract<ReceiveOutcome, { kind: "none" | "full" }> | undefined> {
  waiter.taking = true;
  try {
    const outcome = await waiter.receiver.take(Math.max(...line.waiters.map(({ waitUntil }) => waitUntil)));
    waiter.taking = false;
    if (outcome.kind === "some" && waiter.receiver.live.gone) {
      await waiter.receiver.putBack(outcome);
      waiter.settle(NOTHING);
      return undefined;
    }
    if (outcome.kind === "some" || outcome.kind === "missing") {
      waiter.settle(outcome);
      return undefined;
    }
    if (!waiter.late) return outcome;
    waiter.settle(NOTHING);
  } catch (error) {
    waiter.taking = false;
    waiter.settle(error instanceof Error ? error : new Error(String(error)));
  }
  return undefined;
}

function wakeAt(timers: Timers, line: Line, at: number | undefined): void {
  line.cancelTimer();
  if (at !== undefined) line.cancelTimer = timers.after(Math.max(1, at - timers.now() + 1), () => wakeLine(timers, line));
}
