import { percentilesOf, sumOf } from "../../../src/live/rates.ts";
import { count, duration } from "../../parts/format.ts";
import { picture, tick } from "../../state/live.ts";
import { accountLimit } from "../../state/limits.ts";
import { isPaused, viewEnd } from "./view.ts";

/** Seconds over which figures are taken that would jump otherwise. */
const RATE_SECONDS = 5;
const MINUTE = 60;

/** The figures of this moment. */
export function Tiles() {
  const _revision = [tick.value, isPaused.value];
  const to = Math.floor(viewEnd() / 1_000) - 1;
  const recent = sumOf(picture.rates, [to - RATE_SECONDS + 1, to]);
  const minute = sumOf(picture.rates, [to - MINUTE + 1, to]);
  const [p50, p99] = percentilesOf(picture.rates, [to - MINUTE + 1, to], [0.5, 0.99]);
  const rate = recent.ended / RATE_SECONDS;
  return (
    <dl class="tiles">
      <Tile name="Running" value={count(picture.running)} of={accountLimit.value === undefined ? "" : `of ${count(accountLimit.value)}`} />
      <Tile name="Requests" value={rate < 10 ? rate.toFixed(1) : count(Math.round(rate))} of="per second" />
      <Tile name="Median" value={duration(p50)} of="last minute" />
      <Tile name="p99" value={duration(p99)} of="last minute" />
      <Tile name="Cold starts" value={count(minute.cold)} of="last minute" tone={minute.cold > 0 ? "init" : ""} />
      <Tile name="Errors" value={count(minute.failed)} of="last minute" tone={minute.failed > 0 ? "bad" : ""} />
      <Tile name="Throttles" value={count(minute.throttled)} of="last minute" tone={minute.throttled > 0 ? "bad" : ""} />
    </dl>
  );
}

function Tile({
  name,
  value,
  of,
  tone = "",
}: {
  readonly name: string;
  readonly value: string;
  readonly of: string;
  readonly tone?: string;
}) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>
        <b class={tone === "" ? "" : `text-${tone}`}>{value}</b> <span>{of}</span>
      </dd>
    </div>
  );
}
