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
 *
 * What it does not understand it refuses with `{message}` and does nothing: half-read requests
 * would redrive or purge more than was meant.
 */
import { json, Router, type NextFunction, type Request, type Response } from "express";
import type { EventAdmin, EventState } from "@lambdock/queue/event-admin";
import type { FunctionId } from "@lambdock/model/arn";

const STATES = ["waiting", "running", "retrying", "dead"] as const satisfies readonly EventState[];
const COUNT_DEFAULT = 50;
const COUNT_MAX = 1_000;
/** Room for the request ids of all the dead events that a function can have. */
const BODY_MAX = "1mb";
const ACCOUNT = /^\d{12}$/;
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d$/;
const NAME = /^[A-Za-z0-9_-]{1,140}$/;

/** Somebody asked for what can't be; the message says why. */
class Refused extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** The router; mount it at `/_lambdock/async`. */
export function createAsyncAdmin(admin: EventAdmin): Router {
  const router = Router();
  // Whatever its type is said to be: curl says form data.
  router.use(refuseOtherSites, json({ type: () => true, limit: BODY_MAX }));
  router.get("/", async (_request, response) => void response.json({ queues: await admin.summaries() }));
  router.get("/:account/:region/:name/events", async (request, response) => {
    const [id, state, query] = [idOf(request), stateOf(request), queryOf(request)];
    const page = { from: whole(query, "from", 0), count: Math.min(COUNT_MAX, whole(query, "count", COUNT_DEFAULT)) };
    response.json({ events: await admin.list(id, state, page) });
  });
  router.post("/:account/:region/:name/redrive", async (request, response) => {
    response.json({ redriven: await admin.redrive(idOf(request), requestIdsOf(request)) });
  });
  router.delete("/:account/:region/:name/events", async (request, response) => {
    const [id, state] = [idOf(request), stateOf(request)];
    if (state === "running") throw new Refused("Running events can't be purged: they end by themselves.");
    response.json({ purged: await admin.purge(id, state) });
  });
  router.use(() => {
    throw new Refused("The asynchronous queues' API has no such request.", 404);
  });
  router.use(answerRefusal);
  return router;
}

/** A page of another site in the user's browser must not reach this. */
function refuseOtherSites(request: Request, _response: Response, next: NextFunction): void {
  const { origin, host } = request.headers;
  if (origin !== undefined && origin !== `${request.protocol}://${host ?? ""}`)
    throw new Refused("Requests from other sites are refused.", 403);
  next();
}

/** Our own refusals, and express's of bodies and paths that it can't read. */
function answerRefusal(
  error: { readonly status?: number; readonly message: string },
  _request: Request,
  response: Response,
  next: NextFunction,
): void {
  const { status = 500, message } = error;
  if (status < 500) response.status(status).json({ message });
  else next(error);
}

/** Those named, or `undefined` for all. */
function requestIdsOf(request: Request): readonly string[] | undefined {
  const body: unknown = request.body ?? {};
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Refused("The body must be an object.");
  const unknown = Object.keys(body).find((name) => name !== "requestIds");
  if (unknown !== undefined) throw new Refused(`The body has requestIds or nothing, not ${unknown}.`);
  const { requestIds } = body as { readonly requestIds?: unknown };
  if (requestIds === undefined) return undefined;
  if (Array.isArray(requestIds) && requestIds.every((id) => typeof id === "string")) return requestIds;
  throw new Refused("requestIds must be a list of request ids.");
}

function stateOf(request: Request): EventState {
  const given = queryOf(request).get("state");
  const state = STATES.find((name) => name === given);
  if (state === undefined) throw new Refused(`state must be one of ${STATES.join(", ")}.`);
  return state;
}

function queryOf(request: Request): URLSearchParams {
  return new URL(request.url, "http://localhost").searchParams;
}

function whole(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Refused(`${name} must be a whole number.`);
  return Number(text);
}

function idOf(request: Request): FunctionId {
  const { account = "", region = "", name = "" } = request.params as Record<string, string>;
  if (!ACCOUNT.test(account) || !REGION.test(region) || !NAME.test(name))
    throw new Refused("A queue is named by account, region and function: /_lambdock/async/000000000000/us-east-1/my-function/...");
  return { accountId: account, region, name };
}
