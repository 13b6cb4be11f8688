import { useSignal } from "@preact/signals";
import { listStreams, listTables, putItem, putRecord } from "../../api/sources.ts";
import { Badge, Empty, ErrorNote, Note } from "../../parts/basics.tsx";
import { count, plural } from "../../parts/format.ts";
import { usePolled } from "../../state/polled.ts";
import { SendForm } from "./send-form.tsx";

/** Streams of Kinesis and tables of DynamoDB, as far as somebody wants to see them. */
export function Streams({ kinesis, dynamodb }: { readonly kinesis: boolean; readonly dynamodb: boolean }) {
  if (!kinesis && !dynamodb) return <Note>Kinesis and DynamoDB start with the first request to them. Nothing of yours uses them now.</Note>;
  return (
    <>
      {kinesis ? <KinesisStreams /> : null}
      {dynamodb ? <Tables /> : null}
    </>
  );
}

function KinesisStreams() {
  const { value, error } = usePolled(listStreams, 5_000);
  const open = useSignal("");
  return (
    <>
      <ErrorNote message={error.value} />
      {value.value?.length === 0 ? <Empty icon="sources" title="There is no stream in Kinesis" /> : null}
      {value.value?.map((stream) => (
        <article key={stream.arn} class="panel">
          <div class="row spread">
            <span class="row">
              <Badge tone="cold">Kinesis</Badge> <strong>{stream.name}</strong>
              <span class="muted">
                {plural(stream.shards, "open shard")} · {stream.status}
              </span>
            </span>
            <button
              type="button"
              class="button"
              aria-expanded={open.value === stream.name}
              onClick={() => (open.value = open.value === stream.name ? "" : stream.name)}
            >
              Put a record
            </button>
          </div>
          {open.value === stream.name ? (
            <SendForm
              what="Data"
              keyName="Partition key"
              initial='{"hello": "world"}'
              onSend={async (text, key) => `Put: ${(await putRecord(stream.name, text, key)).SequenceNumber}`}
            />
          ) : null}
        </article>
      ))}
    </>
  );
}

function Tables() {
  const { value, error } = usePolled(listTables, 5_000);
  const open = useSignal("");
  return (
    <>
      <ErrorNote message={error.value} />
      {value.value?.length === 0 ? <Empty icon="sources" title="There is no table in DynamoDB" /> : null}
      {value.value?.map((table) => (
        <article key={table.name} class="panel">
          <div class="row spread">
            <span class="row">
              <Badge tone="cold">DynamoDB</Badge> <strong>{table.name}</strong>
              <span class="muted">
                {count(table.items)} items · {table.streamArn === undefined ? "no stream" : "with a stream"}
              </span>
            </span>
            <button
              type="button"
              class="button"
              aria-expanded={open.value === table.name}
              onClick={() => (open.value = open.value === table.name ? "" : table.name)}
            >
              Put an item
            </button>
          </div>
          {open.value === table.name ? (
            <SendForm
              what="Item, in DynamoDB's JSON"
              initial='{"id": {"S": "1"}}'
              onSend={async (text) => {
                await putItem(table.name, JSON.parse(text));
                return "Put.";
              }}
            />
          ) : null}
        </article>
      ))}
    </>
  );
}
