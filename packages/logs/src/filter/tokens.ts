import { invalidParameter } from "../logs-error.ts";

/** A word, quoted text, or sign of a JSON or fields pattern. */
export interface Token {
  readonly kind: "word" | "text" | "sign" | "selector";
  readonly text: string;
}

const SIGNS = ["&&", "||", "!=", ">=", "<=", "...", "=", ">", "<", "(", ")", ",", "{", "}", "[", "]"];
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const SELECTOR = /\$(?:\.[^\s=!<>()&|{}[\],."]+|\.?\[(?:\d+|\*|'[^']*'|"[^"]*")\])*/y;
const WORD = /(?:(?!\.\.\.|&&|\|\||!=)[^\s"=<>(){}[\],])+/y;

/** Splits a pattern; throws InvalidParameterException where it is none. */
export function tokenize(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < pattern.length) {
    if (/\s/.test(pattern[at]!)) {
      at += 1;
      continue;
    }
    const { token, length } = tokenAt(pattern, at);
    tokens.push(token);
    at += length;
  }
  return tokens;
}

function tokenAt(pattern: string, at: number): { readonly token: Token; readonly length: number } {
  const quoted = matchAt(QUOTED, pattern, at);
  if (quoted !== null) return { token: { kind: "text", text: quoted[1]!.replaceAll(/\\(.)/g, "$1") }, length: quoted[0].length };
  const selector = pattern[at] === "$" ? matchAt(SELECTOR, pattern, at) : null;
  if (selector !== null) return { token: { kind: "selector", text: selector[0] }, length: selector[0].length };
  const sign = SIGNS.find((candidate) => pattern.startsWith(candidate, at));
  if (sign !== undefined) return { token: { kind: "sign", text: sign }, length: sign.length };
  const word = matchAt(WORD, pattern, at);
  if (word === null) throw invalidParameter(`Invalid filter pattern: unexpected ${JSON.stringify(pattern.slice(at, at + 10))}`);
  return { token: { kind: "word", text: word[0] }, length: word[0].length };
}

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}

/** Reads tokens one after the other. */
export interface TokenReader {
  peek(): Token | undefined;
  /** The next token; throws at the end of the pattern. */
  take(): Token;
  /** Takes the next token if it is this sign or (whatever its case) this word. */
  accept(text: string): boolean;
  /** Takes the sign; throws when something else comes. */
  expect(sign: string): void;
}

/** A reader at the first token. */
export function readTokens(tokens: readonly Token[]): TokenReader {
  let at = 0;
  const reader: TokenReader = {
    peek: () => tokens[at],
    take() {
      const token = tokens[at];
      if (token === undefined) throw invalidParameter("Invalid filter pattern: it ends too early.");
      at += 1;
      return token;
    },
    accept(text) {
      const token = tokens[at];
      const same = token !== undefined && token.kind !== "text" && token.text.toUpperCase() === text.toUpperCase();
      if (same) at += 1;
      return same;
    },
    expect(sign) {
      if (!reader.accept(sign))
        throw invalidParameter(
          `Invalid filter pattern: ${JSON.stringify(sign)} expected${tokens[at] === undefined ? " at its end" : ` instead of ${JSON.stringify(tokens[at]!.text)}`}.`,
        );
    },
  };
  return reader;
}
