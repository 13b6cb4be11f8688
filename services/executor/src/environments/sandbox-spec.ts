import type { SandboxSpec } from "@lambdock/containers/port";
import { environmentVariables, hiddenFromExtensions } from "@lambdock/fleet/environment-variables";
import type { FunctionSpec, InitializationType } from "@lambdock/model/function-spec";
import type { Provision } from "./provision.ts";

/** The sandbox of one environment. `endpoint` is Lambdock as functions reach it. */
export function sandboxSpec(
  spec: FunctionSpec,
  provision: Provision,
  facts: {
    readonly environmentId: string;
    readonly token: string;
    readonly logStream: string;
    readonly endpoint?: string;
    readonly initializationType?: InitializationType;
  },
): SandboxSpec {
  const { taskDirectory, layersDirectory } = provision;
  const { environmentId: _id, token: _token, ...known } = facts;
  const environment = environmentVariables(spec, known);
  return {
    id: facts.environmentId,
    labels: {
      "dev.lambdock.function": spec.functionArn,
      "dev.lambdock.version": spec.version,
      "dev.lambdock.environment": facts.environmentId,
    },
    runtime: provision.runtime,
    ...(taskDirectory === undefined ? {} : { taskDirectory }),
    ...(layersDirectory === undefined ? {} : { layersDirectory }),
    ...imageOverrides(spec),
    environment,
    hiddenFromExtensions: hiddenFromExtensions(environment),
    token: facts.token,
    memorySizeMb: spec.memorySizeMb,
    ephemeralStorageMb: spec.ephemeralStorageMb,
  };
}

function imageOverrides(spec: FunctionSpec): Pick<SandboxSpec, "entryPoint" | "command" | "workingDirectory"> {
  if (spec.package.kind === "zip") return {};
  const { entryPoint, command, workingDirectory } = spec.package;
  return {
    ...(entryPoint === undefined ? {} : { entryPoint }),
    ...(command === undefined ? {} : { command }),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
  };
}
