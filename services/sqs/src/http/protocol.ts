import type { IncomingMessage } from "node:http";
import type { Input } from "../input.ts";

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

/** What an error says: an SqsError, or one of AWS's front end. */
export interface WireError {
  readonly status: number;
  /** The code of the Query protocol. */
  readonly code: string;
  /** `__type` of the JSON protocol. */
  readonly shapeId: string;
  readonly senderFault: boolean;
  readonly message: string;
}

/** One of the two ways in which SQS is spoken. */
export interface Protocol {
  /** Throws SqsError. */
  decode(request: IncomingMessage, body: Buffer): ActionCall;
  encode(action: string, output: object, requestId: string): Answer;
  encodeError(error: WireError, requestId: string): Answer;
}
