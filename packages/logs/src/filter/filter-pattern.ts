import { invalidParameter } from "../logs-error.ts";
import { parseFieldsPattern } from "./fields-pattern.ts";
import { parseJsonPattern } from "./json-pattern.ts";
import { parseTermsPattern } from "./terms-pattern.ts";

/**
 * Filter patterns of CloudWatch Logs. PURE.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 *
 * `ERROR "exact phrase" -exclude`, `?any ?of`, `{ $.level = "ERROR" && $.ms > 100 }`,
 * `[ip, user, status = 4*, ..., bytes > 1000]`. Everything is case-sensitive.
 * Where we differ: regular expressions (`%...%`) are refused, and a term is found inside words too.
 */

/** Tells whether a log event's message matches. */
export type Matcher = (message: string) => boolean;

/** Throws InvalidParameterException for a pattern that is none. */
export function parseFilterPattern(pattern: string): Matcher {
  const text = pattern.trim();
  if (text === "") return () => true;
  if (text.includes("%") && /(^|[\s=!(?-])%[^%]*%/.test(withoutQuotes(text)))
    throw invalidParameter("Lambdock does not support regular expressions (%...%) in filter patterns.");
  if (text.startsWith("{")) return parseJsonPattern(text);
  if (text.startsWith("[")) return parseFieldsPattern(text);
  return parseTermsPattern(text);
}

function withoutQuotes(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
}
