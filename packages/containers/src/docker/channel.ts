import type { SupervisorCommand } from "./supervisor-protocol.ts";

/** What a channel tells about the sandbox at its other end. */
export interface ChannelEvents {
  /** The chunk is the receiver's to keep. */
  onOutput(chunk: Uint8Array, origin?: "extension"): void;
  onStatus(line: string): void;
  /** The supervisor is gone, or nothing can be heard of it any more. Called at most once, never after `close`. */
  onClosed(): void;
}

/** The executor's line to a supervisor: commands in, status and the runtime's output out. */
export interface SupervisorChannel {
  /** Never throws; a supervisor that can't be reached shows as `onClosed`. */
  send(command: SupervisorCommand): void;
  /** Resolves once all output that was written before the call has gone to `onOutput`. */
  drained(): Promise<void>;
  close(): void;
}
