/** Makes the functions of a scenario at an endpoint, and takes them away again. */
import { isAbsolute, join } from "node:path";
import type { Scenario, ScenarioFunction } from "../scenario/scenario.ts";
import { EndpointError, until, type LambdaApi } from "./lambda-api.ts";
import { MODELLED_SOURCE } from "./modelled-function.ts";
import { filesOf, zipOf, type Files } from "./package-zip.ts";

/** A function that is ready for requests. */
export interface Deployed {
  readonly name: string;
  readonly qualifier?: string;
  /** As the endpoint has it. */
  readonly reserved?: number;
}

export interface DeployContext {
  readonly api: LambdaApi;
  /** What relative folders are relative to. */
  readonly folder: string;
  /** Called with what is to be undone, latest first. */
  readonly undo: (step: () => Promise<unknown>) => void;
  readonly say: (sentence: string) => void;
}

/** Functions with it were made by a run, and may be replaced by the next. */
const DESCRIPTION = "made by npm run load";
const ROLE = "arn:aws:iam::000000000000:role/load";
const ACTIVE_MS = 180_000;
const PROVISIONED_MS = 900_000;

/** Makes all of them; throws EndpointError. */
export async function deployAll(scenario: Scenario, context: DeployContext): Promise<readonly Deployed[]> {
  const deployed: Deployed[] = [];
  for (const each of scenario.functions) deployed.push(await deploy(each, context));
  return deployed;
}

async function deploy(settings: ScenarioFunction, context: DeployContext): Promise<Deployed> {
  const { api, say, undo } = context;
  const { name, reserved, provisioned } = settings;
  if (settings.code.kind === "existing") return existing(name, api);
  await replaceOwn(name, api);
  say(`making the function ${name}`);
  const zip = await zipOf(await filesFor(settings, context.folder));
  await api.call("POST", "/2015-03-31/functions", {
    FunctionName: name,
    Runtime: settings.runtime,
    Handler: settings.handler,
    Role: ROLE,
    Description: DESCRIPTION,
    MemorySize: settings.memoryMb,
    Timeout: settings.timeoutMs / 1_000,
    Architectures: [settings.architecture],
    Code: { ZipFile: zip.toString("base64") },
  });
  undo(() => api.call("DELETE", pathOf(name)));
  await active(name, api);
  if (reserved !== undefined)
    await api.call("PUT", `/2017-10-31/functions/${name}/concurrency`, { ReservedConcurrentExecutions: reserved });
  const qualifier = provisioned === undefined ? undefined : await provision(name, provisioned, context);
  return { name, ...(reserved === undefined ? {} : { reserved }), ...(qualifier === undefined ? {} : { qualifier }) };
}

async function existing(name: string, api: LambdaApi): Promise<Deployed> {
  await active(name, api);
  const { ReservedConcurrentExecutions: reserved } =
    (await api.call<{ readonly ReservedConcurrentExecutions?: number } | undefined>("GET", `/2019-09-30/functions/${name}/concurrency`)) ??
    {};
  return { name, ...(reserved === undefined ? {} : { reserved }) };
}

/** What somebody else made is left alone. */
async function replaceOwn(name: string, api: LambdaApi): Promise<void> {
  let found: { readonly Description?: string };
  try {
    found = await api.call("GET", `${pathOf(name)}/configuration`);
  } catch (error) {
    if (error instanceof EndpointError && error.status === 404) return;
    throw error;
  }
  if (found.Description !== DESCRIPTION)
    throw new EndpointError(
      `There is a function ${name} already, which no load run made: give the scenario's another name, or say existing: true.`,
    );
  await api.call("DELETE", pathOf(name));
}

async function filesFor({ name, code, runtime }: ScenarioFunction, folder: string): Promise<Files> {
  if (code.kind === "folder") return filesOf(isAbsolute(code.folder) ? code.folder : join(folder, code.folder));
  if (code.kind === "inline") return { [runtime.startsWith("python") ? "index.py" : "index.mjs"]: Buffer.from(code.text) };
  if (!runtime.startsWith("nodejs"))
    throw new EndpointError(
      `The function ${name} has no code, and ${runtime} is not Node.js: give it a folder or inline code, or leave out "runtime".`,
    );
  return { "index.mjs": Buffer.from(MODELLED_SOURCE) };
}

async function active(name: string, api: LambdaApi): Promise<void> {
  await until(
    async () => {
      const { State, StateReason, LastUpdateStatus } = await api.call<Record<string, string>>("GET", `${pathOf(name)}/configuration`);
      if (State === "Failed") throw new EndpointError(`The function ${name} can't run: ${StateReason}`);
      return State === "Active" && LastUpdateStatus === "Successful" ? true : undefined;
    },
    { what: `Waiting for ${name} to become Active`, withinMs: ACTIVE_MS },
  );
}

async function provision(name: string, count: number, { api, say }: DeployContext): Promise<string> {
  const { Version: version } = await api.call<{ readonly Version: string }>("POST", `${pathOf(name)}/versions`, {});
  const path = `/2019-09-30/functions/${name}/provisioned-concurrency?Qualifier=${version}`;
  say(`provisioning ${count} environments of ${name}`);
  await api.call("PUT", path, { ProvisionedConcurrentExecutions: count });
  await until(
    async () => {
      const { Status, StatusReason } = await api.call<Record<string, string>>("GET", path);
      if (Status === "FAILED") throw new EndpointError(`Provisioned concurrency of ${name} could not be allocated: ${StatusReason}`);
      return Status === "READY" ? true : undefined;
    },
    { what: `Allocating provisioned concurrency of ${name}`, withinMs: PROVISIONED_MS },
  );
  return version;
}

function pathOf(name: string): string {
  return `/2015-03-31/functions/${name}`;
}
