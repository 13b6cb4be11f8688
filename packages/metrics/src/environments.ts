/** Execution environments as the lifecycle stream tells of them: which there are, and what each runs. */
import type { EnvironmentState } from "@lambdock/model/lifecycle";
import type { Lane } from "./concurrency.ts";

/** What an environment runs. */
export interface Run {
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly qualifier: string | undefined;
  readonly provisioned: boolean;
  readonly spillover: boolean;
  readonly lane: Lane;
}

/** One environment. Changed in place. */
export interface Environment {
  readonly functionArn: string;
  readonly version: string;
  state: EnvironmentState;
  /** What it runs now. */
  run: Run | undefined;
  /** The newest invocation that it ended, and when: a stream that tells something twice tells it with the same time. */
  lastRequestId: string | undefined;
  lastEndAt: number;
}

/** An environment as Redis keeps it, without what can be made anew. */
type Kept = readonly [
  functionArn: string,
  version: string,
  state: EnvironmentState,
  lastRequestId: string | null,
  lastEndAt: number,
  run?: readonly [requestId: string, startedAt: number, qualifier: string | null, provisioned: 0 | 1, spillover: 0 | 1],
];

/** Text that {@link decodeEnvironment} takes back. */
export function encodeEnvironment({ functionArn, version, state, run, lastRequestId, lastEndAt }: Environment): string {
  const base = [functionArn, version, state, lastRequestId ?? null, lastEndAt] as const;
  const kept: Kept =
    run === undefined
      ? base
      : [...base, [run.requestId, run.startedAt, run.qualifier ?? null, run.provisioned ? 1 : 0, run.spillover ? 1 : 0]];
  return JSON.stringify(kept);
}

/** Its run comes back without a lane, which depends on today's limits. */
export function decodeEnvironment(text: string): {
  readonly environment: Environment;
  readonly run: Omit<Run, "lane"> | undefined;
} {
  const [functionArn, version, state, lastRequestId, lastEndAt, kept] = JSON.parse(text) as Kept;
  const environment = { functionArn, version, state, run: undefined, lastRequestId: lastRequestId ?? undefined, lastEndAt };
  if (kept === undefined) return { environment, run: undefined };
  const [requestId, startedAt, qualifier, provisioned, spillover] = kept;
  const run = { requestId, startedAt, qualifier: qualifier ?? undefined, provisioned: provisioned === 1, spillover: spillover === 1 };
  return { environment, run };
}
