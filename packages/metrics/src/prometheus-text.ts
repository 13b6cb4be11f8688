/** Prometheus's text format. */
import type { ScopeKey } from "./rows.ts";

/** One value of a family. */
export interface Sample {
  /** `_sum`, `_bucket`; absent: none. */
  readonly suffix?: string;
  /** `name="value",…` as {@link labelsText} makes it; empty: none. */
  readonly labels: string;
  readonly value: number;
}

/** Everything of one name. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly samples: readonly Sample[];
}

/** A family's lines; its name is told even where it has no values yet. */
export function familyText({ name, help, type, samples }: Family): string {
  const lines = samples.map(({ suffix = "", labels, value }) => `${name}${suffix}${labels === "" ? "" : `{${labels}}`} ${shown(value)}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

/** `account="…",region="…",function_name="…"` and others. */
export function functionLabels(scope: ScopeKey, name: string, others: Readonly<Record<string, string>> = {}): string {
  return `${scopeLabels(scope)},${labelsText({ function_name: name, ...others })}`;
}

/** `account="…",region="…"`. */
export function scopeLabels(scope: ScopeKey): string {
  const [account = "", region = ""] = scope.split(":");
  return labelsText({ account, region });
}

/** Labels with their values escaped. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`)
    .join(",");
}

function shown(value: number): string {
  return value === Infinity ? "+Inf" : String(value);
}
