/**
 * Looks at sources with AWS's own clients, wherever they are. A client is loaded when the first
 * mapping needs it: each is larger than the rest of the gateway.
 */
import type { SourceKind } from "@lambdock/model/event-source-mapping";
import type { Describe, ProbeClient } from "./probe-client.ts";
import type { ProbedSource, SourceDescription, SourceProbe } from "./source-probe.ts";

/** Where sources are; empty or absent: where this Lambdock is itself. `{region}` stands for the source's region. */
export interface SourceEndpoints {
  readonly sqs?: string;
  readonly kinesis?: string;
  readonly dynamodb?: string;
}

/** Keys for endpoints that look at them; the source's account is the access key otherwise. */
export interface SourceCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface Service {
  readonly name: string;
  readonly variable: string;
  readonly load: () => Promise<Describe>;
}

const SERVICES: Readonly<Record<SourceKind, Service>> = {
  sqs: {
    name: "SQS",
    variable: "LAMBDOCK_SQS_ENDPOINT",
    load: async () => (await import("./describe-queue.ts")).describeQueue,
  },
  kinesis: {
    name: "Kinesis",
    variable: "LAMBDOCK_KINESIS_ENDPOINT",
    load: async () => (await import("./describe-kinesis-stream.ts")).describeKinesisStream,
  },
  dynamodb: {
    name: "DynamoDB",
    variable: "LAMBDOCK_DYNAMODB_ENDPOINT",
    load: async () => (await import("./describe-table-stream.ts")).describeTableStream,
  },
};
/** A source that is started on its first use may take that long. */
const ANSWER_MS = 20_000;
/** Lambdock's own endpoint, and servers that lack a service altogether. */
const NOT_SERVED = new Set([404, 501]);
const MISSING = new Set(["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFoundException"]);

/** What a probe is made with. */
export interface ProbeOptions {
  readonly endpoints: SourceEndpoints;
  /** For these endpoints; Lambdock's own never sees them. */
  readonly credentials?: SourceCredentials;
  /** Where this Lambdock is; where the caller reached it when absent. */
  readonly ownEndpoint?: string;
  /** Secrets by access key id that this Lambdock takes; absent when it looks at no signature. */
  readonly ownKeys?: ReadonlyMap<string, string>;
  /** Milliseconds that an answer may take. */
  readonly answerMs?: number;
}

/** A probe over these endpoints. */
export function createSourceProbe(options: ProbeOptions): SourceProbe {
  const { answerMs = ANSWER_MS } = options;
  return {
    async describe(source) {
      const service = SERVICES[source.kind];
      const client = clientFor(source, options);
      try {
        const describe = await service.load();
        return await describe(source.arn, { ...client, signal: AbortSignal.timeout(answerMs) });
      } catch (error) {
        return failure(error, service, client.endpoint);
      }
    },
  };
}

function clientFor({ kind, arn, region: mappingRegion, callerEndpoint }: ProbedSource, options: ProbeOptions): Omit<ProbeClient, "signal"> {
  const [, , , named = "", accountId = ""] = arn.split(":");
  const region = /^[a-z]{2}(-[a-z]+)+-\d$/.test(named) ? named : mappingRegion;
  const { endpoints, credentials, ownEndpoint = callerEndpoint, ownKeys } = options;
  const given = endpoints[kind] ?? "";
  // A twelve-digit access key is the account, for Lambdock and for most emulators.
  const accountKeys = { accessKeyId: accountId, secretAccessKey: "lambdock" };
  if (given !== "") return { region, endpoint: given.replaceAll("{region}", region), credentials: credentials ?? accountKeys };
  return { region, endpoint: ownEndpoint, credentials: acceptedKeys(accountId, ownKeys) ?? accountKeys };
}

/** Keys whose signature Lambdock takes, the account's own if there are any. */
function acceptedKeys(accountId: string, keys: ReadonlyMap<string, string> = new Map()): SourceCredentials | undefined {
  const [accessKeyId, secretAccessKey] = [...keys].find(([id]) => id === accountId) ?? [...keys][0] ?? [];
  return accessKeyId === undefined || secretAccessKey === undefined ? undefined : { accessKeyId, secretAccessKey };
}

/** What the SDK adds to an error: the answer, when there was one. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

function failure(error: unknown, { name: service, variable }: Service, endpoint: string): SourceDescription {
  const { name = "Error", message = "", code, $metadata, $response } = (error ?? {}) as SdkError;
  if (MISSING.has(name)) return { kind: "missing" };
  const cure = `set ${variable} to where ${service} is`;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status !== undefined && NOT_SERVED.has(status)) {
    return { kind: "unreachable", message: `${endpoint} does not serve ${service}: ${cure}.` };
  }
  if (status !== undefined) return { kind: "refused", code: name, message };
  const reason = name === "TimeoutError" || name === "AbortError" ? "no answer in time" : message.replace(/\.$/, "") || (code ?? name);
  return { kind: "unreachable", message: `${service} at ${endpoint} does not answer (${reason}): start it, or ${cure}.` };
}
