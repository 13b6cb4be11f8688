/** Which functions of a listing have to be asked for their state: ListFunctions tells none, as on AWS. */

/** A function as it was listed, or as it was asked for. */
export interface Revision {
  readonly FunctionArn: string;
  readonly FunctionName: string;
  /** Changes with the function, its state included. */
  readonly RevisionId?: string;
}

/** Those that were never asked for, or have changed since. */
export function changedSince<T extends Revision>(listed: readonly T[], known: ReadonlyMap<string, Revision>): readonly T[] {
  return listed.filter(({ FunctionArn, RevisionId }) => known.get(FunctionArn)?.RevisionId !== RevisionId || RevisionId === undefined);
}
