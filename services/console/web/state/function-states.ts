/** The state of each function: ListFunctions tells none, so every function is asked for its own, once per revision. */
import { signal } from "@preact/signals";
import { changedSince } from "../../src/live/function-states.ts";
import { getFunctionConfiguration, type FunctionConfiguration } from "../api/lambda.ts";

/** By ARN; what is not in it was not asked for yet. */
export const functionStates = signal<ReadonlyMap<string, FunctionConfiguration>>(new Map());

/** Requests at the same time: a browser sends six, and others are waiting. */
const AT_ONCE = 3;
/** Functions that are asked for in one go. */
const ASKED_MAX = 500;
let asking = false;

/** Asks for the states that are not known. One that cannot be had is asked for again the next time. */
export async function learnStates(listed: readonly FunctionConfiguration[]): Promise<void> {
  if (asking) return;
  asking = true;
  const arns = new Set(listed.map(({ FunctionArn }) => FunctionArn));
  functionStates.value = new Map([...functionStates.value].filter(([arn]) => arns.has(arn)));
  const waiting = [...changedSince(listed, functionStates.value)].slice(0, ASKED_MAX);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const found = await getFunctionConfiguration(next.FunctionName).catch(() => undefined);
      if (found !== undefined) functionStates.value = new Map(functionStates.value).set(found.FunctionArn, found);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  asking = false;
}
