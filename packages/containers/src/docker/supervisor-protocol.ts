/** The supervisor's line protocol; `runtimes/supervisor.sh` is the other end. */

export type SupervisorCommand = "start" | "kill" | "sample";

export type SupervisorStatus =
  | { readonly kind: "up" }
  | { readonly kind: "exit"; readonly status: number; readonly oomKills: number }
  | { readonly kind: "killed" }
  | { readonly kind: "memory"; readonly bytes: number };

/** Longest status line; anything longer was not written by the supervisor. */
const LINE_BYTES_MAX = 256;

/** Reads one status line; `undefined` for what is none, since the function's own processes can write there too. */
export function parseStatus(line: string): SupervisorStatus | undefined {
  const [kind, first, second] = line.split(" ");
  switch (kind) {
    case "up":
    case "killed":
      return { kind };
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
