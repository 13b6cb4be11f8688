import { useSignal } from "@preact/signals";
import type { MappingActivity } from "../../../src/live/mapping-activity.ts";
import { enableMapping, type Mapping, type Queue } from "../../api/sources.ts";
import { Badge, Copyable, ErrorNote, Facts } from "../../parts/basics.tsx";
import { clock, count, duration, nameOfArn, plural } from "../../parts/format.ts";
import { href } from "../../router.ts";
import { picture, tick } from "../../state/live.ts";

export interface MappingPanelProps {
  readonly mapping: Mapping;
  readonly queue: Queue | undefined;
  readonly refresh: () => Promise<void>;
}

const KINDS = { sqs: "SQS", kinesis: "Kinesis", dynamodb: "DynamoDB" } as const;

/** One mapping: what it joins, how it works, what it did last. */
export function MappingPanel({ mapping, queue, refresh }: MappingPanelProps) {
  const _revision = tick.value;
  const error = useSignal("");
  const activity = picture.mappings.get(mapping.uuid);
  const { status } = mapping;
  const toggle = async (): Promise<void> => {
    error.value = "";
    try {
      await enableMapping(mapping.uuid, !mapping.enabled);
      await refresh();
    } catch (failure) {
      error.value = failure instanceof Error ? failure.message : String(failure);
    }
  };
  return (
    <article class="panel stack" aria-label={`${nameOfArn(mapping.eventSourceArn)} to ${mapping.functionName}`}>
      <div class="panel-head">
        <h2 class="joins">
          <Badge tone="cold">{KINDS[mapping.source]}</Badge>
          <span class="clip" title={mapping.eventSourceArn}>
            {nameOfArn(mapping.eventSourceArn)}
          </span>
          <span class="muted" aria-hidden="true">
            →
          </span>
          <span class="visually-hidden">to</span>
          <a class="clip" href={href(["functions", mapping.functionName])} title={mapping.functionName}>
            {mapping.functionName}
            {mapping.qualifier === undefined ? "" : `:${mapping.qualifier}`}
          </a>
        </h2>
        <div class="row">
          <Badge tone={mapping.state === "Enabled" ? "good" : mapping.state === "Disabled" ? "neutral" : "warn"}>{mapping.state}</Badge>
          <button type="button" class="button" disabled={mapping.state.endsWith("ing")} onClick={() => void toggle()}>
            {mapping.enabled ? "Disable" : "Enable"}
          </button>
        </div>
      </div>
      <ErrorNote message={error.value} />
      <Figures mapping={mapping} queue={queue} activity={activity} />
      <Settings mapping={mapping} />
      {status?.shards === undefined || status.shards.length === 0 ? null : <Shards shards={status.shards} />}
      <Recent activity={activity} />
    </article>
  );
}

interface FiguresProps {
  readonly mapping: Mapping;
  readonly queue: Queue | undefined;
  readonly activity: MappingActivity | undefined;
}

function Figures({ mapping, queue, activity }: FiguresProps) {
  const _revision = tick.value;
  const { status } = mapping;
  return (
    <dl class="figures">
      <Figure name={mapping.source === "sqs" ? "Pollers" : "Readers"} value={count(status?.pollers ?? 0)} />
      <Figure name="In flight" value={count(status?.batchesInFlight ?? 0)} />
      <Figure name={mapping.source === "sqs" ? "Waiting" : "Behind"} value={lagOf(mapping, queue)} />
      <Figure name="Done" value={count(activity?.batches["batch-succeeded"] ?? 0)} />
      <Figure name="Failed" value={count(activity?.batches["batch-failed"] ?? 0)} bad={(activity?.batches["batch-failed"] ?? 0) > 0} />
    </dl>
  );
}

function Settings({ mapping }: { readonly mapping: Mapping }) {
  const { settings } = mapping;
  return (
    <Facts
      rows={[
        ["Last result", lastResult(mapping)],
        [
          "Batches",
          `up to ${settings.batchSize}${settings.maximumBatchingWindowSeconds > 0 ? `, waits ${settings.maximumBatchingWindowSeconds} s` : ""}${settings.reportBatchItemFailures ? ", partial failures reported" : ""}`,
        ],
        ...(settings.filters.length === 0
          ? []
          : [["Filters", settings.filters.map((filter) => <div class="mono">{filter}</div>)] as const]),
        ["UUID", <Copyable text={mapping.uuid} />],
      ]}
    />
  );
}

function Figure({ name, value, bad = false }: { readonly name: string; readonly value: string; readonly bad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={bad ? "text-bad" : ""}>{value}</dd>
    </div>
  );
}

function lagOf({ source, status }: Mapping, queue: Queue | undefined): string {
  if (source === "sqs") return queue === undefined ? "–" : count(queue.visible);
  return status?.ageMs === undefined ? "–" : duration(status.ageMs);
}

function lastResult({ status, lastProcessingResult, stateTransitionReason, state }: Mapping): string {
  if (state === "Disabled" || status === undefined) return stateTransitionReason;
  return status.lastResult ?? lastProcessingResult ?? "nothing yet";
}

function Shards({ shards }: { readonly shards: NonNullable<NonNullable<Mapping["status"]>["shards"]> }) {
  return (
    <details>
      <summary>{plural(shards.length, "shard")}</summary>
      <Facts
        rows={shards.map((shard) => [
          shard.shardId.replace("shardId-", "").replace(/^0+(?=\d)/, ""),
          `${shard.state}${shard.checkpoint === undefined ? "" : ` · ${shard.checkpoint}`}`,
        ])}
      />
    </details>
  );
}

const STEPS: Readonly<Record<string, string>> = {
  "batch-polled": "Polled",
  "batch-invoked": "Invoked with",
  "batch-succeeded": "Done:",
  "batch-failed": "Failed:",
  filtered: "Filtered out",
  checkpointed: "Checkpoint after",
  discarded: "Discarded",
  delivered: "Sent to the failure destination:",
  "lease-taken": "A poller took it up",
  "lease-lost": "Its poller let it go",
  state: "State",
};
const RECENT_SHOWN = 8;

function Recent({ activity }: { readonly activity: MappingActivity | undefined }) {
  const _revision = tick.value;
  if (activity === undefined) return null;
  return (
    <ol class="steps" aria-label="Last steps">
      {activity.recent
        .slice(-RECENT_SHOWN)
        .toReversed()
        .map((step, index) => (
          <li
            key={`${step.at} ${index}`}
            class={`step-${step.step === "batch-failed" || step.step === "discarded" ? "bad" : step.step === "batch-succeeded" ? "good" : "neutral"}`}
          >
            <time>{clock(step.at)}</time>
            <span>
              {STEPS[step.step] ?? step.step} {step.records === undefined || step.records === 0 ? "" : plural(step.records, "record")}
              {step.reason === undefined || step.reason === "OK" ? "" : ` (${step.reason})`}
            </span>
          </li>
        ))}
    </ol>
  );
}
