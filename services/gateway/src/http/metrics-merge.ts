/** One family of the Prometheus text format. */
interface Family {
  /** `HELP` and `TYPE` lines. */
  readonly comments: Map<string, string>;
  /** Values by name and labels. */
  readonly samples: Map<string, number>;
}

const DESCRIPTION = /^# (HELP|TYPE) (\S+)/;
/** Name and labels, then the value. */
const SAMPLE = /^(\S.*) (\S+)$/;

/**
 * Metrics of several services as one text: Prometheus takes each family once, so families of the
 * same name become one, and samples of the same name and labels are added up. Lines that are
 * neither are dropped. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const text of texts) readInto(families, text);
  const lines = [...families.values()].flatMap(({ comments, samples }) => [
    ...comments.values(),
    ...[...samples].map(([sample, value]) => `${sample} ${shown(value)}`),
  ]);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function readInto(families: Map<string, Family>, text: string): void {
  let family: Family | undefined;
  for (const line of text.split("\n")) {
    const [, kind, name] = DESCRIPTION.exec(line) ?? [];
    if (kind !== undefined && name !== undefined) {
      family = families.get(name) ?? { comments: new Map(), samples: new Map() };
      families.set(name, family);
      // Of two services' descriptions the first stands.
      if (!family.comments.has(kind)) family.comments.set(kind, line);
      continue;
    }
    const [, sample, value] = SAMPLE.exec(line) ?? [];
    if (family === undefined || sample === undefined || line.startsWith("#")) continue;
    family.samples.set(sample, (family.samples.get(sample) ?? 0) + numberOf(value!));
  }
}

/** The format's own spelling of infinity. */
function numberOf(text: string): number {
  return Number(text.replace(/Inf$/, "Infinity"));
}

function shown(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
