/** The event of an invocation: the records, and what a tumbling window adds (esm.md sections 4.4, 4.5). */
import type { WindowInvoke } from "./shard-protocol.ts";
import type { StreamRecord } from "./stream-record.ts";

/** JSON text of the event. The records and the state are JSON already. */
export function invocationEvent(
  records: readonly Pick<StreamRecord, "json">[],
  shard: { readonly shardId: string; readonly eventSourceArn: string },
  window?: WindowInvoke,
): string {
  const members = [`"Records":[${records.map((record) => record.json).join(",")}]`];
  if (window !== undefined)
    members.push(
      `"window":${JSON.stringify({ start: instant(window.start), end: instant(window.end) })}`,
      `"state":${window.state}`,
      `"shardId":${JSON.stringify(shard.shardId)}`,
      `"eventSourceARN":${JSON.stringify(shard.eventSourceArn)}`,
      `"isFinalInvokeForWindow":${window.final}`,
      `"isWindowTerminatedEarly":${window.terminatedEarly}`,
    );
  return `{${members.join(",")}}`;
}

/** `2026-11-03T10:00:00Z`; fractions only where scaled time makes windows that are no whole seconds. */
function instant(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}
