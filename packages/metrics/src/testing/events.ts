/** Lifecycle events for tests: every fact has a default, so that each one written means something. */
import type { LifecycleEvent } from "@lambdock/model/lifecycle";

type Of<Type extends LifecycleEvent["type"]> = Extract<LifecycleEvent, { type: Type }>;
type Some<Type extends LifecycleEvent["type"]> = Partial<Omit<Of<Type>, "type">>;

/** 2026-11-22T12:00:00Z, epoch milliseconds: the start of a minute. */
export const NOON = Date.UTC(2026, 10, 22, 12);
export const ARN = "arn:aws:lambda:us-east-1:111122223333:function:hello";
export const SCOPE = "111122223333:us-east-1";

const RUN = { functionArn: ARN, version: "$LATEST", environmentId: "e1", requestId: "r1" } as const;

export const start = (facts: Some<"invocation-start"> = {}): LifecycleEvent => ({
  type: "invocation-start",
  at: NOON,
  cold: false,
  ...RUN,
  ...facts,
});

export const end = (facts: Some<"invocation-end"> = {}): LifecycleEvent => ({
  type: "invocation-end",
  at: NOON + 100,
  status: "success",
  durationMs: 100,
  ...RUN,
  ...facts,
});

export const throttle = (facts: Some<"throttle"> = {}): LifecycleEvent => ({
  type: "throttle",
  at: NOON,
  functionArn: ARN,
  version: "$LATEST",
  requestId: "r1",
  reason: "ConcurrentInvocationLimitExceeded",
  ...facts,
});

export const environment = (facts: Some<"environment"> = {}): LifecycleEvent => ({
  type: "environment",
  at: NOON,
  functionArn: ARN,
  version: "$LATEST",
  environmentId: "e1",
  state: "creating",
  ...facts,
});

export const asyncEvent = (facts: Some<"async-event"> = {}): LifecycleEvent => ({
  type: "async-event",
  at: NOON,
  functionArn: ARN,
  qualifier: "$LATEST",
  requestId: "r1",
  state: "queued",
  attempts: 0,
  ...facts,
});

export const mapping = (facts: Some<"mapping"> = {}): LifecycleEvent => ({
  type: "mapping",
  at: NOON,
  uuid: "u1",
  functionArn: ARN,
  eventSourceArn: "arn:aws:kinesis:us-east-1:111122223333:stream/s",
  step: "batch-invoked",
  ...facts,
});
