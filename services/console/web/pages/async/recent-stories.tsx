import type { Story } from "../../../src/live/stories.ts";
import { Badge } from "../../parts/basics.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { clock, nameOfArn, relative } from "../../parts/format.ts";
import { go, href } from "../../router.ts";
import { serverNow } from "../../state/facts.ts";
import { picture, tick } from "../../state/live.ts";
import { enterScopeOf } from "../../state/scope.ts";

const SHOWN = 30;

/** Events that something happened to since the page was opened, the newest first. */
export function RecentStories({ chosen }: { readonly chosen: string }) {
  const _revision = tick.value;
  const stories = [...picture.stories.told.values()].slice(-SHOWN).toReversed();
  if (stories.length === 0) return null;
  return (
    <section class="stack" aria-label="Lately">
      <h2>Lately</h2>
      <DataTable
        caption="Events to which something happened lately"
        columns={["State", "Event", "Function", { title: "Attempts", class: "number" }, "Next", "Last heard of"]}
      >
        {stories.map((story) => (
          <StoryRow key={story.requestId} story={story} isChosen={story.requestId === chosen} />
        ))}
      </DataTable>
    </section>
  );
}

function StoryRow({ story, isChosen }: { readonly story: Story; readonly isChosen: boolean }) {
  const _revision = tick.value;
  const name = nameOfArn(story.functionArn);
  const place = isChosen ? {} : { event: story.requestId };
  const last = story.steps.at(-1);
  const open = (): void => {
    enterScopeOf(story.functionArn);
    go(["async"], place);
  };
  return (
    <tr class={isChosen ? "link on" : "link"} onClick={open}>
      <td>
        <StoryBadge story={story} />
      </td>
      <td>
        <a
          class="mono"
          href={href(["async"], place)}
          title={story.requestId}
          onClick={(click) => {
            click.stopPropagation();
            enterScopeOf(story.functionArn);
          }}
        >
          {story.requestId.slice(0, 8)}
        </a>
      </td>
      <td class="name" title={name}>
        {name}
      </td>
      <td class="number">{story.attempts}</td>
      <td>{story.nextAt === undefined ? "–" : relative(story.nextAt, serverNow())}</td>
      <td title={last === undefined ? undefined : clock(last.at)}>{last === undefined ? "–" : relative(last.at, serverNow())}</td>
    </tr>
  );
}

const LOOKS: Readonly<Record<Story["state"], readonly ["neutral" | "busy" | "warn" | "bad" | "good", string]>> = {
  queued: ["neutral", "waiting"],
  attempt: ["busy", "running"],
  retry: ["warn", "retrying"],
  dropped: ["bad", "gave up"],
  delivered: ["neutral", "delivered"],
  "delivery-failed": ["bad", "delivery failed"],
  succeeded: ["good", "succeeded"],
  dead: ["bad", "dead"],
};

/** Where an event is in its story. */
export function StoryBadge({ story }: { readonly story: Story }) {
  const _revision = tick.value;
  const lastRun = story.steps.findLast((step) => step.state === "run-ended");
  const failed = story.state === "delivered" && lastRun !== undefined && lastRun.status !== "success";
  const [tone, text] = failed ? (["bad", "failed, delivered"] as const) : LOOKS[story.state];
  return <Badge tone={tone}>{text}</Badge>;
}
