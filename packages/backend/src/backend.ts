/** A child service as it is reached: each request starts it if need be, and is passed on to it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { ChildProcess } from "./child-process.ts";
import type { ChildService } from "./child-service.ts";
import { collectBody } from "./body.ts";
import { sendFailure } from "./failure.ts";
import { createForwarder, type Exchange } from "./forward.ts";

/** What the front door knows of a request. */
export interface BackendContext {
  readonly requestId: string;
  /** Checks the signature, which covers the body; rejects with an AwsError. Absent: anybody may call. */
  readonly verify?: (body: Buffer) => Promise<void>;
}

/** Answers one request, body unread; never rejects. */
export type BackendHandler = (request: IncomingMessage, response: ServerResponse, context: BackendContext) => Promise<void>;

/** Passes one exchange on to the child, perhaps with something before or after. */
export type Through = (exchange: Exchange, child: ChildProcess, pass: (exchange: Exchange) => Promise<void>) => Promise<void>;

/** Milliseconds within which a process whose connections broke has ended, if that was why. */
const ENDING_MS = 250;

export interface Backend {
  readonly handle: BackendHandler;
  stop(deadlineMs: number): Promise<void>;
}

/** Serves a child service; `through` is what a service adds to the passing on. */
export function createBackend(child: ChildService, through: Through = (exchange, _child, pass) => pass(exchange)): Backend {
  const forwarder = createForwarder();
  return {
    async handle(request, response, { requestId, verify }) {
      try {
        const exchange = { request, response, ...(verify === undefined ? {} : { body: await verified(request, verify) }) };
        const process = await child.running();
        const destination = { url: process.url, cure: "Try again: the next request starts it." };
        await through(exchange, process, (each) => forwarder.forward(each, destination)).catch(async (error: unknown) => {
          await fate(process);
          throw error;
        });
      } catch (error) {
        sendFailure({ request, response }, requestId, error instanceof Error ? error : new Error(String(error)));
      }
    },
    async stop(deadlineMs) {
      // First: a server that ends waits for connections that are open.
      forwarder.close();
      await child.stop(deadlineMs);
    },
  };
}

/** Resolves when the process is known to have ended, or seems to live on: its connections close a moment before it is gone. */
async function fate({ ended }: ChildProcess): Promise<void> {
  const waiting = new AbortController();
  const patience = pause(ENDING_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([ended, patience]);
  waiting.abort();
}

/** The body, once its signature has been found valid. */
export async function verified(request: IncomingMessage, verify: NonNullable<BackendContext["verify"]>): Promise<Buffer> {
  const body = await collectBody(request);
  await verify(body);
  return body;
}
