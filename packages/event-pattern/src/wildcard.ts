import { InvalidPattern } from "./invalid-pattern.ts";

/**
 * Compiles a text in which `*` stands for any characters, none included; `\*` and `\\` are the
 * characters themselves. Matching takes each part where it first fits, so its time is bounded by
 * length times parts and AWS's "Rule is too complex" is not needed. Throws {@link InvalidPattern}.
 */
export function compileWildcard(text: string): (value: string) => boolean {
  const parts = partsOf(text);
  const first = parts[0]!;
  if (parts.length === 1) return (value) => value === first;
  const last = parts.at(-1)!;
  const middle = parts.slice(1, -1);
  return (value) => {
    if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
    const end = value.length - last.length;
    let from = first.length;
    for (const part of middle) {
      const at = value.indexOf(part, from);
      if (at === -1) return false;
      from = at + part.length;
    }
    return from <= end;
  };
}

/** What stands between the wildcards. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]!;
    const next = text[index + 1];
    // Positions count the quotation mark that event-ruler puts before a text.
    if (character === "*") {
      if (next === "*") throw new InvalidPattern(`Consecutive wildcard characters at pos ${index + 1}`);
      parts.push(part);
      part = "";
    } else if (character === "\\") {
      if (next !== "*" && next !== "\\") throw new InvalidPattern(`Invalid escape character at pos ${index + 1}`);
      part += next;
      index += 1;
    } else {
      part += character;
    }
  }
  return [...parts, part];
}
