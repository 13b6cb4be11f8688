/**
 * Services beside Lambda that answer on the same endpoint, so that one AWS_ENDPOINT_URL is all a
 * user sets: told apart by the service that a request was signed for, or by its target.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestContext } from "../operation.ts";
import { createSourceProxy, type SourceProxy } from "./source-proxy.ts";
import type { TargetCredentials } from "@lambdock/kernel/target-credentials";

/** What a service is told of a request. */
export interface SourceContext extends RequestContext {
  /** Checks the signature, which covers the body; rejects with an AwsError. Absent: anybody may call. */
  readonly verify?: (body: Buffer) => Promise<void>;
}

/** Answers one request of a service, body unread; never rejects. */
export type SourceService = (request: IncomingMessage, response: ServerResponse, context: SourceContext) => Promise<void>;

/** A service by the name that requests are signed for; `dynamodb` is its streams too. */
export type SourceName = "sqs" | "kinesis" | "dynamodb" | "monitoring";
export type SourceServices = Readonly<Partial<Record<SourceName, SourceService>>>;

/** Services by what stands before the dot in `X-Amz-Target`. */
const TARGETS: Readonly<Record<string, SourceName>> = {
  AmazonSQS: "sqs",
  Kinesis_20131202: "kinesis",
  DynamoDB_20120810: "dynamodb",
  DynamoDBStreams_20120810: "dynamodb",
  GraniteServiceVersion20100801: "monitoring",
};
const NAMES: ReadonlySet<string> = new Set(Object.values(TARGETS));
/** A queue's URL, which older clients call without a target: `/<account>/<queue>`. */
const QUEUE_PATH = /^\/\d{12}\/[\w-]+(\.fifo)?\/?(\?|$)/;
/** Where CloudWatch's clients send CBOR, signed or not. */
const CLOUDWATCH_PATH = "/service/GraniteServiceVersion20100801/";

/** The service a request is for, if it is one of these. */
export function sourceOf(
  request: IncomingMessage,
  facts: { readonly service: string | undefined; readonly target: string | undefined },
): SourceName | undefined {
  const byTarget = facts.target === undefined ? undefined : TARGETS[facts.target];
  if (byTarget !== undefined) return byTarget;
  if (facts.service !== undefined && NAMES.has(facts.service)) return facts.service as SourceName;
  if (request.url!.startsWith(CLOUDWATCH_PATH)) return "monitoring";
  return QUEUE_PATH.test(request.url!) ? "sqs" : undefined;
}

/** Where services are that other processes serve; an empty address: not there. */
export interface SourceAddresses {
  readonly sqsUrl: string;
  readonly kinesisUrl: string;
  readonly dynamoDbUrl: string;
  /** Keys for addresses elsewhere; `null`: callers' own signatures are passed on. */
  readonly targetCredentials: TargetCredentials | null;
}

/** Services in other processes. */
export interface RemoteSources {
  readonly services: SourceServices;
  close(): void;
}

/** Connects the services that have an address; connections are made when they are needed. */
export function connectSources({ sqsUrl, kinesisUrl, dynamoDbUrl, targetCredentials }: SourceAddresses): RemoteSources {
  const proxies: SourceProxy[] = [];
  const connect = (name: SourceName, variable: string, url: string): SourceServices => {
    if (url === "") return {};
    const proxy = createSourceProxy({ url, variable, service: name, credentials: targetCredentials });
    proxies.push(proxy);
    return { [name]: proxy.handle };
  };
  return {
    services: {
      ...connect("sqs", "LAMBDOCK_SQS_URL", sqsUrl),
      ...connect("kinesis", "LAMBDOCK_KINESIS_URL", kinesisUrl),
      ...connect("dynamodb", "LAMBDOCK_DYNAMODB_URL", dynamoDbUrl),
    },
    close() {
      for (const proxy of proxies) proxy.close();
    },
  };
}
