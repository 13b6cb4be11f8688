import { useSignal } from "@preact/signals";
import { sendMessage, type Mapping, type Queue } from "../../api/sources.ts";
import { Badge } from "../../parts/basics.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { count } from "../../parts/format.ts";
import { SendForm } from "./send-form.tsx";

export interface QueueTableProps {
  readonly queues: readonly Queue[];
  readonly mappings: readonly Mapping[];
  readonly refresh: () => Promise<void>;
}

/** Queues with their counts, and a way to send a message. */
export function QueueTable({ queues, mappings, refresh }: QueueTableProps) {
  const open = useSignal("");
  return (
    <DataTable
      caption="Queues"
      columns={[
        "Queue",
        "Invokes",
        { title: "Visible", class: "number" },
        { title: "In flight", class: "number" },
        { title: "Delayed", class: "number" },
        { title: "Actions", hidden: true },
      ]}
    >
      {queues.map((queue) => (
        <QueueRows
          key={queue.url}
          queue={queue}
          mappings={mappings}
          open={open.value === queue.url}
          onOpen={() => (open.value = open.value === queue.url ? "" : queue.url)}
          refresh={refresh}
        />
      ))}
    </DataTable>
  );
}

interface QueueRowsProps {
  readonly queue: Queue;
  readonly mappings: readonly Mapping[];
  readonly open: boolean;
  readonly onOpen: () => void;
  readonly refresh: () => Promise<void>;
}

function QueueRows({ queue, mappings, open, onOpen, refresh }: QueueRowsProps) {
  const functions = mappings.filter((mapping) => mapping.eventSourceArn === queue.arn).map((mapping) => mapping.functionName);
  return (
    <>
      <tr>
        <td class="name" title={queue.arn}>
          {queue.name} {queue.fifo ? <Badge>FIFO</Badge> : null}
        </td>
        <td class="name">{functions.join(", ") || "–"}</td>
        <td class="number">{count(queue.visible)}</td>
        <td class="number">{count(queue.inFlight)}</td>
        <td class="number">{count(queue.delayed)}</td>
        <td class="number">
          <button type="button" class={open ? "button small on" : "button small"} aria-expanded={open} onClick={onOpen}>
            Send a message
          </button>
        </td>
      </tr>
      {open ? (
        <tr>
          <td colSpan={6}>
            <SendForm
              what="Message"
              initial='{"hello": "world"}'
              {...(queue.fifo ? { keyName: "Message group" } : {})}
              onSend={async (text, group) => {
                const { MessageId } = await sendMessage(queue, text, group);
                await refresh();
                return `Sent: ${MessageId}`;
              }}
            />
          </td>
        </tr>
      ) : null}
    </>
  );
}
