import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { Interrupted } from "../run/interrupted.ts";
import { EndpointError } from "../run/lambda-api.ts";
import { nearest, ScenarioError } from "../scenario/scenario-error.ts";

/** Where a Lambdock listens unless it is told otherwise. */
export const ENDPOINT = "http://127.0.0.1:4566";

/** A command line that can't be followed; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Options and what else was given; throws UsageError. */
export function readArguments<Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(sentenceOf(error as NodeJS.ErrnoException, Object.keys(options)));
  }
}

/** Of what `parseArgs` throws. */
function sentenceOf({ code, message }: NodeJS.ErrnoException, names: readonly string[]): string {
  const option = /'(?:-\w, )?(--?[^' ]+)/.exec(message)?.[1] ?? "";
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") {
    if (message.includes("does not take")) return `${option} takes no value.`;
    return `${option} needs a value; one that begins with a dash is written ${option}=-….`;
  }
  const known = names.map((name) => `--${name}`);
  const meant = nearest(option, known);
  return `${option} is no option; ${meant === undefined ? `options: ${known.join(", ")}.` : `did you mean ${meant}?`}`;
}

/** `http://127.0.0.1:4566` or its like, without a slash at its end; throws UsageError. */
export function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === "" && url.pathname === "/";
  if (!bare || !["http:", "https:"].includes(url.protocol))
    throw new UsageError(`--endpoint must be http:// or https://, a host and a port, such as ${ENDPOINT}, and is ${text}.`);
  return url.origin;
}

/** A seed; throws UsageError. */
export function seedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > 4_294_967_295) throw new UsageError(`--seed must be a whole number from 0 to 4294967295, not ${text}.`);
  return seed;
}

/** What a shell says of a command that Ctrl-C ended. */
export const INTERRUPTED_STATUS = 130;

/** Runs a command; what it throws that is the user's to mend is one sentence and status 2, the rest is a bug. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    const interrupted = error instanceof Interrupted;
    if (!(interrupted || error instanceof UsageError || error instanceof ScenarioError || error instanceof EndpointError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = interrupted ? INTERRUPTED_STATUS : 2;
  }
}
