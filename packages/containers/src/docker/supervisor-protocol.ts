/** The supervisor's line protocol; `runtimes/supervisor.sh` is the other end. */

import type { ExtensionExit } from "../port.ts";

export type SupervisorCommand = "start" | "extensions" | "kill" | "sample" | `signal ${"TERM" | "KILL"} ${number}`;

export type SupervisorStatus =
  | { readonly kind: "up" }
  | { readonly kind: "exit"; readonly status: number; readonly oomKills: number }
  /** The runtime process was started. */
  | { readonly kind: "runtime"; readonly pid: number }
  /** One that was found, before `up`. */
  | { readonly kind: "extension"; readonly name: string }
  | { readonly kind: "extension-exit"; readonly exit: ExtensionExit }
  | { readonly kind: "killed" }
  | { readonly kind: "memory"; readonly bytes: number };

/** Longest status line, with a file name of 255 bytes; anything longer was not written by the supervisor. */
const LINE_BYTES_MAX = 512;
/** Why an extension could not be started. */
const LAUNCH_ERRORS: Readonly<Record<string, Required<ExtensionExit>["launchError"]>> = {
  permission: "permission denied",
  format: "exec format error",
  missing: "no such file or directory",
};
const NOT_STARTED = 127;

/** Reads one status line; `undefined` for what is none, since the function's own processes can write there too. */
export function parseStatus(line: string): SupervisorStatus | undefined {
  const [kind, first, second] = line.split(" ");
  /** A name may have spaces. */
  const nameAfter = (words: number): string => Buffer.from(line.split(" ").slice(words).join(" "), "latin1").toString();
  switch (kind) {
    case "up":
    case "killed":
      return { kind };
    case "extension":
      return { kind, name: nameAfter(1) };
    case "extension-exit": {
      const status = Number(first);
      return Number.isInteger(status) ? { kind, exit: { name: nameAfter(2), status } } : undefined;
    }
    case "extension-fault": {
      const launchError = LAUNCH_ERRORS[first ?? ""];
      return launchError === undefined
        ? undefined
        : { kind: "extension-exit", exit: { name: nameAfter(2), status: NOT_STARTED, launchError } };
    }
    case "runtime": {
      const pid = Number(first);
      return Number.isInteger(pid) && pid > 1 ? { kind, pid } : undefined;
    }
    case "exit": {
      const status = Number(first);
      const oomKills = Number(second);
      return Number.isInteger(status) && Number.isInteger(oomKills) ? { kind, status, oomKills } : undefined;
    }
    case "memory": {
      const bytes = Number(first);
      return Number.isInteger(bytes) ? { kind, bytes } : undefined;
    }
    default:
      return undefined;
  }
}

/** Cuts chunks into lines; overlong ones are dropped. */
export function createLineSplitter(onLine: (line: string) => void): (chunk: Uint8Array) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LINE_BYTES_MAX) rest = "";
    for (const line of lines) if (line.length <= LINE_BYTES_MAX) onLine(line);
  };
}
