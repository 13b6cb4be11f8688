/** What a scenario means for the recording of a run. */
import { lengthOf } from "../arrivals/arrivals.ts";
import { durationInWords } from "../durations.ts";
import type { FunctionFacts } from "../measuring/function-recorder.ts";
import type { RunFacts } from "../measuring/recorder.ts";
import { intervalFor } from "../measuring/series.ts";
import { AWS_LIMITS, type Limits, type Scenario, type ScenarioFunction } from "./scenario.ts";

/** From the begin to the last arrival, milliseconds. */
export function plannedMs({ traffic }: Pick<Scenario, "traffic">): number {
  return Math.max(...traffic.map(({ startMs, phases }) => startMs + lengthOf(phases)));
}

/** The scenario's limits, AWS's where it names none. */
export function limitsOf({ limits }: Pick<Scenario, "limits">): Required<Limits> {
  return { ...AWS_LIMITS, ...limits };
}

/** The facts of a run of the scenario. */
export function runFacts(scenario: Scenario, about: Pick<RunFacts, "kind" | "where" | "startedAt" | "accountConcurrency">): RunFacts {
  const { name, description, seed, functions } = scenario;
  return {
    ...about,
    name,
    ...(description === undefined ? {} : { description }),
    seed,
    // Half as long again may be needed until everything is answered.
    intervalMs: intervalFor(plannedMs(scenario) * 1.25),
    functions: functions.map((each) => functionFacts(each, scenario)),
  };
}

function functionFacts(each: ScenarioFunction, { traffic }: Scenario): FunctionFacts {
  const vias = traffic.filter((stream) => stream.function === each.name).map(({ via }) => via.kind);
  const { name, reserved, provisioned } = each;
  return {
    name,
    via: [...new Set(vias)].join("+"),
    settings: settingsInWords(each),
    ...(reserved === undefined ? {} : { reserved }),
    ...(provisioned === undefined ? {} : { provisioned }),
  };
}

function settingsInWords({ code, runtime, memoryMb, duration, errorRate }: ScenarioFunction): string {
  if (code.kind === "existing") return "as it was";
  const errors = errorRate === 0 ? [] : [`${(errorRate * 100).toFixed(1).replace(/\.0$/, "")} % errors`];
  return [runtime, `${memoryMb} MB`, ...(code.kind === "modelled" ? [durationInWords(duration), ...errors] : [])].join(", ");
}
