/** What a synchronous invocation's log tail says about its run, from the REPORT line in either log format. */

export interface RunReport {
  readonly durationMs?: number;
  readonly billedMs?: number;
  /** A cold start. */
  readonly initMs?: number;
  readonly memoryMb?: number;
  readonly usedMb?: number;
}

/** The last report of the text; `undefined` when there is none. */
export function reportOf(log: string): RunReport | undefined {
  const line = log.split("\n").findLast((each) => each.includes("REPORT RequestId") || each.includes('"platform.report"'));
  if (line === undefined) return undefined;
  return line.startsWith("{") ? fromJson(line) : fromText(line);
}

function fromText(line: string): RunReport {
  const number = (name: string): number | undefined => {
    const found = new RegExp(`(?:^|\\t)${name}: ([\\d.]+) `).exec(line)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return known({
    durationMs: number("(?:REPORT RequestId: \\S+\\s+)?Duration"),
    billedMs: number("Billed Duration"),
    initMs: number("Init Duration"),
    memoryMb: number("Memory Size"),
    usedMb: number("Max Memory Used"),
  });
}

function fromJson(line: string): RunReport | undefined {
  try {
    const { metrics } = (JSON.parse(line) as { readonly record: { readonly metrics: Readonly<Record<string, number | undefined>> } })
      .record;
    return known({
      durationMs: metrics["durationMs"],
      billedMs: metrics["billedDurationMs"],
      initMs: metrics["initDurationMs"],
      memoryMb: metrics["memorySizeMB"],
      usedMb: metrics["maxMemoryUsedMB"],
    });
  } catch {
    return undefined;
  }
}

function known(values: { readonly [Name in keyof RunReport]-?: number | undefined }): RunReport {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
