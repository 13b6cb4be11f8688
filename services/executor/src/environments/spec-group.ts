import type { Group } from "@lambdock/fleet/pool";
import type { FunctionSpec } from "@lambdock/model/function-spec";

/** A group of the fleet that carries its specification. */
export interface SpecGroup extends Group {
  readonly spec: FunctionSpec;
}

/** The group of a function version at its revision. */
export function groupOf(spec: FunctionSpec): SpecGroup {
  return { functionArn: spec.functionArn, version: spec.version, revision: spec.revision, spec };
}
