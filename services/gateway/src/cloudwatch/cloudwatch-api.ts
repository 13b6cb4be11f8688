/** A request to CloudWatch, in any of its three protocols, from bytes to bytes. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "@lambdock/kernel/logger";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { collectBody } from "../http/body.ts";
import { asAwsError, send, type Explain } from "../http/respond.ts";
import type { SourceContext } from "../http/source-services.ts";
import type { RequestContext } from "../operation.ts";
import { CloudWatchError } from "./cloudwatch-error.ts";
import { getMetricData } from "./get-metric-data.ts";
import { getMetricStatistics } from "./get-metric-statistics.ts";
import type { Input } from "./input.ts";
import { jsonProtocol } from "./json-protocol.ts";
import { listMetrics } from "./list-metrics.ts";
import { SERVICE_TARGET, type Protocol, type WireError } from "./protocol.ts";
import { queryProtocol } from "./query-protocol.ts";
import type { SeriesSource } from "./series.ts";
import { isActionOfCloudWatch } from "./unsupported.ts";

/** What the API stands on. */
export interface CloudWatchDependencies extends SeriesSource {
  readonly explain: Explain;
  readonly logger: Logger;
}

/** Bytes; five hundred queries with thirty dimensions each have room. */
const BODY_BYTES_MAX = 4_194_304;

type Operation = (source: SeriesSource, input: Input, context: RequestContext) => Promise<object>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetMetricData: getMetricData,
  GetMetricStatistics: getMetricStatistics,
  ListMetrics: listMetrics,
};

/** Answers one request; never rejects. */
export async function answerCloudWatch(
  deps: CloudWatchDependencies,
  { request, response, context }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly context: SourceContext },
): Promise<void> {
  const { requestId } = context;
  const protocol = await protocolOf(request);
  try {
    const body = await collectBody(request, BODY_BYTES_MAX);
    if (body.kind === "too long")
      throw new AwsError("RequestEntityTooLargeException", `Request must be smaller than ${BODY_BYTES_MAX} bytes`);
    await context.verify?.(body.bytes);
    const { action, input } = protocol.decode(request, body.bytes);
    const operation = Object.hasOwn(OPERATIONS, action) ? OPERATIONS[action] : undefined;
    if (operation === undefined) throw unknown(action);
    send(response, requestId, protocol.encode(action, await operation(deps, input, context), requestId));
  } catch (error) {
    if (response.destroyed) return;
    send(response, requestId, protocol.encodeError(wireError(deps, error, requestId), requestId));
  }
}

async function protocolOf({ headers, url }: IncomingMessage): Promise<Protocol> {
  if (headers["x-amz-target"] !== undefined) return jsonProtocol;
  if (!url!.startsWith(`/service/${SERVICE_TARGET}/operation/`)) return queryProtocol;
  // Loaded with the first request that needs it.
  const { cborProtocol } = await import("./cbor-protocol.ts");
  return cborProtocol;
}

function unknown(action: string): CloudWatchError {
  if (action === "PutMetricData")
    return new CloudWatchError(
      "NotImplemented",
      "Lambdock does not implement PutMetricData: it keeps the metrics of AWS/Lambda, and no others.",
    );
  if (isActionOfCloudWatch(action)) return new CloudWatchError("NotImplemented", `Lambdock does not implement CloudWatch's ${action} yet.`);
  return new CloudWatchError("InvalidAction", `The action ${action} is not valid for this endpoint.`);
}

function wireError(deps: CloudWatchDependencies, error: unknown, requestId: string): WireError {
  if (error instanceof CloudWatchError) return error;
  const { code, status, message } = asAwsError(error, { ...deps, requestId });
  if (status >= 500) return new CloudWatchError("InternalServiceError", message);
  return { status, code: code.replace(/Exception$/, ""), shape: code, message };
}
