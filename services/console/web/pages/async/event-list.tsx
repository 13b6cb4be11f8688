import {
  eventOf,
  lastAttemptOf,
  listEvents,
  QUEUE_STATES,
  type QueuedEvent,
  type QueueState,
  type QueueSummary,
} from "../../api/async-events.ts";
import { Badge, Empty, ErrorNote } from "../../parts/basics.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { clock, count, relative } from "../../parts/format.ts";
import { go, href, route } from "../../router.ts";
import { serverNow } from "../../state/facts.ts";
import { usePolled } from "../../state/polled.ts";

const EVENTS_SHOWN = 50;
export const TONES: Readonly<Record<QueueState, "neutral" | "busy" | "warn" | "bad">> = {
  waiting: "neutral",
  running: "busy",
  retrying: "warn",
  dead: "bad",
};

export interface EventListProps {
  readonly name: string;
  readonly queue?: QueueSummary;
  readonly onRedrive: (requestIds: readonly string[]) => void;
}

/** Events of a function that are not over, those that need somebody first. */
export function EventList({ name, queue, onRedrive }: EventListProps) {
  const { value, error } = usePolled(
    async () => {
      const lists = await Promise.all(QUEUE_STATES.toReversed().map((state) => listEvents(name, state, EVENTS_SHOWN)));
      return lists.flat();
    },
    1_000,
    name,
  );
  const events = value.value;
  const chosen = route.value.query.get("event");
  const total = queue === undefined ? 0 : QUEUE_STATES.reduce((sum, state) => sum + queue[state], 0);
  return (
    <>
      <ErrorNote message={error.value} />
      {events?.length === 0 ? (
        <Empty icon="check" title="Nothing waits, nothing failed">
          All events of this function are over.
        </Empty>
      ) : null}
      {events === undefined || events.length === 0 ? null : (
        <DataTable
          caption="Events"
          columns={[
            "State",
            "Event",
            "Accepted",
            { title: "Attempts", class: "number" },
            "Next",
            { title: "Why", class: "why" },
            { title: "Actions", hidden: true },
          ]}
          foot={total > events.length ? <p class="table-more">{count(total - events.length)} more.</p> : null}
        >
          {events.map((event) => (
            <EventRow key={event.requestId} name={name} event={event} isChosen={event.requestId === chosen} onRedrive={onRedrive} />
          ))}
        </DataTable>
      )}
    </>
  );
}

interface EventRowProps {
  readonly name: string;
  readonly event: QueuedEvent;
  readonly isChosen: boolean;
  readonly onRedrive: EventListProps["onRedrive"];
}

function EventRow({ name, event, isChosen, onRedrive }: EventRowProps) {
  const { acceptedAt, attempts } = eventOf(event);
  const place = { function: name, event: event.requestId };
  return (
    <tr class={isChosen ? "link on" : "link"} onClick={() => go(["async"], isChosen ? { function: name } : place)}>
      <td>
        <Badge tone={TONES[event.state]}>{event.item.stage === "deliver" && event.state !== "dead" ? "delivering" : event.state}</Badge>
      </td>
      <td>
        <a class="mono" href={href(["async"], place)} title={event.requestId} onClick={(click) => click.stopPropagation()}>
          {event.requestId.slice(0, 8)}
        </a>
      </td>
      <td title={clock(acceptedAt)}>{relative(acceptedAt, serverNow())}</td>
      <td class="number">{attempts}</td>
      <td title={event.nextAt === undefined ? undefined : clock(event.nextAt)}>
        {event.nextAt === undefined ? "–" : relative(event.nextAt, serverNow())}
      </td>
      <td class="wide why" title={whyOf(event)}>
        {whyOf(event)}
      </td>
      <td class="number">
        {event.state === "dead" ? (
          <button
            type="button"
            class="button small"
            onClick={(click) => {
              click.stopPropagation();
              onRedrive([event.requestId]);
            }}
          >
            Redrive
          </button>
        ) : null}
      </td>
    </tr>
  );
}

/** Why it is where it is, as far as anybody said. */
export function whyOf(event: QueuedEvent): string {
  const attempt = lastAttemptOf(event);
  const fault = attempt?.kind === "function-error" ? messageOf(attempt.payload ?? "") : (attempt?.reason ?? attempt?.message ?? "");
  return [event.reason, fault].filter((part) => part !== undefined && part !== "").join(": ") || "–";
}

function messageOf(payload: string): string {
  try {
    const { errorType, errorMessage } = JSON.parse(payload) as { readonly errorType?: string; readonly errorMessage?: string };
    return [errorType, errorMessage].filter(Boolean).join(": ");
  } catch {
    return payload.slice(0, 200);
  }
}
