/**
 * Which operation a method and path mean, from the model's URI templates. Labels are taken from
 * the path as sent and decoded afterwards, so that an ARN with `%2F` stays one label. A trailing
 * slash is ignored: older SDKs send `/2015-03-31/functions/`.
 */
import type { ApiModel } from "./api-model.ts";
import { decodeComponent, parseQuery, type Query } from "./query.ts";

export interface RouteMatch {
  /** Name in the model, such as `CreateFunction`. */
  readonly operation: string;
  /** Decoded labels by their name in the template. */
  readonly labels: Readonly<Record<string, string>>;
}

export type Router = (method: string, path: string, query: Query) => RouteMatch | undefined;

interface Template {
  readonly operation: string;
  readonly method: string;
  readonly segments: readonly Segment[];
  /** Fixed query of the template, such as `find=LayerVersion`. */
  readonly query: Query;
  readonly greedy: boolean;
}

interface Segment {
  readonly text: string;
  readonly kind: "fixed" | "label" | "greedy";
}

/** Builds the router of a service. Templates with a fixed query are tried before those without. */
export function createRouter(model: ApiModel): Router {
  const templates = Object.entries(model.operations)
    .map(([operation, { method, uri }]) => template(operation, method, uri))
    .sort((a, b) => b.query.size - a.query.size);
  return (method, path, query) => {
    const parts = split(path);
    for (const candidate of templates) {
      if (candidate.method !== method || !sameLength(candidate, parts.length)) continue;
      const labels = matchSegments(candidate, parts);
      if (labels !== undefined && hasQuery(candidate.query, query)) return { operation: candidate.operation, labels };
    }
    return undefined;
  };
}

function template(operation: string, method: string, uri: string): Template {
  const [path = "", query = ""] = uri.split("?");
  const segments = split(path).map(segment);
  return { operation, method, segments, query: parseQuery(query), greedy: segments.some(({ kind }) => kind === "greedy") };
}

function segment(text: string): Segment {
  if (!text.startsWith("{")) return { text, kind: "fixed" };
  return text.endsWith("+}") ? { text: text.slice(1, -2), kind: "greedy" } : { text: text.slice(1, -1), kind: "label" };
}

function split(path: string): readonly string[] {
  return (path.endsWith("/") ? path.slice(1, -1) : path.slice(1)).split("/");
}

function sameLength({ segments, greedy }: Template, parts: number): boolean {
  return greedy ? parts >= segments.length : parts === segments.length;
}

function matchSegments({ segments }: Template, parts: readonly string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  // A greedy label takes every part that the segments after it do not need.
  const surplus = parts.length - segments.length;
  let at = 0;
  for (const { text, kind } of segments) {
    const count = kind === "greedy" ? surplus + 1 : 1;
    const part = parts.slice(at, at + count).join("/");
    at += count;
    if (kind === "fixed" ? part !== text : part === "") return undefined;
    if (kind !== "fixed") labels[text] = decodeComponent(part);
  }
  return labels;
}

function hasQuery(wanted: Query, given: Query): boolean {
  for (const [name, values] of wanted) if (given.get(name)?.[0] !== values[0]) return false;
  return true;
}
