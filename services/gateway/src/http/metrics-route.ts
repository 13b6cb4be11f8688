import type { RequestHandler } from "express";
import { mergeMetrics } from "./metrics-merge.ts";
import type { MetricsSource } from "./metrics-sources.ts";
import { newRequestId, send } from "./respond.ts";

/** `GET /_lambdock/metrics`: all figures as one Prometheus text; a comment names each service that did not answer. */
export function createMetricsRoute(sources: readonly MetricsSource[]): RequestHandler {
  return async (_request, response) => {
    const answers = await Promise.allSettled(sources.map((source) => source.read()));
    const texts = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const silent = answers.flatMap((answer, index) =>
      answer.status === "fulfilled" ? [] : [`# ${sources[index]!.name} does not answer: ${reasonOf(answer.reason)}\n`],
    );
    send(response, newRequestId(), {
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      body: mergeMetrics(texts) + silent.join(""),
    });
  };
}

/** On one line; fetch hides the cause behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  const detail = cause instanceof Error ? `${message} (${cause.message || String((cause as NodeJS.ErrnoException).code)})` : message;
  return detail.replaceAll(/\s+/g, " ");
}
