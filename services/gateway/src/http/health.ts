import type { RequestHandler } from "express";
import { newRequestId, send } from "./respond.ts";

/** Whether a part can work; otherwise one sentence with the cure. */
export type Health = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** What the gateway needs to work. */
export interface HealthChecks {
  readonly executor: () => Promise<Health>;
  readonly redis: () => Promise<Health>;
}

/** `GET /_lambdock/health`: 200, or 503 with the sentences of what is wrong. */
export function createHealthRoute(checks: HealthChecks): RequestHandler {
  return async (_request, response) => {
    const [executor, redis] = await Promise.all([checks.executor(), checks.redis()]);
    const messages = [executor, redis].flatMap((health) => (health.ok ? [] : [health.message]));
    const body = {
      status: messages.length === 0 ? "ok" : "unavailable",
      ...(messages.length === 0 ? {} : { message: messages.join(" ") }),
      executor,
      redis,
    };
    send(response, newRequestId(), {
      status: messages.length === 0 ? 200 : 503,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  };
}
