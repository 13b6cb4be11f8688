import { invalidParameter } from "../logs-error.ts";

/** The values at a place of a JSON document: none when it is absent, several for `[*]`. */
export type Selector = (document: unknown) => readonly unknown[];

const STEP = /\.([^.[\]]+)|\.?\[(?:(\d+)|(\*)|'([^']*)'|"([^"]*)")\]/y;

/** Parses `$`, `$.a.b`, `$.a[0]`, `$.a[*].b` and `$['a.b']`. Throws InvalidParameterException for anything else. */
export function parseSelector(text: string): Selector {
  const steps: ((value: unknown) => readonly unknown[])[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null) throw invalidParameter(`Invalid filter pattern: ${JSON.stringify(text)} is no selector.`);
    const [, name, index, all, single, double] = match;
    if (all !== undefined) steps.push((value) => (Array.isArray(value) ? value : []));
    else if (index !== undefined)
      steps.push((value) => (Array.isArray(value) && Number(index) < value.length ? [value[Number(index)]] : []));
    else steps.push(member(name ?? single ?? double ?? ""));
  }
  return (document) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap((value) => [...step(value)]), [document]);
}

function member(name: string): (value: unknown) => readonly unknown[] {
  return (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
      ? [(value as Readonly<Record<string, unknown>>)[name]]
      : [];
}
