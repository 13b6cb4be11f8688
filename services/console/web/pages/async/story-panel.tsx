import type { Story, StoryStep } from "../../../src/live/stories.ts";
import { eventOf, lastAttemptOf, listEvents, QUEUE_STATES, type QueuedEvent } from "../../api/async-events.ts";
import { Badge, Code, Copyable, Facts, Note } from "../../parts/basics.tsx";
import { Icon } from "../../parts/icon.tsx";
import { clock, duration, nameOfArn, pretty, relative } from "../../parts/format.ts";
import { href } from "../../router.ts";
import { serverNow } from "../../state/facts.ts";
import { picture, tick } from "../../state/live.ts";
import { usePolled } from "../../state/polled.ts";
import { TONES, whyOf } from "./event-list.tsx";
import { StoryBadge } from "./recent-stories.tsx";

/** Looks for an event in the queues; one that is over is in none. */
async function findEvent(name: string, requestId: string): Promise<QueuedEvent | null> {
  if (name === "") return null;
  for (const state of QUEUE_STATES) {
    const found = (await listEvents(name, state, 1_000)).find((event) => event.requestId === requestId);
    if (found !== undefined) return found;
  }
  return null;
}

/** One event's whole story: attempts, retries, destinations. */
export function StoryPanel({ requestId, functionName }: { readonly requestId: string; readonly functionName: string }) {
  const _revision = tick.value;
  const story = picture.stories.told.get(requestId);
  const name = functionName === "" ? nameOfArn(story?.functionArn ?? "") : functionName;
  const { value } = usePolled(() => findEvent(name, requestId), 1_500, `${name} ${requestId}`);
  const queued = value.value ?? undefined;
  return (
    <aside class="panel stack story" aria-label={`Story of event ${requestId}`}>
      <div class="row spread">
        <h2>Event</h2>
        <a class="button quiet" href={href(["async"], functionName === "" ? {} : { function: functionName })} aria-label="Close">
          Close
        </a>
      </div>
      <div class="row">
        {queued === undefined ? (
          story === undefined ? null : (
            <StoryBadge story={story} />
          )
        ) : (
          <Badge tone={TONES[queued.state]}>{queued.state}</Badge>
        )}
        <Copyable text={requestId} />
      </div>
      {queued === undefined ? null : <QueuedFacts queued={queued} />}
      {story === undefined ? null : <Steps story={story} />}
      {queued === undefined ? null : <QueuedTexts queued={queued} />}
      {story === undefined && value.value === null ? (
        <Note>This event is over, and its story happened before this page was opened. Its log lines are still there.</Note>
      ) : null}
      {name === "" ? null : (
        <a class="button" href={href(["functions", name, "logs"], { search: `"${requestId}"` })}>
          Its log lines
        </a>
      )}
    </aside>
  );
}

function QueuedFacts({ queued }: { readonly queued: QueuedEvent }) {
  const event = eventOf(queued);
  return (
    <Facts
      rows={[
        ["Function", <a href={href(["functions", event.functionName])}>{event.functionName}</a>],
        ["Addressed as", event.qualifier],
        ["Accepted", `${clock(event.acceptedAt)}, ${relative(event.acceptedAt, serverNow())}`],
        ...(queued.nextAt === undefined
          ? []
          : [["Next attempt", `${clock(queued.nextAt)}, ${relative(queued.nextAt, serverNow())}`] as const]),
        ["Attempts", String(event.attempts)],
        ...(queued.state === "dead" || queued.state === "retrying" ? [["Why", whyOf(queued)] as const] : []),
      ]}
    />
  );
}

function QueuedTexts({ queued }: { readonly queued: QueuedEvent }) {
  const attempt = lastAttemptOf(queued);
  return (
    <>
      <h3>Payload</h3>
      <Code text={pretty(eventOf(queued).payload)} label="Payload" />
      {attempt?.payload === undefined ? null : (
        <>
          <h3>Last answer</h3>
          <Code text={pretty(attempt.payload)} label="Last answer" />
        </>
      )}
    </>
  );
}

function Steps({ story }: { readonly story: Story }) {
  const _revision = tick.value;
  const first = story.steps[0]?.at ?? 0;
  return (
    <ol class="steps" aria-label="Steps">
      {story.steps.map((step, index) => (
        <li key={index} class={`step-${toneOf(step)}`}>
          <time title={clock(step.at)}>{index === 0 ? clock(step.at) : `+ ${duration(step.at - first)}`}</time>
          <span>{textOf(step)}</span>
        </li>
      ))}
      {story.nextAt === undefined ? null : (
        <li class="step-next">
          <time>{clock(story.nextAt, false)}</time>
          <span>
            <Icon name="async" size={14} /> Next attempt {relative(story.nextAt, serverNow())}
          </span>
        </li>
      )}
    </ol>
  );
}

function toneOf({ state, status }: StoryStep): string {
  if (state === "succeeded" || state === "delivered") return "good";
  if (state === "dead" || state === "dropped" || state === "delivery-failed") return "bad";
  if (state === "run-ended") return status === "success" ? "good" : "bad";
  return state === "retry" ? "warn" : "neutral";
}

function textOf(step: StoryStep): string {
  switch (step.state) {
    case "queued":
      return "Accepted";
    case "attempt":
      return `Attempt ${(step.attempts ?? 0) + 1}`;
    case "run-started":
      return `Runs in ${step.environmentId?.slice(0, 6) ?? "an environment"}${step.cold === true ? ", a cold start" : ""}`;
    case "run-ended":
      return `${step.status === "success" ? "Succeeded" : step.status === "timeout" ? "Timed out" : "Failed"} after ${duration(step.durationMs)}`;
    case "retry":
      return `To be tried again at ${step.nextAt === undefined ? "a later time" : clock(step.nextAt, false)}`;
    case "dropped":
      return `Given up${step.reason === undefined ? "" : `: ${step.reason}`}`;
    case "delivered":
      return `Told to ${nameOfArn(step.reason ?? "its destination")}`;
    case "delivery-failed":
      return `Could not be delivered: ${step.reason ?? "no reason given"}`;
    case "succeeded":
      return "Over, successfully";
    case "dead":
      return `Dead: ${step.reason ?? "no attempts left"}`;
  }
}
