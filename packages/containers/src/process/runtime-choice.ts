import { createHash } from "node:crypto";
import { SandboxUnavailable } from "../port.ts";
import type { PreparedRuntime } from "../port.ts";
import { findNodes, findPythons, probeInterpreter } from "./interpreters.ts";
import type { Interpreter, InterpreterSearch } from "./interpreters.ts";
import type { ProcessDriverOptions } from "./process-driver-options.ts";
import { parseRuntimeName } from "./runtime-family.ts";

const INVALID_RUNTIME = "InvalidRuntime";
/** Separates the runtime's name from its interpreter in a reference. */
const SEPARATOR = " ";

/** Chooses the interpreter of a managed runtime; a version that differs is used with a warning. */
export async function chooseRuntime(runtime: string, options: ProcessDriverOptions): Promise<PreparedRuntime> {
  const family = parseRuntimeName(runtime);
  if (family === undefined) {
    throw new SandboxUnavailable(
      `Runtime ${runtime} can't run as a child process: start Docker, or use a nodejs*, python3.* or provided.* runtime.`,
      INVALID_RUNTIME,
    );
  }
  if (family.kind === "provided") return prepared(runtime, { path: "", version: "1.0.0" }, options);
  const wanted = family.kind === "nodejs" ? `${family.major}.` : `3.${family.minor}.`;
  const found = await candidates(runtime, options);
  const chosen = found.find(({ version }) => version.startsWith(wanted)) ?? found[0];
  if (chosen === undefined) {
    throw new SandboxUnavailable(
      `Runtime ${runtime} needs python3 on PATH, and none runs: install python3.${wanted.slice(2, -1)}, or start Docker.`,
      INVALID_RUNTIME,
    );
  }
  if (!chosen.version.startsWith(wanted)) {
    options.logger.warn(
      `${runtime} runs on version ${chosen.version} in child processes: install ${family.kind} ${wanted.slice(0, -1)} or start Docker for the version of AWS`,
      { program: chosen.path },
    );
  }
  return prepared(runtime, chosen, options);
}

/** The runtime's name and interpreter behind a reference. */
export function parseReference(reference: string): { readonly runtime: string; readonly interpreter: string } {
  const at = reference.indexOf(SEPARATOR);
  return { runtime: reference.slice(0, at), interpreter: reference.slice(at + 1) };
}

async function candidates(runtime: string, options: ProcessDriverOptions): Promise<readonly Interpreter[]> {
  const family = parseRuntimeName(runtime);
  const search: InterpreterSearch = { searchPath: options.searchPath, ownNode: { path: process.execPath, version: process.versions.node } };
  const configured = options.interpreters[runtime];
  if (family?.kind === "nodejs") return configured === undefined ? findNodes(search) : [await configuredInterpreter("nodejs", configured)];
  if (family?.kind === "python")
    return configured === undefined ? findPythons(search, family.minor) : [await configuredInterpreter("python", configured)];
  return [];
}

async function configuredInterpreter(kind: "nodejs" | "python", program: string): Promise<Interpreter> {
  const found = await probeInterpreter(kind, program);
  if (found === undefined)
    throw new SandboxUnavailable(`The configured interpreter ${program} does not run: correct the setting, or remove it.`, INVALID_RUNTIME);
  return found;
}

function prepared(runtime: string, interpreter: Interpreter, options: ProcessDriverOptions): PreparedRuntime {
  const runtimeVersion = versionName(runtime, interpreter.version);
  const hash = createHash("sha256").update(`${runtimeVersion}${SEPARATOR}${interpreter.path}`).digest("hex");
  return {
    reference: `${runtime}${SEPARATOR}${interpreter.path}`,
    waitsAtGate: parseRuntimeName(runtime)?.kind !== "provided",
    runtimeVersion,
    runtimeVersionArn: `arn:aws:lambda:${options.region}::runtime:${hash}`,
  };
}

/** `nodejs:24.v11` for Node.js 24.11.1, in the form of AWS's INIT_START lines. */
function versionName(runtime: string, version: string): string {
  const [major, minor, patch] = version.split(".");
  if (runtime.startsWith("nodejs")) return `nodejs:${major}.v${minor}`;
  if (runtime.startsWith("python")) return `python:${major}.${minor}.v${patch}`;
  return `${runtime.replace(".", ":")}.v${major}`;
}
