import { computed } from "@preact/signals";
import { facts } from "./facts.ts";
import { isText, stored } from "./stored.ts";

/** Account whose functions are shown. */
export const account = stored("account", "000000000000", (value): value is string => isText(value) && /^\d{12}$/.test(value));
/** Region, as chosen; empty: Lambdock's own. */
export const chosenRegion = stored("region", "", isText);
/** Region whose functions are shown. */
export const region = computed(() => (chosenRegion.value === "" ? (facts.value?.region ?? "us-east-1") : chosenRegion.value));
