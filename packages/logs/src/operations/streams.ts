import { partitionOf } from "@lambdock/model/arn";
import { invalidParameter, LogsError, noSuchGroup, noSuchStream } from "../logs-error.ts";
import type { LogGroupRef, LogStore, LogStreamRecord, StreamPosition } from "../log-store.ts";
import { chosenGroup, groupRef, operation, type GroupChoice, type LogsOperation } from "./context.ts";
import { logGroupIdentifier, logGroupName, logStreamName, nextToken, required } from "./members.ts";
import { decodeToken, encodeToken } from "./tokens.ts";

interface DescribeInput extends GroupChoice {
  readonly logStreamNamePrefix?: string;
  readonly orderBy?: "LogStreamName" | "LastEventTime";
  readonly descending?: boolean;
  readonly limit?: number;
  readonly nextToken?: string;
}

interface StreamInput {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

const STREAM = { logGroupName: required(logGroupName), logStreamName: required(logStreamName) };

/** DescribeLogStreams, CreateLogStream and DeleteLogStream. */
export function streamOperations(store: LogStore): Readonly<Record<string, LogsOperation>> {
  return {
    DescribeLogStreams: operation<DescribeInput>(
      {
        logGroupName,
        logGroupIdentifier,
        logStreamNamePrefix: logStreamName,
        orderBy: { type: "string", values: ["LogStreamName", "LastEventTime"] },
        descending: { type: "boolean" },
        limit: { type: "number", min: 1, max: 50 },
        nextToken,
      },
      async (input, context) => {
        const { logStreamNamePrefix: prefix = "", orderBy = "LogStreamName", descending = false, limit = 50 } = input;
        if (orderBy === "LastEventTime" && prefix !== "")
          throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
        const { ref } = await chosenGroup(store, input, context);
        const streams = (await store.streams(ref)).filter(({ name }) => name.startsWith(prefix));
        const ordered = streams.toSorted(orderBy === "LastEventTime" ? byLastEvent : byName);
        if (descending) ordered.reverse();
        const rest =
          input.nextToken === undefined
            ? ordered
            : after(ordered, input.nextToken, { descending, compare: orderBy === "LastEventTime" ? byLastEvent : byName });
        const page = rest.slice(0, limit);
        const records = await Promise.all(page.map(async ({ name }) => await store.stream(ref, name)));
        const last = page.at(-1);
        const next = last !== undefined && page.length < rest.length ? { nextToken: encodeToken([last.lastActive, last.name]) } : {};
        return { logStreams: records.filter((record) => record !== undefined).map((record) => described(ref, record)), ...next };
      },
    ),
    CreateLogStream: operation<StreamInput>(STREAM, async (input, context) => {
      const outcome = await store.createStream(groupRef(context, input.logGroupName), input.logStreamName, context.now);
      if (outcome === "no group") throw noSuchGroup();
      if (outcome === "exists") throw new LogsError("ResourceAlreadyExistsException", "The specified log stream already exists");
      return {};
    }),
    DeleteLogStream: operation<StreamInput>(STREAM, async (input, context) => {
      const outcome = await store.deleteStream(groupRef(context, input.logGroupName), input.logStreamName);
      if (outcome === "no group") throw noSuchGroup();
      if (outcome === "no stream") throw noSuchStream();
      return {};
    }),
  };
}

function byName(a: StreamPosition, b: StreamPosition): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function byLastEvent(a: StreamPosition, b: StreamPosition): number {
  return a.lastActive - b.lastActive || byName(a, b);
}

interface Order {
  readonly descending: boolean;
  readonly compare: (a: StreamPosition, b: StreamPosition) => number;
}

function after(ordered: readonly StreamPosition[], token: string, { descending, compare }: Order): readonly StreamPosition[] {
  const [lastActive, name] = decodeToken(token, [0, ""] as [number, string]);
  const sign = descending ? -1 : 1;
  return ordered.filter((stream) => sign * compare(stream, { lastActive, name }) > 0);
}

function described(ref: LogGroupRef, { name, storedBytes: _kept, creationTime, ...times }: LogStreamRecord): object {
  const arn = `arn:${partitionOf(ref.region)}:logs:${ref.region}:${ref.accountId}:log-group:${ref.logGroup}:log-stream:${name}`;
  // AWS has answered 0 for a stream's storedBytes since 2019.
  return { logStreamName: name, creationTime, ...times, arn, storedBytes: 0 };
}
