import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { listMappings, listQueuesOfSqs, type Mapping, type Queue } from "../../api/sources.ts";
import { Empty, ErrorNote, PageHead } from "../../parts/basics.tsx";
import { usePolled } from "../../state/polled.ts";
import { account, region } from "../../state/scope.ts";
import { MappingPanel } from "./mapping-panel.tsx";
import { QueueTable } from "./queue-table.tsx";
import { Streams } from "./streams.tsx";

/** What polls, and what is polled. */
export function SourcesPage() {
  const key = `${account.value} ${region.value}`;
  const mappings = usePolled(listMappings, 1_000, key);
  const queues = usePolled(listQueuesOfSqs, 1_500, key);
  const here = mappings.value.value?.filter((mapping) => mapping.accountId === account.value && mapping.region === region.value);
  return (
    <div class="page">
      <PageHead title="Event sources" sub="Mappings poll queues and streams, and invoke functions with batches of what they find." />
      <ErrorNote message={mappings.error.value} />
      <Mappings mappings={here} queues={queues.value.value ?? []} refresh={mappings.refresh} />
      <section class="stack" aria-label="Queues">
        <h2>Queues</h2>
        <ErrorNote message={queues.error.value} />
        {queues.value.value?.length === 0 ? <NoQueue /> : null}
        {queues.value.value === undefined || queues.value.value.length === 0 ? null : (
          <QueueTable queues={queues.value.value} mappings={here ?? []} refresh={queues.refresh} />
        )}
      </section>
      <StreamSection mappings={here ?? []} />
    </div>
  );
}

function NoQueue() {
  return (
    <Empty icon="sources" title="There is no queue">
      <span class="mono">aws sqs create-queue --queue-name work --endpoint-url {location.origin}</span> makes one.
    </Empty>
  );
}

interface MappingsProps {
  readonly mappings: readonly Mapping[] | undefined;
  readonly queues: readonly Queue[];
  readonly refresh: () => Promise<void>;
}

function Mappings({ mappings, queues, refresh }: MappingsProps) {
  if (mappings === undefined) return null;
  if (mappings.length === 0)
    return (
      <Empty icon="sources" title="No event source is mapped to a function">
        <p>
          <span class="mono">aws lambda create-event-source-mapping --function-name … --event-source-arn …</span> makes a queue or a stream
          invoke a function.
        </p>
      </Empty>
    );
  return (
    <div class="mappings">
      {mappings.map((mapping) => (
        <MappingPanel
          key={mapping.uuid}
          mapping={mapping}
          queue={queues.find(({ arn }) => arn === mapping.eventSourceArn)}
          refresh={refresh}
        />
      ))}
    </div>
  );
}

/** Kinesis and DynamoDB start when they are first asked: nobody is asked unless a mapping reads there, or somebody wants to know. */
function StreamSection({ mappings }: { readonly mappings: readonly Mapping[] }) {
  const asked = useSignal({ kinesis: false, dynamodb: false });
  const kinds = (["kinesis", "dynamodb"] as const).filter((kind) => mappings.some((mapping) => mapping.source === kind)).join();
  useEffect(() => {
    asked.value = {
      kinesis: asked.value.kinesis || kinds.includes("kinesis"),
      dynamodb: asked.value.dynamodb || kinds.includes("dynamodb"),
    };
  }, [kinds]);
  return (
    <section class="stack" aria-label="Streams and tables">
      <div class="row spread">
        <h2>Streams and tables</h2>
        <div class="row">
          {(["kinesis", "dynamodb"] as const)
            .filter((kind) => !asked.value[kind])
            .map((kind) => (
              <button key={kind} type="button" class="button" onClick={() => (asked.value = { ...asked.value, [kind]: true })}>
                {kind === "kinesis" ? "Look at Kinesis" : "Look at DynamoDB"}
              </button>
            ))}
        </div>
      </div>
      <Streams {...asked.value} />
    </section>
  );
}
