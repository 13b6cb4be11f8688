import type { Executor, PrepareResult } from "@lambdock/executor-client/port";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { ReservationTable } from "@lambdock/model/reserved-concurrency";

/** An executor whose preparations end as the test says, and that notes what it was asked. */
export interface ScriptedExecutor extends Pick<Executor, "prepare" | "retire" | "reserve"> {
  readonly prepared: FunctionSpec[];
  readonly retired: { readonly functionArn: string; readonly version: string; readonly keepRevision: string | undefined }[];
  /** The tables that it was told, oldest first. */
  readonly reservations: ReservationTable[];
  /** Whether it can be told. */
  reachable: boolean;
  /** How preparations end from now on; ready at once when it was never said. */
  answer(how: (spec: FunctionSpec) => Promise<PrepareResult>): void;
}

export function createScriptedExecutor(): ScriptedExecutor {
  let respond: (spec: FunctionSpec) => Promise<PrepareResult> = () => Promise.resolve({ kind: "ready" });
  const prepared: FunctionSpec[] = [];
  const retired: ScriptedExecutor["retired"] = [];
  const executor: ScriptedExecutor = {
    prepared,
    retired,
    reservations: [],
    reachable: true,
    answer(how) {
      respond = how;
    },
    prepare(spec) {
      prepared.push(spec);
      return respond(spec);
    },
    async retire(functionArn, version, keepRevision) {
      retired.push({ functionArn, version, keepRevision });
    },
    async reserve(table) {
      if (!executor.reachable) throw new Error("the executor is away");
      executor.reservations.push(table);
    },
  };
  return executor;
}

/** A preparation that the test lets end. */
export interface Gate {
  readonly how: () => Promise<PrepareResult>;
  open(result?: PrepareResult): void;
}

export function createGate(): Gate {
  let open = (_result: PrepareResult): void => undefined;
  const result = new Promise<PrepareResult>((resolve) => {
    open = resolve;
  });
  return { how: () => result, open: (answer = { kind: "ready" }) => open(answer) };
}
