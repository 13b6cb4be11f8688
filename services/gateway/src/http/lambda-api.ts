/** The control plane's REST API: route, body, decode, check, call, encode; everything from the model's table. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { CONTROL_BODY_BYTES_MAX } from "@lambdock/model/limits";
import { checkConstraints } from "@lambdock/wire/constraints";
import { lambdaApi } from "@lambdock/wire/generated/lambda-api";
import { parseQuery } from "@lambdock/wire/query";
import { decodeInput } from "@lambdock/wire/request-decoder";
import { encodeOutput } from "@lambdock/wire/response-encoder";
import { createRouter } from "@lambdock/wire/router";
import type { OperationTable, RequestContext } from "../operation.ts";
import { collectBody } from "./body.ts";
import { nodeBytes } from "./node-bytes.ts";
import { notImplemented, send } from "./respond.ts";
import type { VerifySignature } from "./signature.ts";

export interface LambdaApiDependencies {
  readonly operations: OperationTable;
  readonly verify: VerifySignature;
}

/** Answers one request of the REST API; throws AwsError. */
export type ApiHandler = (request: IncomingMessage, response: ServerResponse, context: RequestContext) => Promise<void>;

const coding = { model: lambdaApi, bytes: nodeBytes };

/** Builds the handler over the control plane's operations; one that is not in the table answers 501. */
export function createLambdaApi({ operations, verify }: LambdaApiDependencies): ApiHandler {
  const route = createRouter(lambdaApi);
  return async (request, response, context) => {
    const [path = "/", queryText = ""] = request.url!.split("?", 2);
    const query = parseQuery(queryText);
    const match = route(request.method!, path, query);
    const body = await readBody(request, match?.operation);
    await verify(request, body, context.now);
    if (match === undefined) throw new AwsError("AccessDeniedException", "Unable to determine service/operation name to be authorized");
    const operation = Object.hasOwn(operations, match.operation) ? operations[match.operation] : undefined;
    if (operation === undefined) throw notImplemented(match.operation);
    const input = decodeInput(coding, match.operation, { labels: match.labels, query, headers: request.headers, body });
    checkConstraints(lambdaApi, match.operation, input);
    const output = (await operation(input, context)) as Record<string, unknown>;
    send(response, context.requestId, encodeOutput(coding, match.operation, output));
  };
}

async function readBody(request: IncomingMessage, operation = "requested"): Promise<Buffer> {
  const body = await collectBody(request, CONTROL_BODY_BYTES_MAX);
  if (body.kind === "whole") return body.bytes;
  throw new AwsError(
    "RequestEntityTooLargeException",
    `Request must be smaller than ${CONTROL_BODY_BYTES_MAX} bytes for the ${operation} operation`,
  );
}
