import { invalidParameter } from "../logs-error.ts";
import type { Matcher } from "./filter-pattern.ts";

const TERM = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/y;
const PLAIN = /^[\p{L}\p{N}_]+$/u;

interface Terms {
  readonly all: string[];
  readonly any: string[];
  readonly none: string[];
}

/**
 * Terms of unstructured text: every one must occur, none of those with `-`. With `?`, one of them
 * must occur; combined with others those with `?` are ignored, as AWS does.
 * Terms of anything but letters, digits and `_` have to be quoted.
 */
export function parseTermsPattern(text: string): Matcher {
  const { all, any, none } = readTerms(text);
  const optional = all.length === 0 && none.length === 0 ? any : [];
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (optional.length === 0 || optional.some((term) => message.includes(term)));
}

function readTerms(text: string): Terms {
  const terms: Terms = { all: [], any: [], none: [] };
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const match = TERM.exec(text);
    if (match === null) throw invalidParameter("Invalid filter pattern: a quote is not closed.");
    const [, sign, quoted, plain] = match;
    if (plain !== undefined && !PLAIN.test(plain)) throw invalidParameter(`Invalid character(s) in term '${plain}'`);
    const list = sign === "?" ? terms.any : sign === "-" ? terms.none : terms.all;
    list.push(plain ?? quoted!.replaceAll(/\\(.)/g, "$1"));
  }
  return terms;
}
