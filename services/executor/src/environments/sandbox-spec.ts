import type { SandboxSpec } from "@lambdock/containers/port";
import { environmentVariables } from "@lambdock/fleet/environment-variables";
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { Provision } from "./provision.ts";

/** The sandbox of one environment. `endpoint` is Lambdock as functions reach it. */
export function sandboxSpec(
  spec: FunctionSpec,
  provision: Provision,
  facts: { readonly environmentId: string; readonly token: string; readonly logStream: string; readonly endpoint?: string },
): SandboxSpec {
  const { taskDirectory, layersDirectory } = provision;
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
    environment: environmentVariables(spec, {
      logStream: facts.logStream,
      ...(facts.endpoint === undefined ? {} : { endpoint: facts.endpoint }),
    }),
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
