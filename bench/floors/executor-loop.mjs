/**
 * Floor of the drain: the executor driven directly over its own HTTP API, by closed-loop callers.
 * No queue, no event, no retry: what is left is the way to the executor and the run itself.
 */
import { randomUUID } from "node:crypto";
import { createCachedDirectory } from "@lambdock/directory/cached-directory";
import { qualifiedStores } from "@lambdock/directory/qualified-specs";
import { createHttpExecutor } from "@lambdock/executor-client/http-client";

/** Milliseconds that so many runs of a function take, by so many callers. */
export async function driveExecutor({ executorUrl, redis, name, payload, runs, callers }) {
  const directory = createCachedDirectory(qualifiedStores(redis));
  const { spec, invokedFunctionArn } = await directory.resolve({ accountId: "000000000000", region: "us-east-1" }, name);
  const executor = createHttpExecutor(executorUrl);
  const request = { spec, invokedFunctionArn, payload: Buffer.from(payload), traceId: "", tail: false, mode: "buffered" };
  let begun = 0;
  const caller = async () => {
    while (begun < runs) {
      begun += 1;
      const { kind, functionError } = await executor.invoke({ ...request, requestId: randomUUID() });
      if (kind !== "completed" || functionError !== undefined) throw new Error(`the executor answered ${kind}`);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  const milliseconds = performance.now() - start;
  await executor.close();
  return milliseconds;
}
