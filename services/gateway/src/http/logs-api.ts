/** CloudWatch Logs: JSON 1.1, the operation in `X-Amz-Target`. */
import type { Logger } from "@lambdock/kernel/logger";
import { LogsError } from "@lambdock/logs/logs-error";
import { AwsError } from "@lambdock/model/errors/aws-error";
import { decodeJsonInput, encodeJsonError, encodeJsonOutput, type JsonError } from "@lambdock/wire/json-protocol";
import type { OperationTable } from "../operation.ts";
import { collectBody } from "./body.ts";
import type { ApiHandler } from "./lambda-api.ts";
import { asAwsError, send, type Explain } from "./respond.ts";
import type { VerifySignature } from "./signature.ts";

/** Service part of the target header. */
export const LOGS_TARGET = "Logs_20140328";
/** Bytes. PutLogEvents, the largest request, takes 1 MiB of messages, of which JSON may write each byte as six (`\u0001`), and 10,000 events around them. */
const BODY_BYTES_MAX = 8_388_608;

export interface LogsApiDependencies {
  readonly operations: OperationTable;
  readonly verify: VerifySignature;
  readonly explain: Explain;
  readonly logger: Logger;
}

/** Builds the handler of one operation; its errors are answered here, in JSON 1.1's own form. */
export function createLogsApi(deps: LogsApiDependencies): (operation: string) => ApiHandler {
  return (name) => async (request, response, context) => {
    const { requestId } = context;
    try {
      const body = await collectBody(request, BODY_BYTES_MAX);
      if (body.kind === "too long")
        throw new AwsError(
          "RequestEntityTooLargeException",
          `Request must be smaller than ${BODY_BYTES_MAX} bytes for the ${name} operation`,
        );
      await deps.verify(request, body.bytes, context.now);
      const operation = Object.hasOwn(deps.operations, name) ? deps.operations[name] : undefined;
      if (operation === undefined) throw new AwsError("UnknownOperationException", null);
      send(response, requestId, encodeJsonOutput(await operation(decodeJsonInput(body.bytes.toString()), context)));
    } catch (error) {
      send(response, requestId, encodeJsonError(asJsonError(deps, requestId, error)));
    }
  };
}

function asJsonError(deps: LogsApiDependencies, requestId: string, error: unknown): JsonError {
  if (error instanceof LogsError) return error;
  const { code, status, awsMessage } = asAwsError(error, { ...deps, requestId });
  return { code, status, message: awsMessage };
}
