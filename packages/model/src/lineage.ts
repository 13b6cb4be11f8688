/**
 * Recursive loop detection: the `Lineage` element of the X-Ray trace header counts, through all the
 * services that pass the header on, how often each function has run in one chain of events
 * (async.md, section 6). https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 *
 * `Lineage=1:38a5ab94:0` [field]: the hash of a function and its earlier runs; several functions of
 * one chain are separated by `|`. The older `Lineage=38a5ab94:0` is understood too.
 */

/** Runs of one function in one chain; the next one is refused. */
export const RECURSIVE_INVOCATIONS_MAX = 16;
/** Functions of one chain that are counted; the header must not grow without end. */
const FUNCTIONS_MAX = 16;
/** What RecursiveInvocationException says. */
export const RECURSIVE_INVOCATION_MESSAGE =
  "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.";

/** What detection does with a function in a loop. AWS's default is Terminate. */
export type RecursiveLoop = "Allow" | "Terminate";

/** One more run in a chain. */
export interface ChainStep {
  /** The header as this run shall see it, and pass on. */
  readonly traceHeader: string;
  /** The function has run so often already that this run is a loop's. */
  readonly recursive: boolean;
}

interface Ancestor {
  readonly hash: string;
  readonly runs: number;
}

/** Its older spelling has a small letter. */
const MARKS = [";Lineage=", ";lineage="] as const;
const ENTRY = /^(?:\d{1,3}:)?([0-9a-f]{8}):(\d{1,5})$/;
const RUNS_MAX = 32_767;

/** The header of a function's run, from the one that its event came with. An empty header stays empty. */
export function advanceChain(traceHeader: string, functionArn: string): ChainStep {
  if (traceHeader === "") return { traceHeader, recursive: false };
  const own = hashOf(functionArn);
  const found = lineageOf(traceHeader);
  if (found === undefined) return { traceHeader: `${traceHeader};Lineage=1:${own}:0`, recursive: false };
  const before = ancestorsOf(found.text);
  const runs = earlierRuns(before, own);
  const others = keptOf(before.filter(({ hash }) => hash !== own));
  const lineage = [...others, { hash: own, runs }].map(written).join("|");
  return { traceHeader: `${found.head};Lineage=${lineage}${found.tail}`, recursive: runs >= RECURSIVE_INVOCATIONS_MAX };
}

/**
 * The header under which a batch is run, of those that its messages came with: the one whose chain
 * the function has been in most often. `undefined` when no message has one.
 */
export function chainOfBatch(traceHeaders: readonly (string | undefined)[], functionArn: string): string | undefined {
  const own = hashOf(functionArn);
  let found: { readonly header: string; readonly runs: number } | undefined;
  for (const header of traceHeaders) {
    if (header === undefined || header === "") continue;
    const runs = earlierRuns(ancestorsOf(lineageOf(header)?.text ?? ""), own);
    if (found === undefined || runs > found.runs) found = { header, runs };
  }
  return found?.header;
}

/** The element's text, and what stands before and after the element. String searches: this is on the way of every invocation. */
function lineageOf(header: string): { readonly head: string; readonly text: string; readonly tail: string } | undefined {
  for (const mark of MARKS) {
    const start = header.indexOf(mark);
    if (start < 0) continue;
    const end = header.indexOf(";", start + 1);
    const until = end < 0 ? header.length : end;
    return { head: header.slice(0, start), text: header.slice(start + mark.length, until), tail: header.slice(until) };
  }
  return undefined;
}

function ancestorsOf(lineage: string): Ancestor[] {
  return lineage.split("|").flatMap((text) => {
    const entry = ENTRY.exec(text);
    return entry === null ? [] : [{ hash: entry[1]!, runs: Number(entry[2]) }];
  });
}

/** The header has the runs before the last; that last one counts too. */
function earlierRuns(ancestors: readonly Ancestor[], hash: string): number {
  const known = ancestors.find((ancestor) => ancestor.hash === hash);
  return known === undefined ? 0 : Math.min(RUNS_MAX, known.runs + 1);
}

/** Room for one more: of too many those are dropped that have run least, the oldest first. */
function keptOf(ancestors: readonly Ancestor[]): readonly Ancestor[] {
  if (ancestors.length < FUNCTIONS_MAX) return ancestors;
  const least = Math.min(...ancestors.map(({ runs }) => runs));
  const dropped = ancestors.findIndex(({ runs }) => runs === least);
  return keptOf(ancestors.toSpliced(dropped, 1));
}

function written({ hash, runs }: Ancestor): string {
  return `1:${hash}:${runs}`;
}

/** FNV-1a of the text, 32 bits as eight hex digits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
