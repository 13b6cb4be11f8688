import { createHash } from "node:crypto";
import { unlinkSync } from "node:fs";
import { mkdir, realpath } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Another process has it: the message is one sentence with the cure. */
export class DataDirectoryInUse extends Error {
  override readonly name = "DataDirectoryInUse";
}

/**
 * Makes the data directory and claims it for this process: two Lambdocks in one directory would
 * write into each other's Redis files. The claim is a listening socket, so it ends with the process
 * however that ends. It lives in the temporary directory because socket paths must be short.
 * Rejects with {@link DataDirectoryInUse}. The returned function gives the directory up.
 */
export async function lockDataDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const name = `lambdock-${createHash("sha256")
    .update(await realpath(directory))
    .digest("hex")
    .slice(0, 16)}`;
  const path = process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
  const server = (await claim(path)) ?? (await reclaim(path));
  if (server === undefined) {
    throw new DataDirectoryInUse(
      `Another Lambdock is running with the data directory ${directory}: stop it, or set LAMBDOCK_DATA_DIR to another one.`,
    );
  }
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** Listens on the path; `undefined` when it exists. */
function claim(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end());
    server.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen(path, () => resolve(server.unref()));
  });
}

/** Takes over from a process that was killed: its socket is there but nobody answers. */
async function reclaim(path: string): Promise<Server | undefined> {
  const alive = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
  if (alive) return undefined;
  unlinkSync(path);
  return await claim(path);
}
