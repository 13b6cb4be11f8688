import { percentilesOf, peekSecond, sumOf } from "../../../src/live/rates.ts";
import { count, duration } from "../../parts/format.ts";
import { picture, second } from "../../state/live.ts";
import { accountLimit } from "../../state/limits.ts";
import { Chart, type Line } from "./chart.tsx";
import { isPaused, viewEnd, windowMs } from "./view.ts";

/** Charts show at least so many seconds. */
const SECONDS_MIN = 60;

/** Concurrency, requests and durations over the time that the lanes show, or a minute. */
export function Charts() {
  // A stopped picture stays as it is, since its end does.
  const _revision = [second.value, isPaused.value];
  const to = Math.floor(viewEnd() / 1_000) - 1;
  const from = to - Math.max(SECONDS_MIN, Math.round(windowMs.value / 1_000));
  return (
    <div class="charts">
      <Concurrency from={from} to={to} />
      <Requests from={from} to={to} />
      <Durations from={from} to={to} />
    </div>
  );
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function seconds({ from, to }: Range): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function Concurrency({ from, to }: Range) {
  const _revision = second.value;
  const times = seconds({ from, to });
  let last = 0;
  const peaks = times.map((at) => peekSecond(picture.rates, at)?.peak ?? Math.min(picture.running, last));
  last = Math.max(...peaks);
  const limit = accountLimit.value;
  // A limit that is far away would press the line to the ground: it is drawn when it comes near.
  const near = limit !== undefined && last > limit / 4;
  const lines: Line[] = [{ name: "running", color: "--busy", fill: true }];
  if (near) lines.push({ name: `account limit ${count(limit)}`, color: "--bad", dash: true, thin: true });
  return (
    <Chart
      title="Concurrency"
      lines={lines}
      data={near ? [times, peaks, times.map(() => limit)] : [times, peaks]}
      format={count}
      summary={`${picture.running} running now${limit === undefined ? "" : ` of ${limit}`}, at most ${last} in this time.`}
    />
  );
}

function Requests({ from, to }: Range) {
  const _revision = second.value;
  const times = seconds({ from, to });
  const row = (key: "ended" | "failed" | "throttled"): number[] => times.map((at) => peekSecond(picture.rates, at)?.[key] ?? 0);
  const sum = sumOf(picture.rates, [from, to]);
  return (
    <Chart
      title="Requests / s"
      lines={[
        { name: "ended", color: "--busy", fill: true },
        { name: "failed", color: "--bad" },
        { name: "throttled", color: "--warn" },
      ]}
      data={[times, row("ended"), row("failed"), row("throttled")]}
      format={count}
      summary={`${sum.ended} ended, ${sum.failed} failed, ${sum.throttled} throttled.`}
    />
  );
}

/** Seconds of which one point of the durations is made: single ones jump. */
const POINT_SECONDS = 5;

function Durations({ from, to }: Range) {
  const _revision = second.value;
  const times: number[] = [];
  const rows: (number | null)[][] = [[], [], []];
  for (let at = from - (from % POINT_SECONDS); at + POINT_SECONDS - 1 <= to; at += POINT_SECONDS) {
    times.push(at + POINT_SECONDS);
    percentilesOf(picture.rates, [at, at + POINT_SECONDS - 1], [0.5, 0.95, 0.99]).forEach((value, index) =>
      rows[index]!.push(value ?? null),
    );
  }
  const [p50, p95, p99] = percentilesOf(picture.rates, [from, to], [0.5, 0.95, 0.99]);
  return (
    <Chart
      title="Duration"
      logarithmic
      lines={[
        { name: "p50", color: "--busy", dots: true },
        { name: "p95", color: "--init", dots: true },
        { name: "p99", color: "--bad", dots: true },
      ]}
      data={[times, ...rows]}
      format={axisDuration}
      summary={`Half below ${duration(p50)}, 95 % below ${duration(p95)}, 99 % below ${duration(p99)}.`}
    />
  );
}

function axisDuration(ms: number): string {
  if (Math.abs(Math.log10(ms) - Math.round(Math.log10(ms))) > 0.01) return "";
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}
