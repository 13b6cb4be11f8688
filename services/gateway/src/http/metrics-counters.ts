import { Counter, Registry } from "prom-client";

/** What the gateway counts itself, under CloudWatch's names. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export interface GatewayMetrics {
  readonly registry: Registry;
  /** An event was stored for asynchronous invocation. */
  eventReceived(functionName: string): void;
  /** A synchronous invocation was refused as part of a recursive loop. */
  recursionDropped(functionName: string): void;
}

/** Counters in a registry of their own. */
export function createGatewayMetrics(): GatewayMetrics {
  const registry = new Registry();
  const counter = (name: string, help: string): ((functionName: string) => void) => {
    const made = new Counter({ name, help, labelNames: ["FunctionName"], registers: [registry] });
    return (functionName) => made.inc({ FunctionName: functionName });
  };
  return {
    registry,
    eventReceived: counter("AsyncEventsReceived", "Events queued for asynchronous invocation"),
    recursionDropped: counter("RecursiveInvocationsDropped", "Invocations stopped as part of a recursive loop"),
  };
}
