import type { Executor, PrepareResult } from "@lambdock/executor-client/port";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { ProvisionedAllocation, ReservationTable } from "@lambdock/model/reserved-concurrency";

/** An executor whose preparations and allocations end as the test says, and that notes what it was asked. */
export interface ScriptedExecutor extends Pick<Executor, "prepare" | "retire" | "reserve" | "allocations"> {
  readonly prepared: FunctionSpec[];
  readonly retired: { readonly functionArn: string; readonly version: string; readonly keepRevision: string | undefined }[];
  /** The tables that it was told, oldest first. */
  readonly reservations: ReservationTable[];
  /** Whether it can be told and asked. */
  reachable: boolean;
  /** What it reports of each configuration that it was told of, beside names and id; IN_PROGRESS with nothing allocated when it was never said. */
  allocated: Pick<ProvisionedAllocation, "status" | "allocated" | "available" | "statusReason">;
  /** It was restarted: what it was told is forgotten. */
  restart(): void;
  /** How preparations end from now on; ready at once when it was never said. */
  answer(how: (spec: FunctionSpec) => Promise<PrepareResult>): void;
}

export function createScriptedExecutor(): ScriptedExecutor {
  let respond: (spec: FunctionSpec) => Promise<PrepareResult> = () => Promise.resolve({ kind: "ready" });
  const prepared: FunctionSpec[] = [];
  const retired: ScriptedExecutor["retired"] = [];
  let known: ReservationTable | undefined;
  const executor: ScriptedExecutor = {
    prepared,
    retired,
    reservations: [],
    reachable: true,
    allocated: { status: "IN_PROGRESS", allocated: 0, available: 0 },
    restart() {
      known = undefined;
    },
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
      if (known === undefined || table.generation >= known.generation) known = table;
    },
    async allocations() {
      if (!executor.reachable) throw new Error("the executor is away");
      return (known?.provisioned ?? []).map(({ functionArn, qualifier, id }) => ({ functionArn, qualifier, id, ...executor.allocated }));
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
