/**
 * The poller: all pollers share the mappings among them, each works those it holds the lease of.
 * Who should work which is computed by all alike (packages/polling, assignment.ts); the lease makes
 * sure that nobody works a mapping that another still works.
 */
import { ownerOf } from "@lambdock/polling/assignment";
import { functionArn } from "@lambdock/model/arn";
import type { EventSourceMapping, SourceKind } from "@lambdock/model/event-source-mapping";
import type { Service } from "@lambdock/kernel/service";
import { subscribeToMappingChanges, type MappingChanges } from "@lambdock/store/event-source-mapping-changes";
import type { MappingStore } from "@lambdock/store/event-source-mappings";
import { createMappingStatusStore, type ReportedStatus } from "@lambdock/store/mapping-statuses";
import { createRecursionConfigStore } from "@lambdock/store/recursion-configs";
import type { RedisClient } from "@lambdock/store/redis";
import { createCheckpointStore } from "./checkpoints.ts";
import type { LeaseToken } from "./leases/lease-token.ts";
import { createLeases, LEASE_MS, TICK_MS } from "./leases/leases.ts";
import { createMappingWorker, type MappingWorker } from "./mapping-worker.ts";
import type { RunMapping, RunnerParts } from "./port.ts";

/** What the poller stands on. */
export interface PollerDependencies extends Pick<
  RunnerParts,
  "executor" | "directory" | "timers" | "logger" | "lifecycle" | "metrics" | "endpoints" | "timeScale"
> {
  readonly redis: RedisClient;
  readonly mappings: Pick<MappingStore, "get" | "listAll" | "setState" | "setResult" | "remove">;
  /** Tells this poller from others; not used again after a restart. */
  readonly pollerId: string;
  /** Milliseconds that batches in flight have when another poller takes a mapping over. */
  readonly handOverMs: number;
}

/** All mappings are read again so often, whatever was heard of changes. */
const REFRESH_MS = 10_000;

/** A mapping that this poller works. */
interface Held {
  readonly token: LeaseToken;
  readonly worker: MappingWorker;
  leaving: boolean;
}

/** Builds the poller; nothing is polled before `start`. */
export function createPoller(deps: PollerDependencies): Service {
  return new Poller(deps);
}

class Poller implements Service {
  readonly #deps: PollerDependencies;
  readonly #leases: ReturnType<typeof createLeases>;
  readonly #statuses: ReturnType<typeof createMappingStatusStore>;
  readonly #recursionConfigs: ReturnType<typeof createRecursionConfigStore>;
  readonly #known = new Map<string, EventSourceMapping>();
  readonly #held = new Map<string, Held>();
  readonly #acquiring = new Set<string>();
  #changes: MappingChanges | undefined;
  #pollers: readonly string[] = [];
  /** Monotonic time until which Redis surely holds our leases. */
  #heldUntil = 0;
  #refreshAt = 0;
  #cancels: (() => void)[] = [];
  #stopping = false;
  #ended = false;

  constructor(deps: PollerDependencies) {
    this.#deps = deps;
    this.#leases = createLeases(deps.redis, deps.pollerId);
    this.#statuses = createMappingStatusStore(deps.redis);
    this.#recursionConfigs = createRecursionConfigStore(deps.redis);
    deps.metrics.observe(() => this.#running());
  }

  async start(): Promise<void> {
    this.#changes = await subscribeToMappingChanges(this.#deps.redis, {
      onChange: (uuid) => void this.#read(uuid),
      onGap: () => (this.#refreshAt = 0),
    });
    await this.#tick();
    this.#every(TICK_MS, () => this.#tick());
    this.#every(TICK_MS / 2, () => this.#watch());
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    this.#changes?.close();
    await this.#leases.leave().catch(() => undefined);
    await Promise.all([...this.#held].map(([uuid, held]) => this.#leave(uuid, held, deadlineMs)));
    this.#ended = true;
    for (const cancel of this.#cancels) cancel();
  }

  /** Repeats, each time after the one before has ended. */
  #every(intervalMs: number, run: () => void | Promise<void>): void {
    const slot = this.#cancels.push(() => undefined) - 1;
    const next = (): void => {
      if (this.#ended) return;
      this.#cancels[slot] = this.#deps.timers.after(intervalMs, () => void Promise.resolve(run()).finally(next));
    };
    next();
  }

  /** Redis away, or slow: leases run out there by themselves, and whoever tries again is told below. */
  async #tick(): Promise<void> {
    try {
      await this.#renew();
      if (this.#stopping) return;
      this.#pollers = await this.#leases.heartbeat();
      await this.#refresh();
      this.#assign();
      await this.#report();
    } catch (error) {
      this.#deps.logger.debug("a turn of the poller failed", { cause: error });
    }
  }

  async #renew(): Promise<void> {
    const asked = this.#deps.timers.monotonic();
    const lost = await this.#leases.renew(new Map([...this.#held].map(([uuid, { token }]) => [uuid, token])));
    this.#heldUntil = asked + LEASE_MS;
    for (const uuid of lost) this.#lose(uuid);
  }

  /** Leases that Redis may have given to another are ours no more, whether Redis answers or not. */
  #watch(): void {
    if (this.#deps.timers.monotonic() < this.#heldUntil) return;
    for (const uuid of [...this.#held.keys()]) this.#lose(uuid);
  }

  async #refresh(): Promise<void> {
    const now = this.#deps.timers.monotonic();
    if (now < this.#refreshAt) return;
    this.#refreshAt = now + REFRESH_MS;
    const mappings = await this.#deps.mappings.listAll();
    const uuids = new Set(mappings.map(({ uuid }) => uuid));
    for (const uuid of [...this.#known.keys()]) if (!uuids.has(uuid)) this.#forget(uuid);
    for (const mapping of mappings) this.#see(mapping);
  }

  async #read(uuid: string): Promise<void> {
    try {
      const mapping = await this.#deps.mappings.get(uuid);
      if (mapping === undefined) this.#forget(uuid);
      else this.#see(mapping);
      if (!this.#stopping) this.#assign([uuid]);
    } catch {
      this.#refreshAt = 0;
    }
  }

  #see(mapping: EventSourceMapping): void {
    const before = this.#known.get(mapping.uuid);
    // Answers may overtake each other.
    if (before !== undefined && before.generation > mapping.generation) return;
    this.#known.set(mapping.uuid, mapping);
    const held = this.#held.get(mapping.uuid);
    if (held?.leaving === false) held.worker.take(mapping);
  }

  #forget(uuid: string): void {
    this.#known.delete(uuid);
    const held = this.#held.get(uuid);
    if (held?.leaving === false) void this.#leave(uuid, held, 0);
  }

  /** Takes what should be ours and lets go what should be another's. */
  #assign(uuids: Iterable<string> = this.#known.keys()): void {
    for (const uuid of uuids) {
      const mapping = this.#known.get(uuid);
      if (mapping === undefined) continue;
      const held = this.#held.get(uuid);
      const ours = ownerOf(uuid, this.#pollers) === this.#deps.pollerId;
      // A mapping that is Disabled has nothing to be done; whoever enables it tells.
      if (ours && held === undefined && !atRest(mapping)) void this.#acquire(mapping);
      if (held?.leaving !== false) continue;
      if (!ours || atRest(mapping)) void this.#leave(uuid, held, this.#deps.handOverMs);
      else if (!settled(mapping)) held.worker.take(mapping);
    }
  }

  async #acquire({ uuid }: EventSourceMapping): Promise<void> {
    if (this.#acquiring.has(uuid)) return;
    this.#acquiring.add(uuid);
    try {
      const asked = this.#deps.timers.monotonic();
      const token = await this.#leases.acquire(uuid);
      const mapping = this.#known.get(uuid);
      if (token === undefined) return;
      if (this.#stopping || mapping === undefined) return await this.#leases.release(uuid, token);
      if (this.#held.size === 0) this.#heldUntil = asked + LEASE_MS;
      this.#work(mapping, token);
    } catch (error) {
      this.#deps.logger.debug("a lease could not be taken", { uuid, cause: error });
    } finally {
      this.#acquiring.delete(uuid);
    }
  }

  #work(mapping: EventSourceMapping, token: LeaseToken): void {
    const { uuid } = mapping;
    const worker = createMappingWorker(mapping, {
      ...this.#deps,
      logger: this.#deps.logger.with({ mapping: uuid }),
      checkpoints: createCheckpointStore(this.#deps.redis),
      recursionConfigs: this.#recursionConfigs,
      lease: token,
      load: () => loadRunner(mapping.source),
      onLeaseLost: () => this.#lose(uuid),
      onRemoved: () => this.#forget(uuid),
    });
    this.#held.set(uuid, { token, worker, leaving: false });
    this.#emit(mapping, "lease-taken");
  }

  #lose(uuid: string): void {
    const held = this.#held.get(uuid);
    if (held === undefined) return;
    this.#held.delete(uuid);
    this.#emit(held.worker.mapping, "lease-lost");
    this.#deps.logger.warn("the lease of a mapping was lost: its work here is stopped", { mapping: uuid });
    void held.worker.stop(0);
  }

  /** Ends the work on a mapping in good order; the lease is held until it has ended. */
  async #leave(uuid: string, held: Held, deadlineMs: number): Promise<void> {
    held.leaving = true;
    await held.worker.stop(deadlineMs);
    if (this.#held.get(uuid) !== held) return;
    this.#held.delete(uuid);
    await Promise.all([this.#statuses.forget(uuid), this.#leases.release(uuid, held.token)]).catch(() => undefined);
  }

  *#running(): Iterable<readonly [EventSourceMapping, NonNullable<ReturnType<MappingWorker["status"]>>]> {
    for (const { worker } of this.#held.values()) {
      const status = worker.status();
      if (status !== undefined) yield [worker.mapping, status];
    }
  }

  async #report(): Promise<void> {
    const about = { poller: this.#deps.pollerId, at: Math.floor(this.#deps.timers.now()) };
    const statuses = new Map<string, ReportedStatus>();
    for (const [mapping, status] of this.#running()) statuses.set(mapping.uuid, { ...status, ...about });
    await this.#statuses.write(statuses);
  }

  #emit(mapping: EventSourceMapping, step: "lease-taken" | "lease-lost"): void {
    const { uuid, eventSourceArn, functionName, qualifier, accountId, region } = mapping;
    const id = { accountId, region, name: functionName };
    this.#deps.lifecycle.emit({
      type: "mapping",
      at: this.#deps.timers.now(),
      uuid,
      functionArn: functionArn(id, qualifier),
      eventSourceArn,
      step,
      reason: this.#deps.pollerId,
    });
  }
}

/** Nothing runs and nothing is to be done. */
function atRest({ state, enabled }: EventSourceMapping): boolean {
  return state === "Disabled" && !enabled;
}

/** The state is one that the poller need not leave. */
function settled({ state }: EventSourceMapping): boolean {
  return state === "Enabled" || state === "Disabled";
}

/** A kind's client is large: it is loaded with the first mapping of that kind. */
async function loadRunner(source: SourceKind): Promise<RunMapping> {
  if (source === "sqs") return (await import("./sqs/run-sqs-mapping.ts")).runSqsMapping;
  return (await import("./streams/run-stream-mapping.ts")).runStreamMapping;
}
