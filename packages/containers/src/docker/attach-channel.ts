import { randomBytes } from "node:crypto";
import type { Timers } from "@lambdock/kernel/clock";
import { createDemultiplexer } from "./attached-stream.ts";
import type { ChannelEvents, SupervisorChannel } from "./channel.ts";
import { createMarkFilter } from "./mark-filter.ts";
import { createLineSplitter } from "./supervisor-protocol.ts";

/** A sandbox whose supervisor doesn't answer in this time gets no exact log boundary. */
const MARK_TIMEOUT_MS = 2_000;

/**
 * A channel over the container's attached streams, for engines that can't share a named pipe with
 * us (Docker Desktop, another machine): commands on stdin, status on stdout, output on stderr.
 *
 * `drained` has the supervisor write a mark into the same pipe as the output: once the mark has
 * come back, so has everything written before it. It costs a round trip through the engine.
 */
export function openAttachChannel(stream: NodeJS.ReadWriteStream, events: ChannelEvents, timers: Timers): SupervisorChannel {
  let open = true;
  const waiting = new Map<string, () => void>();
  const marks = createMarkFilter(
    (chunk) => open && events.onOutput(chunk),
    (mark) => waiting.get(mark)?.(),
  );
  const closed = (): void => {
    for (const resume of waiting.values()) resume();
    if (open) events.onClosed();
  };
  stream.on("data", createDemultiplexer({ onStdout: createLineSplitter((line) => open && events.onStatus(line)), onStderr: marks.push }));
  stream.once("end", closed).once("error", closed);
  const write = (line: string): void => {
    if (open) stream.write(`${line}\n`);
  };
  return {
    send: write,
    async drained() {
      if (!open) return;
      const mark = randomBytes(16).toString("hex");
      await new Promise<void>((resolve) => {
        const cancel = timers.after(MARK_TIMEOUT_MS, resolve);
        waiting.set(mark, () => {
          cancel();
          resolve();
        });
        marks.expect(mark);
        write(`mark ${mark}`);
      });
      waiting.delete(mark);
      marks.forget(mark);
    },
    close() {
      open = false;
      for (const resume of waiting.values()) resume();
      (stream as unknown as { destroy(): void }).destroy();
    },
  };
}
