import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { filterLogs, type LogEvent } from "../../api/logs.ts";
import { Empty, ErrorNote, Segmented } from "../../parts/basics.tsx";
import { Icon } from "../../parts/icon.tsx";
import { clock } from "../../parts/format.ts";
import { route } from "../../router.ts";
import { serverNow } from "../../state/facts.ts";
import { usePolled } from "../../state/polled.ts";

const LINES_MAX = 1_000;
const EVERY_MS = 1_000;
const SPANS = [
  ["300000", "5 min"],
  ["3600000", "1 h"],
  ["86400000", "1 d"],
] as const;

/** A function's log, as it is written. */
export function Logs({ name, group }: { readonly name: string; readonly group: string }) {
  const search = useSignal(route.value.query.get("search") ?? "");
  const pattern = useSignal(search.peek());
  const span = useSignal<(typeof SPANS)[number][0]>("300000");
  const follows = useSignal(true);
  useEffect(() => {
    const timer = setTimeout(() => (pattern.value = search.value), 350);
    return () => clearTimeout(timer);
  }, [search.value]);
  const { value, error } = usePolled(
    () => filterLogs({ group, from: serverNow() - Number(span.value), pattern: pattern.value, limit: LINES_MAX }),
    follows.value ? EVERY_MS : 2 ** 30,
    `${name} ${pattern.value} ${span.value} ${follows.value}`,
  );
  return (
    <div class="stack fill">
      <div class="row">
        <input
          type="search"
          class="search"
          placeholder='ERROR, "two words", { $.level = "error" }'
          aria-label="Filter pattern"
          value={search.value}
          onInput={(event) => (search.value = event.currentTarget.value)}
        />
        <Segmented label="How far back" value={span.value} onChange={(next) => (span.value = next)} options={SPANS} />
        <button
          type="button"
          class={follows.value ? "button on" : "button"}
          aria-pressed={follows.value}
          onClick={() => (follows.value = !follows.value)}
        >
          <Icon name={follows.value ? "pause" : "now"} size={16} />
          {follows.value ? "Pause" : "Follow"}
        </button>
      </div>
      <ErrorNote message={error.value} />
      {value.value === undefined ? null : <Lines events={value.value} searched={pattern.value !== ""} follows={follows.value} />}
    </div>
  );
}

function Lines({
  events,
  searched,
  follows,
}: {
  readonly events: readonly LogEvent[];
  readonly searched: boolean;
  readonly follows: boolean;
}) {
  const box = useRef<HTMLOListElement>(null);
  const newest = events.at(-1)?.eventId;
  useEffect(() => {
    const list = box.current;
    if (list !== null && follows && list.scrollHeight - list.scrollTop - list.clientHeight < 400) list.scrollTop = list.scrollHeight;
  }, [newest]);
  if (events.length === 0)
    return (
      <Empty icon="table" title={searched ? "No line matches" : "Nothing was logged in this time"}>
        {searched
          ? "A pattern without quotes is a list of words that must all occur."
          : "Invoke the function, and its lines appear here as it writes them."}
      </Empty>
    );
  return (
    <ol class="log" ref={box} tabIndex={0} aria-label="Log lines">
      {events.map((event) => (
        <li key={event.eventId} class={toneOf(event.message)}>
          <time title={event.logStreamName}>{clock(event.timestamp)}</time>
          <span>{event.message.replace(/\n$/, "")}</span>
        </li>
      ))}
    </ol>
  );
}

function toneOf(message: string): string {
  if (/^(START|END|REPORT|INIT_START) /.test(message)) return "platform";
  return /\b(ERROR|FATAL)\b|Task timed out|"level":\s*"(ERROR|FATAL)"/.test(message.slice(0, 400)) ? "bad" : "";
}
