import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { withoutTerminalCodes } from "../../../src/live/log-lines.ts";
import { createLogTail, type LogEvent } from "../../api/logs.ts";
import { Empty, ErrorNote, Segmented } from "../../parts/basics.tsx";
import { Icon } from "../../parts/icon.tsx";
import { clock } from "../../parts/format.ts";
import { route } from "../../router.ts";
import { serverNow } from "../../state/facts.ts";
import { usePolled, type Polled } from "../../state/polled.ts";
import { account, region } from "../../state/scope.ts";

const LINES_MAX = 1_000;
const EVERY_MS = 1_000;
const SPANS = [
  ["300000", "5 min"],
  ["3600000", "1 h"],
  ["86400000", "1 d"],
] as const;

/** A function's log, as it is written. */
export function Logs({ group }: { readonly group: string }) {
  const search = useSignal(route.value.query.get("search") ?? "");
  const pattern = useSignal(search.peek());
  const span = useSignal<(typeof SPANS)[number][0]>("300000");
  const follows = useSignal(true);
  useEffect(() => {
    const timer = setTimeout(() => (pattern.value = search.value), 350);
    return () => clearTimeout(timer);
  }, [search.value]);
  const key = `${account.value} ${region.value} ${group} ${pattern.value} ${span.value}`;
  const tail = useMemo(
    () => createLogTail({ group, pattern: pattern.peek(), limit: LINES_MAX, spanMs: Number(span.peek()), now: serverNow }),
    [key],
  );
  const polled: Polled<readonly LogEvent[]> = usePolled(
    async () => (follows.peek() ? tail() : (polled.value.peek() ?? tail())),
    EVERY_MS,
    key,
  );
  const { value, error } = polled;
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
      {value.value === undefined ? null : <Lines events={value.value} searched={pattern.value !== ""} />}
    </div>
  );
}

function Lines({ events, searched }: { readonly events: readonly LogEvent[]; readonly searched: boolean }) {
  const box = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  const newest = events.at(-1)?.eventId;
  useEffect(() => {
    const list = box.current;
    if (list === null) return;
    // It begins with the newest; whoever has scrolled back to read is left alone.
    if (atEnd.current) list.scrollTop = list.scrollHeight;
  }, [newest]);
  const onScroll = ({ currentTarget: list }: TargetedEvent<HTMLOListElement>): void => {
    atEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  };
  if (events.length === 0)
    return (
      <Empty icon="table" title={searched ? "No line matches" : "Nothing was logged in this time"}>
        {searched
          ? "A pattern without quotes is a list of words that must all occur."
          : "Invoke the function, and its lines appear here as it writes them."}
      </Empty>
    );
  return (
    <ol class="log" ref={box} tabIndex={0} aria-label="Log lines" onScroll={onScroll}>
      {events.map((event) => (
        <li key={event.eventId} class={toneOf(event.message)}>
          <time title={event.logStreamName}>{clock(event.timestamp)}</time>
          <span>{withoutTerminalCodes(event.message).replace(/\n$/, "")}</span>
        </li>
      ))}
    </ol>
  );
}

function toneOf(message: string): string {
  if (/^(START|END|REPORT|INIT_START) /.test(message)) return "platform";
  return /\b(ERROR|FATAL)\b|Task timed out|"level":\s*"(ERROR|FATAL)"/.test(message.slice(0, 400)) ? "bad" : "";
}
