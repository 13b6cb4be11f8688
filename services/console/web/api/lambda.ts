/** Lambda's REST API, as far as the console needs it. */
import { errorOf, json, send } from "./http.ts";

export interface FunctionConfiguration {
  readonly FunctionName: string;
  readonly FunctionArn: string;
  readonly Runtime?: string;
  readonly Handler?: string;
  readonly Role: string;
  readonly Description?: string;
  readonly CodeSize: number;
  readonly CodeSha256?: string;
  readonly PackageType?: string;
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly LastModified: string;
  readonly Version: string;
  readonly RevisionId?: string;
  readonly State?: string;
  readonly StateReason?: string;
  readonly LastUpdateStatus?: string;
  readonly LastUpdateStatusReason?: string;
  readonly Architectures?: readonly string[];
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly EphemeralStorage?: { readonly Size: number };
  readonly DeadLetterConfig?: { readonly TargetArn?: string };
  readonly TracingConfig?: { readonly Mode: string };
  readonly Layers?: readonly { readonly Arn: string; readonly CodeSize: number }[];
  readonly SnapStart?: { readonly ApplyOn: string; readonly OptimizationStatus: string };
  readonly LoggingConfig?: { readonly LogFormat?: string; readonly LogGroup?: string };
}

export interface FunctionDetail {
  readonly Configuration: FunctionConfiguration;
  readonly Code?: { readonly RepositoryType?: string; readonly ImageUri?: string; readonly ResolvedImageUri?: string };
  readonly Tags?: Readonly<Record<string, string>>;
  readonly Concurrency?: { readonly ReservedConcurrentExecutions?: number };
}

export interface Alias {
  readonly Name: string;
  readonly FunctionVersion: string;
  readonly Description?: string;
  readonly RoutingConfig?: { readonly AdditionalVersionWeights?: Readonly<Record<string, number>> };
}

export interface ProvisionedConcurrency {
  readonly FunctionArn: string;
  readonly RequestedProvisionedConcurrentExecutions?: number;
  readonly AvailableProvisionedConcurrentExecutions?: number;
  readonly AllocatedProvisionedConcurrentExecutions?: number;
  readonly Status?: string;
}

export interface EventInvokeConfig {
  readonly FunctionArn: string;
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: {
    readonly OnSuccess?: { readonly Destination?: string };
    readonly OnFailure?: { readonly Destination?: string };
  };
}

const FUNCTIONS = "/2015-03-31/functions";
const label = encodeURIComponent;
/** Pages of a listing that are read at most: 10,000 functions. */
const PAGES_MAX = 200;

async function pages<T>(path: string, member: string): Promise<readonly T[]> {
  const all: T[] = [];
  let marker: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = marker === undefined ? "" : `${path.includes("?") ? "&" : "?"}Marker=${label(marker)}`;
    const answer = await json<Readonly<Record<string, unknown>>>(`${path}${query}`);
    all.push(...((answer[member] as readonly T[] | undefined) ?? []));
    marker = answer["NextMarker"] as string | undefined;
    if (marker === undefined || marker === "") break;
  }
  return all;
}

export const listFunctions = (): Promise<readonly FunctionConfiguration[]> => pages(`${FUNCTIONS}/`, "Functions");
export const getFunction = (name: string): Promise<FunctionDetail> => json(`${FUNCTIONS}/${label(name)}`);
export const getFunctionConfiguration = (name: string): Promise<FunctionConfiguration> => json(`${FUNCTIONS}/${label(name)}/configuration`);
export const listVersions = (name: string): Promise<readonly FunctionConfiguration[]> =>
  pages(`${FUNCTIONS}/${label(name)}/versions`, "Versions");
export const listAliases = (name: string): Promise<readonly Alias[]> => pages(`${FUNCTIONS}/${label(name)}/aliases`, "Aliases");
export const listProvisioned = (name: string): Promise<readonly ProvisionedConcurrency[]> =>
  pages(`/2019-09-30/functions/${label(name)}/provisioned-concurrency?List=ALL`, "ProvisionedConcurrencyConfigs");

/** Limits of the account. */
export const accountSettings = (): Promise<{
  readonly AccountLimit: { readonly ConcurrentExecutions: number; readonly UnreservedConcurrentExecutions: number };
}> => json("/2016-08-19/account-settings/");

/** What is set for asynchronous invocation of the function as it is now; `undefined` when nothing is. */
export async function eventInvokeConfig(name: string): Promise<EventInvokeConfig | undefined> {
  const configs = await pages<EventInvokeConfig>(
    `/2019-09-25/functions/${label(name)}/event-invoke-config/list`,
    "FunctionEventInvokeConfigs",
  );
  return configs.find(({ FunctionArn }) => FunctionArn.endsWith(`:${name}`) || FunctionArn.endsWith(":$LATEST"));
}

export type InvocationType = "RequestResponse" | "Event" | "DryRun";

/** What became of an invocation. */
export interface Invoked {
  readonly status: number;
  readonly requestId: string;
  readonly executedVersion?: string;
  readonly functionError?: string;
  readonly payload: string;
  /** The end of its log, for a synchronous one. */
  readonly log?: string;
  /** From here and back, milliseconds. */
  readonly roundTripMs: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Invokes; rejects with ApiError when Lambda refused. */
export async function invoke(
  name: string,
  { type, payload, qualifier = "" }: { readonly type: InvocationType; readonly payload: string; readonly qualifier?: string },
): Promise<Invoked> {
  const at = Date.now();
  const began = performance.now();
  const query = qualifier === "" ? "" : `?Qualifier=${label(qualifier)}`;
  const answer = await send(`${FUNCTIONS}/${label(name)}/invocations${query}`, {
    method: "POST",
    body: payload,
    headers: { "x-amz-invocation-type": type, ...(type === "RequestResponse" ? { "x-amz-log-type": "Tail" } : {}) },
  });
  const text = await answer.text();
  const roundTripMs = performance.now() - began;
  if (!answer.ok) throw errorOf(answer, parseJson(text), text);
  const header = (key: string): string | undefined => answer.headers.get(key) ?? undefined;
  const log = header("x-amz-log-result");
  const version = header("x-amz-executed-version");
  const functionError = header("x-amz-function-error");
  return {
    status: answer.status,
    requestId: header("x-amzn-requestid") ?? "",
    payload: text,
    roundTripMs,
    at,
    ...(version === undefined ? {} : { executedVersion: version }),
    ...(functionError === undefined ? {} : { functionError }),
    ...(log === undefined ? {} : { log: fromBase64(log) }),
  };
}

function fromBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
