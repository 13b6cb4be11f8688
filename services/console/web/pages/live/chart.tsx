/** A small live chart: uPlot, fed once a second. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { shownTheme } from "../../state/theme.ts";

export interface Line {
  readonly name: string;
  /** CSS variable of its colour. */
  readonly color: string;
  readonly fill?: boolean;
  readonly dash?: boolean;
  /** A thin line: a limit. */
  readonly thin?: boolean;
  /** Values stand alone, with gaps between them. */
  readonly dots?: boolean;
}

export interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Seconds, then a row for each line; `null` is a gap. */
  readonly data: readonly (readonly (number | null)[])[];
  readonly format: (value: number) => string;
  readonly logarithmic?: boolean;
  /** The chart in words. */
  readonly summary: string;
}

const HEIGHT = 116;

/** A chart that fills its column. */
export function Chart({ title, lines, data, format, logarithmic = false, summary }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const names = lines.map((line) => line.name).join();
  useEffect(() => {
    const host = box.current!;
    const made = new uPlot(options({ host, lines, format, logarithmic }), data as unknown as uPlot.AlignedData, host);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height: HEIGHT }));
    observer.observe(host);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shownTheme.value, names]);
  useEffect(() => plot.current?.setData(data as unknown as uPlot.AlignedData), [data]);
  return (
    <figure class="chart" aria-label={`${title}. ${summary}`}>
      <figcaption>
        <span>{title}</span>
        <span class="legend">
          {lines.map((line) => (
            <span key={line.name}>
              <i class={line.dash === true ? "dash" : ""} style={{ color: `var(${line.color})` }} />
              {line.name}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={box} class="chart-box" style={{ height: `${HEIGHT}px` }} aria-hidden="true" />
    </figure>
  );
}

interface Look {
  readonly host: HTMLElement;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly logarithmic: boolean;
}

function options({ host, lines, format, logarithmic }: Look): uPlot.Options {
  const style = getComputedStyle(host);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--faint"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: color("--line-soft"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(1, host.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 4, 0, 0],
    scales: {
      x: { time: true },
      y: logarithmic ? { distr: 3, range: logRange } : { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 1) * 1.1)] },
    },
    axes: [
      { ...axis, size: 20, space: 90, values: (_plot, ticks) => ticks.map(timeText) },
      { ...axis, size: 44, space: 28, values: (_plot, ticks) => ticks.map((tick) => (tick === null ? "" : format(tick))) },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, color(line.color)))],
  };
}

function seriesOf(line: Line, stroke: string): uPlot.Series {
  return {
    label: line.name,
    stroke,
    width: line.thin === true ? 1 : 1.5,
    points: line.dots === true ? { show: true, size: 4, fill: stroke } : { show: false },
    spanGaps: false,
    ...(line.fill === true ? { fill: `color-mix(in srgb, ${stroke} 14%, transparent)` } : {}),
    ...(line.dash === true ? { dash: [4, 4] } : {}),
  };
}

function logRange(_plot: uPlot, min: number | null, max: number | null): [number, number] {
  return [10 ** Math.floor(Math.log10(Math.max(0.1, min ?? 1))), 10 ** Math.ceil(Math.log10(Math.max(10, max ?? 100)))];
}

function timeText(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
