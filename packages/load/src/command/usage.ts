import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { EndpointError } from "../run/lambda-api.ts";
import { nearest, ScenarioError } from "../scenario/scenario-error.ts";

/** A command line that can't be followed; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Options and what else was given; throws UsageError. */
export function readArguments<Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const unknown = /'(-[^']*?)'/.exec(error instanceof Error ? error.message : "")?.[1];
    if (unknown === undefined) throw new UsageError(error instanceof Error ? error.message : String(error));
    const known = Object.keys(options).map((name) => `--${name}`);
    const meant = nearest(unknown, known);
    throw new UsageError(
      `${unknown} can't be used like that; ${meant === undefined || meant === unknown ? `options: ${known.join(", ")}` : `did you mean ${meant}?`}`,
    );
  }
}

/** A seed; throws UsageError. */
export function seedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > 4_294_967_295) throw new UsageError(`--seed must be a whole number from 0 to 4294967295, not ${text}.`);
  return seed;
}

/** Runs a command; what it throws that is the user's to mend is one sentence and status 2, the rest is a bug. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ScenarioError || error instanceof EndpointError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
