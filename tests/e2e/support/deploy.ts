import { randomBytes } from "node:crypto";
import { afterAll } from "@jest/globals";
import { CreateFunctionCommand, DeleteFunctionCommand, GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import type { CreateFunctionCommandInput, FunctionConfiguration, LambdaClient, Runtime } from "@aws-sdk/client-lambda";
import { until } from "../target/wait.ts";
import { lambdaClient, ROLE } from "./clients.ts";
import { zipFixture } from "./zip.ts";

/** What to deploy: a fixture function's folder or code of one's own, and settings that differ from AWS's defaults. */
export interface Deployment extends Partial<Omit<CreateFunctionCommandInput, "Code" | "Runtime">> {
  readonly fixture?: string;
  readonly code?: CreateFunctionCommandInput["Code"];
  readonly Runtime?: Runtime | undefined;
}

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString("hex")}`;
}

/** Deploys functions and deletes them after the file's last test. */
export function createDeployer(client: LambdaClient = lambdaClient()): (deployment: Deployment) => Promise<string> {
  const names: string[] = [];
  afterAll(async () => {
    await Promise.all(names.map(async (FunctionName) => client.send(new DeleteFunctionCommand({ FunctionName })).catch(() => undefined)));
  });
  return async (deployment) => {
    const input = await creation(deployment);
    names.push(input.FunctionName!);
    await client.send(new CreateFunctionCommand(input));
    await untilActive(client, input.FunctionName!);
    return input.FunctionName!;
  };
}

/** The CreateFunction input of a deployment: nodejs24.x and the defaults of AWS unless told otherwise. */
export async function creation(deployment: Deployment): Promise<CreateFunctionCommandInput> {
  const { fixture, code, ...settings } = deployment;
  const zip = fixture === undefined ? undefined : await zipFixture(fixture);
  const zipped = settings.PackageType === "Image" ? {} : { Runtime: "nodejs24.x" as const, Handler: "index.handler" };
  return { FunctionName: uniqueName(fixture ?? "function"), Role: ROLE, Code: code ?? { ZipFile: zip }, ...zipped, ...settings };
}

/** Waits until a function is Active and its last update is done; a Failed one rejects with its reason. */
export async function untilActive(client: LambdaClient, name: string): Promise<FunctionConfiguration> {
  const configuration = await untilSettled(client, name);
  if (configuration.State === "Failed") throw new Error(`${name} is Failed: ${configuration.StateReason}`);
  if (configuration.LastUpdateStatus === "Failed") throw new Error(`the update of ${name} Failed: ${configuration.LastUpdateStatusReason}`);
  return configuration;
}

/** Waits until a function is neither Pending nor being updated, whatever came of it. */
export async function untilSettled(client: LambdaClient, name: string): Promise<FunctionConfiguration> {
  return until(
    `${name} to settle`,
    async () => {
      const configuration = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      return configuration.State !== "Pending" && configuration.LastUpdateStatus !== "InProgress" ? configuration : undefined;
    },
    { withinMs: 60_000, everyMs: 30 },
  );
}
