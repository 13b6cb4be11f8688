import type { Recorder } from "../measuring/recorder.ts";
import type { Scenario } from "./scenario.ts";

/** Notes what was not over when the run ended, which is after the drain unless it is told: latencies do not contain it. */
export function noteUndone(
  recorder: Recorder,
  { drainMs, traffic }: Pick<Scenario, "drainMs" | "traffic">,
  after = `${drainMs / 1_000} s after the last arrival`,
): void {
  const open = recorder.openEvents + recorder.running;
  if (open > 0) recorder.note(`${open} invocations or events were not over ${after}.`);
  for (const { function: name, via } of traffic) {
    if (via.kind === "sync" || via.kind === "async") continue;
    const { facts, offered, served, errors, failed } = recorder.functions.find((each) => each.facts.name === name)!;
    // Of a function with several ways in nobody knows which requests are left.
    if (facts.via.includes("+")) continue;
    const left = offered.total - served.total - errors.total - failed.total;
    if (left > 0) recorder.note(`${left} messages for ${name} were not done ${after}.`);
  }
}
