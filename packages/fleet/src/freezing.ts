/**
 * Freezing: when an idle execution environment's processes stop, and when they go on.
 *
 * AWS freezes an environment when the runtime and every extension have asked for their next event,
 * and thaws it for the next: timers, sockets and computations pause meanwhile.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 *
 * Differs from AWS: an environment is frozen only after a grace, so that a burst, in which it rests
 * for moments, pays for neither freezing nor thawing.
 *
 * Changes its state in place, as the fleet does. An invocation costs two numbers: environments that
 * rest wait in one line, are looked at once per grace and only then judged by how long they rested.
 */

/** What freezing remembers of one environment. Its owner keeps it and hands it back. */
export interface Freezable {
  /** Since when it rests, or `undefined` while it works. */
  restsSince: number | undefined;
  frozen: boolean;
  /** It waits in the line. */
  queued: boolean;
}

/** A new environment. */
export function freezable(): Freezable {
  return { restsSince: undefined, frozen: false, queued: false };
}

/** The decisions about all environments of an executor. */
export interface Freezing<E extends Freezable> {
  /** It has nothing left to do. Answers when to call `sweep`, if no call is arranged already. */
  rests(environment: E, now: number): number | undefined;
  /** It gets something to do. True when it has to be thawed first. */
  works(environment: E): boolean;
  /** It could not be frozen, or something kept it from being: another grace. As `rests`. */
  refused(environment: E, now: number): number | undefined;
  /** Which environments to freeze now, and when to look again if any are left. */
  sweep(now: number): { readonly freeze: readonly E[]; readonly nextAt: number | undefined };
}

/** `graceMs`: how long an environment rests before it is frozen. */
export function createFreezing<E extends Freezable>(graceMs: number): Freezing<E> {
  let line: E[] = [];
  let arranged = false;

  const rests = (environment: E, now: number): number | undefined => {
    environment.restsSince = now;
    if (!environment.queued) {
      environment.queued = true;
      line.push(environment);
    }
    if (arranged) return undefined;
    arranged = true;
    return now + graceMs;
  };
  return {
    rests,
    works(environment) {
      environment.restsSince = undefined;
      const thaw = environment.frozen;
      environment.frozen = false;
      return thaw;
    },
    refused(environment, now) {
      environment.frozen = false;
      return environment.restsSince === undefined ? undefined : rests(environment, now);
    },
    sweep(now) {
      const freeze: E[] = [];
      const later: E[] = [];
      let nextAt: number | undefined;
      for (const environment of line) {
        const since = environment.restsSince;
        environment.queued = since !== undefined && since + graceMs > now;
        if (since === undefined) continue;
        if (environment.queued) {
          later.push(environment);
          nextAt = Math.min(nextAt ?? since + graceMs, since + graceMs);
        } else if (!environment.frozen) {
          environment.frozen = true;
          freeze.push(environment);
        }
      }
      line = later;
      arranged = nextAt !== undefined;
      return { freeze, nextAt };
    },
  };
}
