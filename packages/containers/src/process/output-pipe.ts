import { closeSync, constants, openSync, readSync } from "node:fs";
import { Socket } from "node:net";

/** The most a pipe can hold, even after a process enlarged it (`/proc/sys/fs/pipe-max-size`). */
const PIPE_BYTES_MAX = 1_048_576;
/** One read. Shared by all pipes: every chunk is copied before the next read. */
const buffer = Buffer.allocUnsafeSlow(65_536);

/** The reading end of a sandbox's named pipe. */
export interface OutputPipe {
  /** Three separate openings for stdout, stderr and telemetry: O_NONBLOCK set on one must not reach the others. */
  openWriters(): readonly [number, number, number];
  /** Hands over everything that was written before the call. */
  drain(): void;
  close(): void;
}

/** Reads the named pipe at `path` until `close`; every chunk is the receiver's to keep. */
export function openOutputPipe(path: string, onOutput: (chunk: Uint8Array) => void): OutputPipe {
  let open = true;
  // Our own write side keeps the pipe from ending when a runtime process does.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const deliver = (bytes: number): void => {
    if (open) onOutput(Buffer.from(buffer.subarray(0, bytes)));
  };
  const callback = (bytes: number): boolean => {
    deliver(bytes);
    return true;
  };
  const socket = new Socket({ fd, readable: true, writable: false, onread: { buffer, callback } });
  socket.on("error", () => undefined); // destroyed below it; nothing is left to read
  return {
    openWriters: () => [openSync(path, constants.O_WRONLY), openSync(path, constants.O_WRONLY), openSync(path, constants.O_WRONLY)],
    drain() {
      // A process that never stops writing must not hold us: beyond a full pipe everything is newer.
      for (let total = 0; open && total < PIPE_BYTES_MAX;) {
        const bytes = readAvailable(fd);
        if (bytes === 0) return;
        deliver(bytes);
        total += bytes;
      }
    },
    close() {
      open = false;
      socket.destroy();
    },
  };
}

/** Closes descriptors that a child process has inherited. */
export function closeAll(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}

function readAvailable(fd: number): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}
