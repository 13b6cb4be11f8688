/** What patterns compare: the values in an event that are neither object nor array. */
export type Leaf = string | number | boolean | null;

/** Answers for one value that is there. */
export type LeafTest = (value: Leaf) => boolean;

/** The same text for all that `equals-ignore-case` takes as equal. */
export function foldCase(text: string): string {
  return text.toLowerCase();
}
