import { MAILER, TOUR_PREFIX, WORKER } from "../../../src/tour/functions.ts";
import { listMappings, listQueuesOfSqs } from "../../api/sources.ts";
import { clock, count, nameOfArn, relative } from "../../parts/format.ts";
import { href } from "../../router.ts";
import { serverNow } from "../../state/facts.ts";
import { picture, tick } from "../../state/live.ts";
import { usePolled } from "../../state/polled.ts";
import { StoryBadge } from "../async/recent-stories.tsx";

/** The tour's event and queues, beside its lanes. */
export function TourEvents() {
  return (
    <div class="columns">
      <MailerEvent />
      <Queues />
    </div>
  );
}

function MailerEvent() {
  const _revision = tick.value;
  const story = [...picture.stories.told.values()].findLast(({ functionArn }) => nameOfArn(functionArn) === MAILER);
  return (
    <section class="panel" aria-label="The mailer's event">
      <h2>The mailer's event</h2>
      {story === undefined ? (
        <p class="muted">None yet.</p>
      ) : (
        <div class="stack tight">
          <div class="row">
            <StoryBadge story={story} />
            <a class="mono" href={href(["async"], { event: story.requestId })}>
              {story.requestId.slice(0, 8)}
            </a>
          </div>
          <p>
            {count(story.steps.filter((step) => step.state === "attempt").length)} of 3 attempts.{" "}
            {story.nextAt === undefined ? "" : `Next at ${clock(story.nextAt, false)}, ${relative(story.nextAt, serverNow())}.`}
          </p>
        </div>
      )}
    </section>
  );
}

function Queues() {
  const queues = usePolled(listQueuesOfSqs, 1_000);
  const mappings = usePolled(listMappings, 1_500);
  const shown = queues.value.value?.filter(({ name }) => name.startsWith(TOUR_PREFIX)) ?? [];
  const status = mappings.value.value?.find(({ functionName }) => functionName === WORKER)?.status;
  return (
    <section class="panel" aria-label="The tour's queues">
      <h2>Queues</h2>
      {shown.length === 0 ? <p class="muted">None yet.</p> : null}
      <dl class="figures">
        {shown.map((queue) => (
          <div key={queue.url} title={queue.name}>
            <dt>{queue.name.slice(TOUR_PREFIX.length)}</dt>
            <dd>
              {count(queue.visible)}
              {queue.inFlight > 0 ? <small> + {count(queue.inFlight)} in flight</small> : null}
            </dd>
          </div>
        ))}
      </dl>
      {status === undefined ? null : <p class="muted">{count(status.pollers)} pollers read orders.</p>}
    </section>
  );
}
