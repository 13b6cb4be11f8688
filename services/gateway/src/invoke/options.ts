/** The headers of an invocation, checked and decoded (invoke.md, section 2). */
import type { IncomingHttpHeaders } from "node:http";
import { AwsError, invalidParameter } from "@lambdock/model/errors/aws-error";
import { base64Fault } from "@lambdock/wire/base64";
import { checkConstraints } from "@lambdock/wire/constraints";
import { lambdaApi } from "@lambdock/wire/generated/lambda-api";
import type { InvokeTarget } from "./target.ts";

/** `X-Amz-Client-Context`, base64 as sent, bytes [model]. */
const CLIENT_CONTEXT_BYTES_MAX = 3_583;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What the caller asked for. */
export interface InvokeOptions {
  readonly type: "RequestResponse" | "Event" | "DryRun";
  readonly tail: boolean;
  /** JSON text. */
  readonly clientContext?: string;
}

/** Reads the headers; throws ValidationException and InvalidRequestContentException. */
export function readOptions(target: InvokeTarget, headers: IncomingHttpHeaders): InvokeOptions {
  const invocationType = text(headers["x-amz-invocation-type"]);
  const logType = text(headers["x-amz-log-type"]);
  // The old operation's only other constraint is on its body, which has not been read yet.
  const operation = target.operation === "InvokeAsync" ? "Invoke" : target.operation;
  checkConstraints(lambdaApi, operation, constrained(target, { invocationType, logType, headers }));
  const requestId = text(headers["x-amzn-requestid"]);
  if (requestId !== undefined && !UUID.test(requestId))
    throw new AwsError("InvalidRequestContentException", "The x-amzn-RequestId header must be a valid UUID string.");
  const type = target.operation === "InvokeAsync" ? "Event" : ((invocationType ?? "RequestResponse") as InvokeOptions["type"]);
  if (type !== "RequestResponse") return { type, tail: false };
  const clientContext = text(headers["x-amz-client-context"]);
  return { type, tail: logType === "Tail", ...(clientContext === undefined ? {} : { clientContext: readClientContext(clientContext) }) };
}

/** Refuses what only functions of a kind that Lambdock does not have accept: tenant isolation, durable execution. */
export function refuseForeignHeaders(headers: IncomingHttpHeaders): void {
  if (headers["x-amz-tenant-id"] !== undefined)
    throw invalidParameter("The invoked function is not enabled for tenant isolation, so the request must not carry a tenant ID.");
  if (headers["x-amz-durable-execution-name"] !== undefined)
    throw invalidParameter("The invoked function is not a durable function, so the request must not carry a durable execution name.");
}

interface Given {
  readonly invocationType: string | undefined;
  readonly logType: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** The members that the model puts constraints on. */
function constrained({ functionName, qualifier }: InvokeTarget, { invocationType, logType, headers }: Given): Record<string, unknown> {
  const input: Record<string, unknown> = { FunctionName: functionName };
  if (qualifier !== undefined) input["Qualifier"] = qualifier;
  if (invocationType !== undefined) input["InvocationType"] = invocationType;
  if (logType !== undefined) input["LogType"] = logType;
  if (headers["x-amz-tenant-id"] !== undefined) input["TenantId"] = headers["x-amz-tenant-id"];
  if (headers["x-amz-durable-execution-name"] !== undefined) input["DurableExecutionName"] = headers["x-amz-durable-execution-name"];
  return input;
}

function readClientContext(encoded: string): string {
  if (encoded.length > CLIENT_CONTEXT_BYTES_MAX)
    throw new AwsError("InvalidRequestContentException", `Client context must not be longer than ${CLIENT_CONTEXT_BYTES_MAX} bytes.`);
  const decoded = base64Fault(encoded) === undefined ? Buffer.from(encoded, "base64").toString() : "";
  if (!isJsonObject(decoded))
    throw new AwsError("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.");
  return decoded;
}

function isJsonObject(document: string): boolean {
  try {
    const value: unknown = JSON.parse(document);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
