import type { AsyncEvent } from "@lambdock/async-invoke/async-event";
import type { FunctionId } from "@lambdock/model/arn";

/** The function that tests queue events for. */
export const FUNCTION: FunctionId = { accountId: "111122223333", region: "us-east-1", name: "orders" };

/** An event as just accepted, with members replaced as given. */
export function eventNamed(requestId: string, changes: Partial<AsyncEvent> = {}): AsyncEvent {
  const name = changes.functionName ?? FUNCTION.name;
  const arn = `arn:aws:lambda:us-east-1:111122223333:function:${name}`;
  return {
    requestId,
    accountId: FUNCTION.accountId,
    region: FUNCTION.region,
    functionName: name,
    qualifier: "$LATEST",
    functionArn: arn,
    invokedFunctionArn: arn,
    payload: '{"orderId":7}',
    traceId: "Root=1-00000000-000000000000000000000000",
    acceptedAt: 1_000,
    attempts: 0,
    setbacks: 0,
    ...changes,
  };
}

/** Resolves once the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
