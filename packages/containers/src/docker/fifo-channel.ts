import { closeSync, constants, openSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import type { ChannelEvents, SupervisorChannel } from "./channel.ts";
import { createLineSplitter } from "./supervisor-protocol.ts";

const { O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** One read. Shared by all channels: libuv hands it to a callback before it reads the next pipe. */
const buffer = Buffer.allocUnsafeSlow(65_536);

/**
 * A channel over the named pipes `control`, `status`, `output` and, once extensions are started,
 * `extensions` of a directory, which is mounted into the sandbox. Output comes straight from the kernel, with no engine between.
 *
 * `drained` is exact: what a process wrote before it asked the Runtime API for its next event was in
 * the pipe before that request was in its socket. The event loop learns of both in the same look at
 * the kernel, or of the pipe earlier, and reads all of a pipe before it goes on to `setImmediate`.
 */
export function openFifoChannel(directory: string, events: ChannelEvents): SupervisorChannel {
  let open = true;
  // Write side open too: the supervisor's listener never sees an end of file while we live, and
  // does, and ends the sandbox, when we are killed.
  const control = openSync(join(directory, "control"), O_RDWR | O_NONBLOCK);
  const outputFd = openSync(join(directory, "output"), O_RDWR | O_NONBLOCK);
  const statusFd = openSync(join(directory, "status"), O_RDONLY | O_NONBLOCK);
  const closed = (): void => {
    if (open) events.onClosed();
  };
  const deliver = (chunk: Uint8Array): void => {
    if (open) events.onOutput(Buffer.from(chunk));
  };
  const output = listen(outputFd, deliver);
  const status = listen(
    statusFd,
    createLineSplitter((line) => open && events.onStatus(line)),
  );
  let extensions: Socket | undefined;
  /** Before an extension opens it for writing, which waits for a reader. */
  const hearExtensions = (): void => {
    extensions ??= listen(openSync(join(directory, "extensions"), O_RDWR | O_NONBLOCK), (chunk) => {
      if (open) events.onOutput(Buffer.from(chunk), "extension");
    }).once("error", closed);
  };
  status.once("end", closed).once("error", closed);
  output.once("error", closed);
  return {
    send(command) {
      if (!open) return;
      if (command === "extensions") hearExtensions();
      try {
        writeSync(control, `${command}\n`);
      } catch {
        closed(); // the pipe is full of commands that nobody reads
      }
    },
    drained() {
      return new Promise((resolve) => void setImmediate(resolve));
    },
    close() {
      if (!open) return;
      open = false;
      closeSync(control);
      output.destroy();
      extensions?.destroy();
      status.destroy();
    },
  };
}

function listen(fd: number, onChunk: (chunk: Uint8Array) => void): Socket {
  const callback = (bytes: number, chunk: Uint8Array): boolean => {
    onChunk(chunk.subarray(0, bytes));
    return true;
  };
  return new Socket({ fd, readable: true, writable: false, onread: { buffer, callback } });
}
