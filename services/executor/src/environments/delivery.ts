import type { InvokeRequest } from "@lambdock/model/invocation";
import type { Delivery } from "../runtime-api/session.ts";

/** An invocation as the runtime's `next` answers it; headers are sent only when they have content. */
export function deliveryOf(request: InvokeRequest, deadlineAt: number): Delivery {
  const headers: Record<string, string> = {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": request.requestId,
    "Lambda-Runtime-Deadline-Ms": String(Math.floor(deadlineAt)),
    "Lambda-Runtime-Invoked-Function-Arn": request.invokedFunctionArn,
    "Lambda-Runtime-Trace-Id": request.traceId,
  };
  if (request.clientContext !== undefined) headers["Lambda-Runtime-Client-Context"] = headerText(request.clientContext);
  if (request.cognitoIdentity !== undefined) headers["Lambda-Runtime-Cognito-Identity"] = headerText(request.cognitoIdentity);
  return { requestId: request.requestId, payload: request.payload, headers, mode: request.mode };
}

/** JSON text as a header value: UTF-8 bytes, on one line. */
function headerText(json: string): string {
  return Buffer.from(json.replaceAll(/[\r\n]+/g, " ")).toString("latin1");
}
