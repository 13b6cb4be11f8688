import type { Setting } from "./config.ts";

/** Secrets by access key id, from `AKID:SECRET,AKID:SECRET`. */
export function credentialPairs(variable: string, meaning: string): Setting<ReadonlyMap<string, string>> {
  return {
    variable,
    fallback: "",
    meaning,
    expected: "AKID:SECRET pairs, separated by commas",
    parse: (value) => {
      const pairs = value === "" ? [] : value.split(",").map((pair) => /^\s*(\w+):(\S+?)\s*$/.exec(pair));
      return pairs.some((pair) => pair === null) ? undefined : new Map(pairs.map((pair) => [pair![1]!, pair![2]!]));
    },
  };
}
