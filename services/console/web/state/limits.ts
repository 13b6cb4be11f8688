/** Concurrency limits: the account's, and what functions reserved and provisioned. Asked now and then. */
import { signal } from "@preact/signals";
import { accountSettings, getFunction, listProvisioned } from "../api/lambda.ts";
import { facts } from "./facts.ts";
import { picture } from "./live.ts";
import { account, region } from "./scope.ts";

export interface FunctionLimits {
  readonly reserved?: number;
  readonly provisioned?: number;
}

export const accountLimit = signal<number | undefined>(undefined);
const functionLimits = signal<ReadonlyMap<string, FunctionLimits>>(new Map());
const NONE: FunctionLimits = {};
const EVERY_MS = 5_000;
/** Functions whose limits are asked for in one round: those that did something last. */
const ASKED_MAX = 24;

export function limitsOf(name: string): FunctionLimits {
  return functionLimits.value.get(name) ?? NONE;
}

/** Asks once. What cannot be had is left as it was. */
async function ask(): Promise<void> {
  accountLimit.value = (await accountSettings()).AccountLimit.ConcurrentExecutions;
  const here = `arn:aws:lambda:${region.value}:${account.value}:`;
  const names = [...picture.functions.values()]
    .filter(({ functionArn, lanes }) => functionArn.startsWith(here) && [...lanes.values()].some((lane) => lane.stoppedAt === Infinity))
    .sort((one, other) => other.changedAt - one.changedAt)
    .slice(0, ASKED_MAX)
    .map(({ name }) => name);
  const found = await Promise.all(names.map(async (name) => [name, await limitsNow(name)] as const));
  functionLimits.value = new Map(found);
}

async function limitsNow(name: string): Promise<FunctionLimits> {
  const [detail, configs] = await Promise.all([getFunction(name).catch(() => undefined), listProvisioned(name).catch(() => [])]);
  const reserved = detail?.Concurrency?.ReservedConcurrentExecutions;
  const provisioned = configs.reduce((sum, config) => sum + (config.RequestedProvisionedConcurrentExecutions ?? 0), 0);
  return { ...(reserved === undefined ? {} : { reserved }), ...(provisioned === 0 ? {} : { provisioned }) };
}

let running = false;

/** Begins to ask, once for the whole app. */
export function watchLimits(): void {
  if (running) return;
  running = true;
  const round = async (): Promise<void> => {
    if (document.visibilityState === "visible" && facts.value?.signedIn === true) await ask().catch(() => undefined);
    setTimeout(() => void round(), EVERY_MS);
  };
  void round();
}
