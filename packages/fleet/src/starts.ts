import type { FleetEffect } from "./fleet-protocol.ts";
import type { Group, Member } from "./pool.ts";
import { createStartQueue } from "./start-queue.ts";

/** Environments that wait to be made, and how many are being made. */
export interface Starts<G extends Group> {
  /** Queues a new environment: in its function's turn when a run waits for it, else as a spare. */
  push(member: Member<G>): void;
  /** Takes it out of the queue. True when its making had not begun. */
  remove(member: Member<G>): boolean;
  /** An environment is made, or could not be. */
  ended(): void;
  /** Begins as many as there is room for. */
  begin(now: number): FleetEffect<G>[];
}

/** An empty queue; so many are made at once. */
export function createStarts<G extends Group>(parallelStarts: number): Starts<G> {
  const queue = createStartQueue();
  const waiting = new Map<string, Member<G>>();
  let creating = 0;

  const shift = (): Member<G> | undefined => {
    const id = creating < parallelStarts ? queue.shift() : undefined;
    if (id === undefined) return undefined;
    const member = waiting.get(id)!;
    waiting.delete(id);
    return member;
  };

  return {
    push(member) {
      waiting.set(member.id, member);
      if (member.runId === undefined) queue.pushSpare(member.id);
      else queue.push(member.pool.key, member.id);
    },
    remove(member) {
      waiting.delete(member.id);
      return queue.remove(member.id);
    },
    ended: () => void (creating -= 1),
    begin(now) {
      const effects: FleetEffect<G>[] = [];
      for (let member = shift(); member !== undefined; member = shift()) {
        member.state = "creating";
        member.since = now;
        creating += 1;
        effects.push({ type: "create", environmentId: member.id, group: member.pool.group });
      }
      return effects;
    },
  };
}
