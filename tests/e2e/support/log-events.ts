import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { CloudWatchLogsClient, FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import { until } from "../target/wait.ts";

/** Every event of a function's log group, oldest first, all pages. */
export async function eventsOf(logs: CloudWatchLogsClient, functionName: string): Promise<readonly FilteredLogEvent[]> {
  const events: FilteredLogEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await logs.send(
      new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${functionName}`, ...(nextToken === undefined ? {} : { nextToken }) }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** Waits until the run's REPORT line is there, and answers all messages of the group. */
export async function messagesAfter(logs: CloudWatchLogsClient, functionName: string, requestId: string): Promise<readonly string[]> {
  return until(`the REPORT of ${requestId}`, async () => {
    const messages = (await eventsOf(logs, functionName)).map((event) => event.message ?? "");
    return messages.some((message) => message.startsWith(`REPORT RequestId: ${requestId}`)) ? messages : undefined;
  });
}

/** The messages from a run's START to its REPORT, inclusive. */
export function ofRun(messages: readonly string[], requestId: string): readonly string[] {
  const first = messages.findIndex((message) => message.startsWith(`START RequestId: ${requestId}`));
  const last = messages.findIndex((message) => message.startsWith(`REPORT RequestId: ${requestId}`));
  return messages.slice(first, last + 1);
}
