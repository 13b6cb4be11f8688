import type { ProbedSource, SourceDescription, SourceProbe } from "../source-probe.ts";

/** A probe that answers what a test says, and tells what it was asked. */
export interface ScriptedProbe extends SourceProbe {
  readonly asked: ProbedSource[];
  /** From now on; sources exist until a test says otherwise. */
  answer(description: SourceDescription): void;
}

export function createScriptedProbe(): ScriptedProbe {
  let answer: SourceDescription = { kind: "exists" };
  const asked: ProbedSource[] = [];
  return {
    asked,
    answer: (description) => (answer = description),
    describe(source) {
      asked.push(source);
      return Promise.resolve(answer);
    },
  };
}
