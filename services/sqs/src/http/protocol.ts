import type { IncomingMessage } from "node:http";
import type { Input } from "../input.ts";
import type { SqsError } from "../sqs-error.ts";

/** What a request asks for. */
export interface ActionCall {
  readonly action: string;
  readonly input: Input;
}

/** An answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One of the two ways in which SQS is spoken. */
export interface Protocol {
  /** Throws {@link SqsError}. */
  decode(request: IncomingMessage, body: Buffer): ActionCall;
  encode(action: string, output: object, requestId: string): Answer;
  encodeError(error: SqsError, requestId: string): Answer;
}
