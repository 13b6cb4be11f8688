/**
 * The record that destinations receive, version 1.0, with AWS's key order (async.md section 3)
 * [recorded], and what a dead-letter queue receives instead: the event itself with three attributes.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import { RECURSIVE_INVOCATION_MESSAGE } from "@lambdock/model/lineage";
import type { AsyncEvent, Attempt, Condition } from "./async-event.ts";

/** How the event ended, with the last attempt that ran or was refused. */
export interface Ended {
  readonly event: AsyncEvent;
  readonly condition: Condition;
  /** Absent when the event expired before anything was tried. */
  readonly lastAttempt?: Attempt;
  /** Epoch milliseconds. */
  readonly endedAt: number;
}

/** JSON text of the record. */
export function destinationRecord(ended: Ended): string {
  const { event, condition, lastAttempt, endedAt } = ended;
  const ran =
    lastAttempt !== undefined && (lastAttempt.kind === "success" || lastAttempt.kind === "function-error") ? lastAttempt : undefined;
  const members = [
    `"version":"1.0"`,
    `"timestamp":${JSON.stringify(new Date(endedAt).toISOString())}`,
    `"requestContext":${JSON.stringify({ requestId: event.requestId, functionArn: qualifiedArn(event), condition, approximateInvokeCount: event.attempts })}`,
    // Payloads are JSON already: they pass through untouched, however large their numbers.
    `"requestPayload":${event.payload}`,
    ...(ran === undefined
      ? []
      : [`"responseContext":${JSON.stringify(responseContext(ran))}`, `"responsePayload":${jsonOrString(ran.payload)}`]),
  ];
  return `{${members.join(",")}}`;
}

function responseContext(attempt: { readonly kind: "success" | "function-error"; readonly executedVersion: string }): object {
  const context = { statusCode: 200, executedVersion: attempt.executedVersion };
  return attempt.kind === "success" ? context : { ...context, functionError: "Unhandled" };
}

/** A custom runtime may answer text that is no JSON; the record stays a document all the same. */
function jsonOrString(payload: string): string {
  if (payload === "") return "null";
  try {
    JSON.parse(payload);
    return payload;
  } catch {
    return JSON.stringify(payload);
  }
}

/** Always qualified, even when the function was invoked without a qualifier [recorded]. */
export function qualifiedArn(event: Pick<AsyncEvent, "functionArn" | "qualifier">): string {
  return `${event.functionArn}:${event.qualifier}`;
}

/** Attributes of a dead letter; its body is the event's payload, verbatim. */
export interface DeadLetterAttributes {
  readonly RequestID: string;
  /** A number as text: 200 for function errors, 400 for recursive loops, 429 for throttles, 500 for system errors. */
  readonly ErrorCode: string;
  /** The first kilobyte of the error's message. */
  readonly ErrorMessage: string;
}

const ERROR_MESSAGE_CHARACTERS_MAX = 1_024;

/** The attributes that a failed event's dead letter carries [recorded]. */
export function deadLetterAttributes(ended: Ended): DeadLetterAttributes {
  const { code, message } = failure(ended);
  return { RequestID: ended.event.requestId, ErrorCode: code, ErrorMessage: message.slice(0, ERROR_MESSAGE_CHARACTERS_MAX) };
}

function failure({ lastAttempt, condition }: Ended): { readonly code: string; readonly message: string } {
  switch (lastAttempt?.kind) {
    case "function-error":
      return { code: "200", message: errorMessage(lastAttempt.payload) };
    case "throttled":
    case "zero-concurrency":
      return { code: "429", message: "Rate Exceeded." };
    case "recursion":
      return { code: "400", message: RECURSIVE_INVOCATION_MESSAGE };
    case "system-error":
      return { code: "500", message: lastAttempt.message };
    default:
      return { code: "200", message: condition };
  }
}

function errorMessage(payload: string): string {
  try {
    const document: unknown = JSON.parse(payload);
    const message = typeof document === "object" && document !== null && "errorMessage" in document ? document.errorMessage : undefined;
    return typeof message === "string" ? message : payload;
  } catch {
    return payload;
  }
}
