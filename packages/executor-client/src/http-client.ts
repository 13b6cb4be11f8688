/**
 * The executor over HTTP: many keep-alive connections, no time limit of its own (a function may run
 * for 15 minutes), specifications and reservations sent only to an executor that asks for them.
 */
import type { FunctionSpec } from "@lambdock/model/function-spec";
import type { InvokeOutcome, InvokeRequest } from "@lambdock/model/invocation";
import type { ProvisionedAllocation, ReservationTable } from "@lambdock/model/reserved-concurrency";
import type { ExchangeRequest } from "./connection.ts";
import { ConnectionPool } from "./connection-pool.ts";
import type { Executor, PrepareResult } from "./port.ts";
import {
  decodeOutcome,
  encodeInvokeHead,
  parseJson,
  paths,
  RESERVATIONS_UNKNOWN_STATUS,
  SPEC_UNKNOWN_STATUS,
  specKey,
  type OutcomeResponse,
  type RetireCommand,
} from "./protocol.ts";

/** The executor does not answer, or not as an executor would: one sentence with the cure. */
export class ExecutorUnavailable extends Error {
  override readonly name = "ExecutorUnavailable";
}

/** An {@link Executor} elsewhere. `close` lets running calls finish. */
export interface HttpExecutor extends Executor {
  close(): Promise<void>;
}

/** The reservations, as they are stored now. */
export type ReservationSource = () => Promise<ReservationTable>;

const HEALTH_TIMEOUT_MS = 3_000;
/** An executor that has just started asks for the reservations, then for the specification. */
const QUESTIONS_MAX = 2;
const NOTHING = new Uint8Array();

/**
 * The executor at an origin such as `http://executor:9002`. Connects when first called. Without a
 * source of reservations it can only call an executor that somebody else has told them.
 */
export function createHttpExecutor(origin: string, reservations?: ReservationSource): HttpExecutor {
  const remote = new Remote(origin, reservations);
  return {
    prepare: async (spec) => {
      try {
        return parseJson(await remote.json("POST", paths.prepare, spec)) as unknown as PrepareResult;
      } catch (error) {
        return { kind: "failed", reasonCode: "InternalError", reason: remote.explain(error).message };
      }
    },
    invoke: async (request) => {
      try {
        return await invoke(remote, request);
      } catch (error) {
        return { kind: "unavailable", message: remote.explain(error).message };
      }
    },
    retire: async (functionArn, version, keepRevision) => {
      const command: RetireCommand = { functionArn, version, ...(keepRevision === undefined ? {} : { keepRevision }) };
      await remote.json("POST", paths.retire, command).catch((error: unknown) => {
        throw remote.explain(error);
      });
    },
    reserve: (table) =>
      remote.reserve(table).catch((error: unknown) => {
        throw remote.explain(error);
      }),
    allocations: async () => {
      try {
        return parseJson(await remote.allocations())["allocations"] as readonly ProvisionedAllocation[];
      } catch (error) {
        throw remote.explain(error);
      }
    },
    health: async () => {
      try {
        return parseJson(await remote.health()) as unknown as Awaited<ReturnType<Executor["health"]>>;
      } catch (error) {
        return { ok: false, message: remote.explain(error).message };
      }
    },
    close: () => remote.close(),
  };
}

async function invoke(remote: Remote, request: InvokeRequest): Promise<InvokeOutcome> {
  const headers = encodeInvokeHead(request);
  let response = await remote.send({ method: "POST", path: paths.invoke, headers, body: request.payload });
  for (let questions = 0; questions < QUESTIONS_MAX; questions += 1) {
    const { status } = response;
    if (status !== SPEC_UNKNOWN_STATUS && status !== RESERVATIONS_UNKNOWN_STATUS) break;
    await response.buffered();
    await (status === SPEC_UNKNOWN_STATUS ? remote.introduce(request.spec) : remote.tellReservations());
    response = await remote.send({ method: "POST", path: paths.invoke, headers, body: request.payload });
  }
  return decodeOutcome(response);
}

/** The connection pool and what has been sent over it. */
class Remote {
  readonly #origin: string;
  readonly #pool: ConnectionPool;
  /** Specifications on their way: callers that need the same one wait for one PUT. */
  readonly #introductions = new Map<string, Promise<void>>();
  readonly #reservations: ReservationSource | undefined;
  /** The telling of the reservations that is under way. */
  #telling: Promise<void> | undefined;

  constructor(origin: string, reservations: ReservationSource | undefined) {
    this.#origin = origin;
    this.#reservations = reservations;
    const { hostname, port } = new URL(origin);
    // URL brackets IPv6 addresses and leaves out port 80.
    this.#pool = new ConnectionPool({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port === "" ? 80 : port) });
  }

  send(request: ExchangeRequest): Promise<OutcomeResponse> {
    return this.#pool.send(request);
  }

  async json(method: "POST" | "PUT", path: string, value: object): Promise<Uint8Array> {
    const response = await this.send({
      method,
      path,
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(value)),
    });
    return this.#succeeded(response);
  }

  async health(): Promise<Uint8Array> {
    const late = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error(`no answer within ${HEALTH_TIMEOUT_MS / 1_000} seconds`)), HEALTH_TIMEOUT_MS).unref();
    });
    const response = await Promise.race([this.send({ method: "GET", path: paths.health, headers: {}, body: NOTHING }), late]);
    return response.status === 503 ? response.buffered() : this.#succeeded(response);
  }

  async allocations(): Promise<Uint8Array> {
    const ask = (): Promise<OutcomeResponse> => this.send({ method: "GET", path: paths.allocations, headers: {}, body: NOTHING });
    const response = await ask();
    if (response.status !== RESERVATIONS_UNKNOWN_STATUS) return this.#succeeded(response);
    await response.buffered();
    await this.tellReservations();
    return this.#succeeded(await ask());
  }

  introduce(spec: FunctionSpec): Promise<void> {
    const key = specKey(spec);
    const underWay = this.#introductions.get(key);
    if (underWay !== undefined) return underWay;
    const introduction = this.json("PUT", paths.specs, spec)
      .then(() => undefined)
      .finally(() => this.#introductions.delete(key));
    this.#introductions.set(key, introduction);
    return introduction;
  }

  async reserve(table: ReservationTable): Promise<void> {
    await this.json("PUT", paths.reservations, table);
  }

  tellReservations(): Promise<void> {
    this.#telling ??= this.#readReservations()
      .then((table) => this.reserve(table))
      .finally(() => (this.#telling = undefined));
    return this.#telling;
  }

  async #readReservations(): Promise<ReservationTable> {
    try {
      if (this.#reservations === undefined) throw new Error("this caller does not know it");
      return await this.#reservations();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `The executor at ${this.#origin} has just started and waits for the functions' reserved concurrency, which can't be read (${why}).`;
      throw new ExecutorUnavailable(message, { cause: error });
    }
  }

  /** Any failure of the way to the executor as one sentence with the cure. */
  explain(error: unknown): ExecutorUnavailable {
    if (error instanceof ExecutorUnavailable) return error;
    const { message, code } = error as { readonly message?: string; readonly code?: string };
    const why = message !== undefined && message !== "" ? message : (code ?? String(error));
    return new ExecutorUnavailable(
      `The executor at ${this.#origin} does not answer (${why}): start it, or set LAMBDOCK_EXECUTOR_URL to where it runs.`,
      { cause: error },
    );
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #succeeded(response: OutcomeResponse): Promise<Uint8Array> {
    const body = await response.buffered();
    if (response.status >= 300) throw new Error(`status ${response.status}: ${Buffer.from(body).toString().slice(0, 200)}`);
    return body;
  }
}
