/** Parts that every page of a report is made of. One file: nothing is fetched from anywhere. */
import { chartSvg, EDGES, farLimits, shortened, WIDTH, type Chart } from "./chart.ts";
import { count, escaped } from "./scales.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

export interface Page {
  readonly title: string;
  readonly body: string;
  readonly charts: readonly Chart[];
  /** Goes into the page as JSON, by the name of its element. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The whole document. */
export function pageHtml({ title, body, charts, data }: Page): string {
  const script = SCRIPT.replace("WIDTH", String(WIDTH)).replace("LEFT", String(EDGES.left)).replace("RIGHT", String(EDGES.right));
  const all = { ...data, charts: charts.map(chartData) };
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style></head><body><main>${body}</main>`,
    ...Object.entries(all).map(([id, value]) => `<script type="application/json" id="${id}">${embedded(value)}</script>`),
    `<script>${script}</script></body></html>\n`,
  ].join("\n");
}

/** A closing tag inside a text must not end the element. */
function embedded(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", String.raw`\u003c`);
}

/** What the page's script shows under the pointer. */
function chartData({ id, unit, x, series }: Chart): object {
  const axis = x.kind === "time" ? { intervalMs: x.intervalMs } : { percentiles: x.percentiles };
  return { id, unit, ...axis, series: series.map(({ name, values }) => ({ name, values: values.map(short) })) };
}

function short(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(5));
}

/** Charts side by side as far as there is room. */
export function chartGrid(charts: readonly Chart[]): string {
  return `<div class="grid">${charts.map(figure).join("")}</div>`;
}

function figure(chart: Chart): string {
  const far = farLimits(chart).map(({ name, value }) => `${name} ${count(value)}, far above`);
  const about = escaped([chart.subtitle, ...far].join("; "));
  const legend = chart.series.map(
    ({ name, colour, shape }) => `<span><i class="${shape}" style="--c:var(--${colour})"></i>${escaped(shortened(name, 60))}</span>`,
  );
  return `<figure><figcaption><h3>${escaped(chart.title)}</h3><p>${about}</p><div class="legend">${legend.join("")}</div></figcaption>${chartSvg(chart)}</figure>`;
}

export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly detail?: string;
  readonly mood?: "good" | "bad" | "warn";
}

/** The figures that matter most. */
export function tiles(all: readonly Tile[]): string {
  const each = all.map(
    ({ label, value, detail, mood }) =>
      `<div class="tile${mood === undefined ? "" : ` ${mood}`}"><span>${escaped(label)}</span><strong>${escaped(value)}</strong><small>${escaped(detail ?? "\u00a0")}</small></div>`,
  );
  return `<div class="tiles">${each.join("")}</div>`;
}

/** Cells are HTML already; the first of each row is its heading. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map(
    (row) =>
      `<tr>${row.map(({ text, kind }, index) => (index === 0 ? `<th scope="row">${escaped(text)}</th>` : `<td${kind === undefined ? "" : ` class="${kind}"`}>${escaped(text)}</td>`)).join("")}</tr>`,
  );
  return `<div class="scroll"><table><thead><tr>${head.map((each) => `<th scope="col">${escaped(each)}</th>`).join("")}</tr></thead><tbody>${cells.join("")}</tbody></table></div>`;
}

export interface Cell {
  readonly text: string;
  readonly kind?: "better" | "worse";
}

/** Title, what it is about, and the button for the theme. */
export function header(
  title: string,
  options: { readonly badge: string; readonly description?: string; readonly facts: readonly (readonly [string, string])[] },
): string {
  const { badge, description, facts } = options;
  const about = description === undefined ? "" : `<p class="soft">${escaped(description)}</p>`;
  const list = facts.map(([name, value]) => `<span>${escaped(name)} <b>${escaped(value)}</b></span>`).join("");
  return `<header><div><h1>${escaped(title)}<span class="badge">${escaped(badge)}</span></h1>${about}<div class="facts">${list}</div></div><button id="theme" type="button">Light / dark</button></header>`;
}

export function notes(sentences: readonly string[]): string {
  if (sentences.length === 0) return "";
  return `<ul class="notes">${sentences.map((sentence) => `<li>${escaped(sentence)}</li>`).join("")}</ul>`;
}
