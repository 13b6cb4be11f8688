import type { AsyncEvent } from "@lambdock/async-invoke/async-event";
import { functionArn, type FunctionId } from "@lambdock/model/arn";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import { Counter, Registry } from "prom-client";

/** What the gateway counts itself, under CloudWatch's names. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export interface GatewayMetrics {
  readonly registry: Registry;
  /** An event was stored for asynchronous invocation. */
  eventReceived(event: AsyncEvent): void;
  /** A synchronous invocation, so addressed, was refused as part of a recursive loop. */
  recursionDropped(id: FunctionId, qualifier: string | undefined): void;
}

/** Counters in a registry of their own; everybody else hears of it from the lifecycle stream. */
export function createGatewayMetrics(lifecycle: Lifecycle, now: () => number): GatewayMetrics {
  const registry = new Registry();
  const counter = (name: string, help: string): ((functionName: string) => void) => {
    const made = new Counter({ name, help, labelNames: ["FunctionName"], registers: [registry] });
    return (functionName) => made.inc({ FunctionName: functionName });
  };
  const received = counter("AsyncEventsReceived", "Events queued for asynchronous invocation");
  const dropped = counter("RecursiveInvocationsDropped", "Invocations stopped as part of a recursive loop");
  return {
    registry,
    eventReceived({ functionName, functionArn: arn, qualifier, requestId, attempts }) {
      received(functionName);
      lifecycle.emit({ type: "async-event", at: now(), functionArn: arn, qualifier, requestId, state: "queued", attempts });
    },
    recursionDropped(id, qualifier) {
      dropped(id.name);
      const facts = qualifier === undefined ? {} : { qualifier };
      lifecycle.emit({ type: "recursion-dropped", at: now(), functionArn: functionArn(id), ...facts });
    },
  };
}
