/**
 * Configuration is a table of environment variables with defaults, parsed once at start. A
 * rejection names the variable, its value and what was expected.
 */

/** One environment variable: its meaning, default and parser. */
export interface Setting<T> {
  readonly variable: string;
  readonly meaning: string;
  /** Text used when the variable is unset or empty. */
  readonly fallback: string;
  readonly expected: string;
  /** `undefined` rejects the text. */
  readonly parse: (text: string) => T | undefined;
}

/** Thrown once with every rejection, a line each. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

type Values<Table> = { readonly [Name in keyof Table]: Table[Name] extends Setting<infer T> ? T : never };

/** Reads every setting of the table; throws one {@link ConfigurationError} that lists all rejections. */
export function readConfig<Table extends Readonly<Record<string, Setting<unknown>>>>(
  table: Table,
  env: Readonly<Record<string, string | undefined>>,
): Values<Table> {
  const values: Record<string, unknown> = {};
  const rejections: string[] = [];
  for (const [name, setting] of Object.entries(table)) {
    const given = env[setting.variable];
    const text = given === undefined || given === "" ? setting.fallback : given;
    const value = setting.parse(text);
    if (value === undefined) rejections.push(`${setting.variable}=${JSON.stringify(text)}: expected ${setting.expected}`);
    values[name] = value;
  }
  if (rejections.length > 0) throw new ConfigurationError(rejections.join("\n"));
  return Object.freeze(values) as Values<Table>;
}

/** Any text. */
export function text(variable: string, fallback: string, meaning: string): Setting<string> {
  return { variable, fallback, meaning, expected: "text", parse: (value) => value };
}

/** A whole number within bounds. */
export function integer(
  variable: string,
  fallback: number,
  bounds: { readonly min: number; readonly max: number },
  meaning: string,
): Setting<number> {
  return {
    variable,
    fallback: String(fallback),
    meaning,
    expected: `a whole number from ${bounds.min} to ${bounds.max}`,
    parse: (value) => {
      const number = Number(value);
      return /^\d+$/.test(value) && number >= bounds.min && number <= bounds.max ? number : undefined;
    },
  };
}

/** A factor of at least 1. */
export function factor(variable: string, fallback: number, meaning: string): Setting<number> {
  return {
    variable,
    fallback: String(fallback),
    meaning,
    expected: "a number of 1 or more",
    parse: (value) => (/^\d+(\.\d+)?$/.test(value) && Number(value) >= 1 ? Number(value) : undefined),
  };
}

/** `true` or `false` (also `1`, `0`, `yes`, `no`). */
export function flag(variable: string, fallback: boolean, meaning: string): Setting<boolean> {
  const words: Readonly<Record<string, boolean>> = { true: true, "1": true, yes: true, false: false, "0": false, no: false };
  return { variable, fallback: String(fallback), meaning, expected: "true or false", parse: (value) => words[value.toLowerCase()] };
}

/** One of a few words. */
export function oneOf<const Word extends string>(variable: string, fallback: Word, words: readonly Word[], meaning: string): Setting<Word> {
  return { variable, fallback, meaning, expected: `one of ${words.join(", ")}`, parse: (value) => words.find((word) => word === value) };
}
