/**
 * Environments that wait to be made, and how many are being made. Making one is the dearest thing
 * the machine does, so only a few are made at once, and functions take turns: a burst of one cannot
 * starve another. What is provisioned comes after what somebody waits for. Spares come last: none is
 * begun beside one that somebody waits for, which would take longer for it.
 */
import type { FleetEffect } from "./fleet-protocol.ts";
import { createList, push, shift, unlink, type LinkedList } from "./linked-list.ts";
import type { Group, Member, Pool } from "./pool.ts";

/** The queue of starts. */
export interface Starts<G extends Group> {
  /** Queues a new environment: in its function's turn when a run waits for it. */
  push(member: Member<G>): void;
  /** Takes a queued one out. */
  remove(member: Member<G>): void;
  /** An environment that was begun is made, or could not be. */
  ended(member: Member<G>): void;
  /** Begins as many as there is room for. */
  begin(now: number, effects: FleetEffect<G>[]): void;
}

/** An empty queue; so many are made at once. */
export function createStarts<G extends Group>(parallelStarts: number): Starts<G> {
  /** Function versions with queued runs: one that was served goes to the end. */
  const turns = createList<Pool<G>>();
  const provisioned = createList<Member<G>>();
  const spares = createList<Member<G>>();
  const creating = new Set<Member<G>>();

  const shiftTurn = (): Member<G> | undefined => {
    const pool = shift(turns);
    if (pool === undefined) return undefined;
    const member = shift(pool.queued);
    if (pool.queued.size > 0) push(turns, pool);
    return member;
  };

  const shiftSpare = (): Member<G> | undefined => {
    for (const { runId } of creating) if (runId !== undefined) return undefined;
    return shift(spares);
  };

  return {
    push(member) {
      push(queueOf(member, { provisioned, spares }), member);
      if (member.pool.queued.size > 0 && member.pool.list === undefined) push(turns, member.pool);
    },
    remove(member) {
      unlink(member);
      if (member.pool.queued.size === 0) unlink(member.pool);
    },
    ended: (member) => void creating.delete(member),
    begin(now, effects) {
      while (creating.size < parallelStarts) {
        const member = shiftTurn() ?? shift(provisioned) ?? shiftSpare();
        if (member === undefined) return;
        member.state = "creating";
        member.since = now;
        creating.add(member);
        effects.push(creation(member));
      }
    },
  };
}

function queueOf<G extends Group>(
  member: Member<G>,
  { provisioned, spares }: Readonly<Record<"provisioned" | "spares", LinkedList<Member<G>>>>,
): LinkedList<Member<G>> {
  if (member.runId !== undefined) return member.pool.queued;
  return member.pool.allocation === undefined ? spares : provisioned;
}

function creation<G extends Group>({ id, pool: { group, allocation } }: Member<G>): FleetEffect<G> {
  if (allocation !== undefined) return { type: "create", environmentId: id, group, initializationType: "provisioned-concurrency" };
  if (group.snapStart === true) return { type: "create", environmentId: id, group, initializationType: "snap-start" };
  return { type: "create", environmentId: id, group };
}
