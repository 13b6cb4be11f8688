/** Colours of the lanes, from the style sheet: the canvas knows no classes. */
export interface LaneColors {
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly alive: string;
  readonly creating: string;
  readonly spare: string;
  readonly init: string;
  readonly busy: string;
  readonly provisioned: string;
  readonly bad: string;
  readonly frozen: string;
  readonly stopping: string;
  readonly cold: string;
  readonly selected: string;
}

const NAMES = [
  "text",
  "faint",
  "grid",
  "alive",
  "creating",
  "spare",
  "init",
  "busy",
  "provisioned",
  "bad",
  "frozen",
  "stopping",
  "cold",
  "selected",
] as const;

/** Reads `--lane-…` of an element. */
export function laneColors(element: Element): LaneColors {
  const style = getComputedStyle(element);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--lane-${name}`).trim()])) as unknown as LaneColors;
}
