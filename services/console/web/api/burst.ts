/** Many invocations at the same moment: the console's server sends them, since a browser sends six at a time at most. */
import type { BurstAnswer } from "../../src/contract.ts";
import { json } from "./http.ts";

/** Invokes once for each payload; rejects with ApiError. */
export const burst = (functionName: string, payloads: readonly unknown[]): Promise<{ readonly answers: readonly BurstAnswer[] }> =>
  json("/burst", { method: "POST", base: "/_lambdock/console", body: JSON.stringify({ functionName, payloads }) });
