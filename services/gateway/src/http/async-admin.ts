/**
 * Lambdock's own API for people and for the console: look at the queues of asynchronous events,
 * redrive dead ones, purge. Not AWS's: it is under `/_lambdock/async`.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /_lambdock/async` | `{queues}`: counts by state and the oldest waiting event's age, by function |
 * | `GET …/async/<account>/<region>/<function>/events?state=dead&from=0&count=50` | `{events}` |
 * | `POST …/async/<account>/<region>/<function>/redrive` with `{"requestIds": […]}` or nothing | `{redriven}` |
 * | `DELETE …/async/<account>/<region>/<function>/events?state=dead` | `{purged}` |
 */
import { json, Router, type Request, type Response } from "express";
import type { EventAdmin, EventState } from "@lambdock/queue/event-admin";
import type { FunctionId } from "@lambdock/model/arn";

const STATES = ["waiting", "running", "retrying", "dead"] as const satisfies readonly EventState[];
const COUNT_DEFAULT = 50;
const COUNT_MAX = 1_000;

/** The router; mount it at `/_lambdock/async`. */
export function createAsyncAdmin(admin: EventAdmin): Router {
  const router = Router();
  router.use(refuseOtherSites, json());
  router.get("/", async (_request, response) => void response.json({ queues: await admin.summaries() }));
  router.get("/:account/:region/:name/events", async (request, response) => {
    const state = stateOf(request, response);
    if (state === undefined) return;
    const query = queryOf(request);
    const from = whole(query.get("from"), 0);
    const count = Math.min(COUNT_MAX, whole(query.get("count"), COUNT_DEFAULT));
    response.json({ events: await admin.list(idOf(request), state, { from, count }) });
  });
  router.post("/:account/:region/:name/redrive", async (request, response) => {
    const { requestIds } = (request.body ?? {}) as { readonly requestIds?: unknown };
    if (requestIds !== undefined && !(Array.isArray(requestIds) && requestIds.every((id) => typeof id === "string"))) {
      response.status(400).json({ message: "requestIds must be a list of request ids." });
      return;
    }
    response.json({ redriven: await admin.redrive(idOf(request), requestIds) });
  });
  router.delete("/:account/:region/:name/events", async (request, response) => {
    const state = stateOf(request, response);
    if (state === undefined) return;
    if (state === "running") {
      response.status(400).json({ message: "Running events can't be purged: they end by themselves." });
      return;
    }
    response.json({ purged: await admin.purge(idOf(request), state) });
  });
  return router;
}

/** A page of another site in the user's browser must not reach this. */
function refuseOtherSites(request: Request, response: Response, next: () => void): void {
  const { origin, host } = request.headers;
  if (origin === undefined || origin === `${request.protocol}://${host ?? ""}`) next();
  else response.status(403).json({ message: "Requests from other sites are refused." });
}

function stateOf(request: Request, response: Response): EventState | undefined {
  const given = queryOf(request).get("state");
  const state = STATES.find((name) => name === given);
  if (state === undefined) response.status(400).json({ message: `state must be one of ${STATES.join(", ")}.` });
  return state;
}

function queryOf(request: Request): URLSearchParams {
  return new URL(request.url, "http://localhost").searchParams;
}

function whole(text: string | null, fallback: number): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : fallback;
}

function idOf(request: Request): FunctionId {
  const { account = "", region = "", name = "" } = request.params as Record<string, string>;
  return { accountId: account, region, name };
}
