/**
 * Which environments have lived, or been idle, for long enough. The oldest idle ones go first: of
 * those that are too many, half go every few minutes until three are left, and those stay for the
 * time that each was given (see `lifetime.ts`).
 */
import type { FleetEffect, FleetLimits } from "./fleet-protocol.ts";
import type { Group, Member, Pool } from "./pool.ts";
import type { Roster } from "./roster.ts";

/** So few idle environments are not too many. */
const FEW = 3;

/** Stops idle on-demand environments whose time has come, and spares of functions that are not used. */
export function recycleIdle<G extends Group>(roster: Roster<G>, limits: FleetLimits, now: number): FleetEffect<G>[] {
  const effects: FleetEffect<G>[] = [];
  for (const pool of roster.pools.values()) {
    for (let count = surplus(pool, limits, now); count > 0; count -= 1) roster.leave(pool.idle.first!, effects);
    recycleExpired(roster, pool, { now, effects });
    recycleSpares(roster, pool, { limits, now, effects });
    roster.dropIfEmpty(pool);
  }
  return effects;
}

/** Stops all spares of a pool that is not used, and those that are more than it wants. */
function recycleSpares<G extends Group>(
  roster: Roster<G>,
  pool: Pool<G>,
  { limits, now, effects }: { readonly limits: FleetLimits; readonly now: number; readonly effects: FleetEffect<G>[] },
): void {
  const unused = now - pool.usedAt >= limits.idleMs.max;
  // What a pool wants is never less than the usual number, and costs a look at all others.
  if (!unused && pool.spares.size <= limits.sparesPerFunction) return;
  const wanted = unused ? 0 : roster.sparesWanted(pool, now);
  while (pool.spares.size > wanted) roster.leave(pool.spares.first!, effects);
}

/** Stops the pool's idle environments whose time has come, the oldest first. */
export function recycleExpired<G extends Group>(
  roster: Roster<G>,
  pool: Pool<G>,
  { now, effects }: { readonly now: number; readonly effects: FleetEffect<G>[] },
): void {
  for (let oldest = pool.idle.first; oldest !== undefined && isExpired(oldest, now); oldest = pool.idle.first)
    roster.leave(oldest, effects);
}

/** True when the idle environment has been idle for as long as it may. */
export function isExpired<G extends Group>({ since, idleMs }: Member<G>, now: number): boolean {
  return now - since >= idleMs;
}

/** Half of the environments that were not needed since the last look, when it is time for the next. */
function surplus<G extends Group>(pool: Pool<G>, { idleHalvingMs }: FleetLimits, now: number): number {
  if (idleHalvingMs === 0 || now - pool.halvedAt < idleHalvingMs) return 0;
  pool.halvedAt = now;
  let unused = 0;
  let member: Member<G> | undefined = pool.idle.first;
  for (; member !== undefined && now - member.since >= idleHalvingMs; member = member.after) unused += 1;
  return unused > FEW ? unused >> 1 : 0;
}
