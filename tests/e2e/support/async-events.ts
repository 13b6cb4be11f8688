import { expect } from "@jest/globals";
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { endpoint } from "../target/config.ts";
import { until } from "../target/wait.ts";
import { ACCOUNT, REGION } from "./clients.ts";

/** Accepts an event; answers its request id. */
export async function invokeAsync(client: LambdaClient, FunctionName: string, event: unknown): Promise<string> {
  const answer = await client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: JSON.stringify(event) }));
  expect([answer.StatusCode, answer.ExecutedVersion, answer.FunctionError]).toEqual([202, undefined, undefined]);
  return answer.$metadata.requestId!;
}

/** An event as the admin API shows it. */
export interface ShownEvent {
  readonly requestId: string;
  readonly state: string;
  readonly reason?: string;
}

/** Waits until an event is among its function's dead ones. */
export async function deadEvent(functionName: string, requestId: string): Promise<ShownEvent> {
  const url = `${endpoint()}/_lambdock/async/${ACCOUNT}/${REGION}/${functionName}/events?state=dead`;
  return until(
    `${requestId} to be dead`,
    async () => {
      const { events } = (await (await fetch(url)).json()) as { readonly events: readonly ShownEvent[] };
      return events.find((event) => event.requestId === requestId);
    },
    { withinMs: 40_000 },
  );
}

/** A function's figure in `/_lambdock/metrics`; 0 when it has none. */
export async function metricOf(name: string, functionName: string): Promise<number> {
  const text = await (await fetch(`${endpoint()}/_lambdock/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name}{FunctionName="${functionName}"} `));
  return line === undefined ? 0 : Number(line.split(" ").at(-1));
}
