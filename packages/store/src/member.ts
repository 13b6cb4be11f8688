import type { FunctionId } from "@lambdock/model/arn";

/** One canonical text per function, so that a set and a channel know it by that. */
export function memberOf({ accountId, region, name }: FunctionId): string {
  return JSON.stringify({ accountId, region, name });
}

/** One canonical text per published version of a function. */
export function versionMemberOf({ accountId, region, name }: FunctionId, version: string): string {
  return JSON.stringify({ accountId, region, name, version });
}
