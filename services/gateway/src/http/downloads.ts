import type { IncomingMessage, ServerResponse } from "node:http";

/** Serves the bytes behind `Code.Location` and `Content.Location`. The control plane makes the links and knows what they mean. */
export interface Downloads {
  /** First part of every link's path, such as `/_lambdock/code`. */
  readonly prefix: string;
  /** Answers a request whose path begins with the prefix, whatever its state: valid, expired or forged. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}
