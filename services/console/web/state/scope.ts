import { computed } from "@preact/signals";
import { facts } from "./facts.ts";
import { isText, stored } from "./stored.ts";

/** Account whose functions are shown. */
export const account = stored("account", "000000000000", (value): value is string => isText(value) && /^\d{12}$/.test(value));
/** Region, as chosen; empty: Lambdock's own. */
export const chosenRegion = stored("region", "", isText);
/** Region whose functions are shown. */
export const region = computed(() => (chosenRegion.value === "" ? (facts.value?.region ?? "us-east-1") : chosenRegion.value));

/** The account and the region that a function's ARN names. */
export function scopeOf(functionArn: string): { readonly account: string; readonly region: string } | undefined {
  const [, , , itsRegion, itsAccount] = functionArn.split(":");
  return itsRegion === undefined || itsAccount === undefined ? undefined : { account: itsAccount, region: itsRegion };
}

/** Shows the account and the region of a function from now on: the live picture has those of all. */
export function enterScopeOf(functionArn: string): void {
  const scope = scopeOf(functionArn);
  if (scope === undefined) return;
  account.value = scope.account;
  if (scope.region !== region.value) chosenRegion.value = scope.region;
}
