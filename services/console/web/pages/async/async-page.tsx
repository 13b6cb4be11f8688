import { useSignal } from "@preact/signals";
import { listQueues, purge, QUEUE_STATES, redrive, type QueueState, type QueueSummary } from "../../api/async-events.ts";
import { Confirm, Empty, ErrorNote, Note, PageHead } from "../../parts/basics.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { count, duration, plural } from "../../parts/format.ts";
import { go, href, route } from "../../router.ts";
import { facts } from "../../state/facts.ts";
import { usePolled } from "../../state/polled.ts";
import { account, region } from "../../state/scope.ts";
import { EventList } from "./event-list.tsx";
import { RecentStories } from "./recent-stories.tsx";
import { StoryPanel } from "./story-panel.tsx";

/** Asynchronous events: where they are, and what became of each. */
export function AsyncPage() {
  const { value, error, refresh } = usePolled(listQueues, 1_500, `${account.value} ${region.value}`);
  const query = route.value.query;
  const chosen = query.get("function") ?? "";
  const event = query.get("event") ?? "";
  const queues = value.value;
  return (
    <div class="page">
      <PageHead title="Asynchronous events" sub={retryText(facts.value?.timeScale ?? 1)} />
      <ErrorNote message={error.value} />
      {queues?.length === 0 ? <NoQueues /> : null}
      {queues === undefined || queues.length === 0 ? null : <QueueTable queues={queues} chosen={chosen} />}
      <div class={event === "" ? "" : "columns"}>
        {chosen === "" ? (
          <RecentStories chosen={event} />
        ) : (
          <QueueEvents key={chosen} name={chosen} queue={queues?.find((each) => each.name === chosen)} refresh={refresh} />
        )}
        {event === "" ? null : <StoryPanel key={event} requestId={event} functionName={chosen} />}
      </div>
    </div>
  );
}

function retryText(scale: number): string {
  const [first, second] = [duration(60_000 / scale), duration(120_000 / scale)];
  const when = `A failed event is tried again after ${first.replace(" 0 s", "")} and after ${second.replace(" 0 s", "")} more`;
  return scale === 1
    ? `${when}. LAMBDOCK_TIME_SCALE=60 makes that seconds.`
    : `${when}: time passes ${scale} times faster (LAMBDOCK_TIME_SCALE).`;
}

function NoQueues() {
  return (
    <Empty icon="async" title="No event was accepted yet">
      <p>
        Invoke a function with <span class="mono">--invocation-type Event</span>, or asynchronously from its page.
      </p>
    </Empty>
  );
}

const TITLES: Readonly<Record<QueueState, string>> = { waiting: "Waiting", running: "Running", retrying: "Retrying", dead: "Dead" };

function QueueTable({ queues, chosen }: { readonly queues: readonly QueueSummary[]; readonly chosen: string }) {
  return (
    <DataTable
      caption="Events by function"
      columns={[
        "Function",
        ...QUEUE_STATES.map((state) => ({ title: TITLES[state], class: "number" })),
        { title: "Oldest waits", class: "number" },
      ]}
    >
      {queues.map((queue) => (
        <tr
          key={queue.name}
          class={queue.name === chosen ? "link on" : "link"}
          onClick={() => go(["async"], queue.name === chosen ? {} : { function: queue.name })}
        >
          <td class="name">
            <a
              href={href(["async"], queue.name === chosen ? {} : { function: queue.name })}
              title={queue.name}
              onClick={(event) => event.stopPropagation()}
            >
              {queue.name}
            </a>
          </td>
          {QUEUE_STATES.map((state) => (
            <td key={state} class={state === "dead" && queue.dead > 0 ? "number text-bad" : "number"}>
              {queue[state] === 0 ? "–" : count(queue[state])}
            </td>
          ))}
          <td class="number">{queue.oldestAgeMs === 0 ? "–" : duration(queue.oldestAgeMs)}</td>
        </tr>
      ))}
    </DataTable>
  );
}

interface QueueEventsProps {
  readonly name: string;
  readonly queue: QueueSummary | undefined;
  readonly refresh: () => Promise<void>;
}

/** One function's events, with what can be done about them. */
function QueueEvents({ name, queue, refresh }: QueueEventsProps) {
  const said = useSignal("");
  const failed = useSignal("");
  const act = async (work: () => Promise<string>): Promise<void> => {
    failed.value = "";
    said.value = "";
    try {
      said.value = await work();
      await refresh();
    } catch (error) {
      failed.value = error instanceof Error ? error.message : String(error);
    }
  };
  const onRedrive = (ids?: readonly string[]): void =>
    void act(async () => `${plural((await redrive(name, ids)).redriven, "event")} redriven.`);
  const onPurge = (state: QueueState): void => void act(async () => `${plural((await purge(name, state)).purged, "event")} purged.`);
  const some = (state: QueueState): boolean => (queue?.[state] ?? 0) > 0;
  return (
    <section class="stack" aria-label={`Events of ${name}`}>
      <div class="row spread">
        <h2 class="clip">{name}</h2>
        <div class="row">
          {some("dead") ? (
            <button type="button" class="button" onClick={() => onRedrive()}>
              Redrive all dead
            </button>
          ) : null}
          {(["waiting", "retrying", "dead"] as const).filter(some).map((state) => (
            <Confirm
              key={state}
              label={`Purge ${state}`}
              question={`Forget ${plural(queue![state], `${state} event`)} for good?`}
              onConfirm={() => onPurge(state)}
            />
          ))}
        </div>
      </div>
      {said.value === "" ? null : (
        <Note tone="good">
          <span role="status">{said.value}</span>
        </Note>
      )}
      <ErrorNote message={failed.value} />
      <EventList name={name} {...(queue === undefined ? {} : { queue })} onRedrive={onRedrive} />
    </section>
  );
}
