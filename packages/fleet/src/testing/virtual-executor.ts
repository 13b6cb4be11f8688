import { createExpiryHeap, type Expiring } from "../expiry-heap.ts";
import { createFleet } from "../fleet.ts";
import type { Fleet, FleetEffects, FleetLimits, FleetTable, InvokeOptions } from "../fleet-protocol.ts";
import type { Group } from "../pool.ts";
import { seededRandom } from "../seeded-random.ts";

/** How long things take, milliseconds; sampled evenly up to the figure. */
export interface Durations {
  readonly make: number;
  readonly init: number;
  readonly run: number;
  /** From the answer to the moment the environment is free. */
  readonly tail: number;
}

/** One run, as whoever called sees it. */
export interface VirtualRun {
  readonly id: string;
  readonly group: Group;
  readonly at: number;
  readonly options: InvokeOptions;
  end: "open" | "answered" | "throttled" | "abandoned";
  environmentId?: string;
  cold?: boolean;
  provisioned?: boolean;
  spillover?: boolean;
  reason?: string;
}

/** One environment, as the world sees it. */
export interface VirtualEnvironment {
  readonly id: string;
  readonly group: Group;
  readonly initializationType: string | undefined;
  readonly createdAt: number;
  state: "making" | "initializing" | "resting" | "running" | "finishing" | "gone";
  run?: VirtualRun;
  retiring: boolean;
}

interface Timer extends Expiring {
  readonly run: () => void;
}

/** Plays the executor in virtual time: performs every effect, and lets things take their time. */
export class VirtualExecutor {
  readonly fleet: Fleet<Group>;
  readonly runs: VirtualRun[] = [];
  readonly environments = new Map<string, VirtualEnvironment>();
  /** Instants at which an on-demand environment began to be made, by function. */
  readonly creations: { readonly functionArn: string; readonly at: number }[] = [];
  readonly random: () => number;
  /** True: the init of what is provisioned fails. */
  initFails = false;
  now = 0;
  readonly #durations: Durations;
  readonly #timers = createExpiryHeap<Timer>();
  readonly #open = new Map<string, VirtualRun>();
  #ids = 0;

  constructor(limits: FleetLimits, durations: Durations, seed: number) {
    this.random = seededRandom(seed);
    this.#durations = durations;
    this.fleet = createFleet<Group>({ limits, newId: () => `e${(this.#ids += 1)}`, random: this.random });
  }

  /** Runs that have not ended. */
  get open(): Iterable<VirtualRun> {
    return this.#open.values();
  }

  invoke(group: Group, options: InvokeOptions = {}): VirtualRun {
    const run: VirtualRun = { id: `r${this.runs.length}`, group, at: this.now, options, end: "open" };
    this.runs.push(run);
    this.#open.set(run.id, run);
    this.#perform(this.fleet.invoke(group, run.id, this.now, options));
    return run;
  }

  reserve(table: FleetTable<Group>): void {
    this.#perform(this.fleet.reserve(table, this.now));
  }

  prepare(group: Group): void {
    this.#perform(this.fleet.prepare(group, this.now));
  }

  retire(group: Group, keepRevision?: string): void {
    this.#perform(this.fleet.retire(group.functionArn, group.version, keepRevision, this.now));
  }

  /** The sandbox breaks. */
  lose(environment: VirtualEnvironment): void {
    if (environment.state === "gone") return;
    this.#answer(environment);
    environment.state = "gone";
    this.environments.delete(environment.id);
    this.#perform(this.fleet.gone(environment.id, this.now));
  }

  /** Lets time pass, with a reap every second, and does whatever is due meanwhile. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (let reapAt = Math.floor(this.now / 1_000) * 1_000 + 1_000; reapAt <= until; reapAt += 1_000) {
      this.#elapse(reapAt);
      this.#perform(this.fleet.reap(this.now));
    }
    this.#elapse(until);
  }

  #elapse(until: number): void {
    for (let timer = this.#timers.takeExpired(until); timer !== undefined; timer = this.#timers.takeExpired(until)) {
      this.now = timer.expiresAt;
      timer.run();
    }
    this.now = until;
  }

  #after(ms: number, run: () => void): void {
    this.#timers.add({ expiresAt: this.now + ms, heapIndex: -1, run });
  }

  #within(what: keyof Durations): number {
    return this.random() * this.#durations[what];
  }

  #perform(effects: FleetEffects<Group>): void {
    for (const effect of effects) {
      switch (effect.type) {
        case "create":
          this.#create(effect.environmentId, effect.group, effect.initializationType);
          break;
        case "initialize":
          this.#initialize(this.#live(effect.environmentId));
          break;
        case "assign": {
          const { cold, provisioned = false, spillover = false } = effect;
          this.#assign(this.#live(effect.environmentId), Object.assign(this.#waiting(effect.runId), { cold, provisioned, spillover }));
          break;
        }
        case "retire":
          this.#retire(this.#live(effect.environmentId));
          break;
        case "throttle":
          this.#end(Object.assign(this.#waiting(effect.runId), { reason: effect.reason }), "throttled");
          break;
        case "abandon":
          this.#end(this.#waiting(effect.runId), "abandoned");
          break;
        case "patience":
          this.#after(effect.at - this.now, () => this.#perform(this.fleet.impatient(effect.runId, this.now)));
          break;
      }
    }
  }

  #live(id: string): VirtualEnvironment {
    const environment = this.environments.get(id);
    if (environment === undefined) throw new Error(`${id} is told something though it is gone`);
    return environment;
  }

  #waiting(runId: string): VirtualRun {
    const run = this.#open.get(runId);
    if (run === undefined || run.environmentId !== undefined) throw new Error(`${runId} ends or is placed twice`);
    return run;
  }

  #end(run: VirtualRun, end: VirtualRun["end"]): void {
    run.end = end;
    this.#open.delete(run.id);
  }

  #create(id: string, group: Group, initializationType: string | undefined): void {
    const environment: VirtualEnvironment = { id, group, initializationType, createdAt: this.now, state: "making", retiring: false };
    this.environments.set(id, environment);
    if (initializationType !== "provisioned-concurrency") this.creations.push({ functionArn: group.functionArn, at: this.now });
    this.#after(this.#within("make"), () => {
      if (environment.state !== "making") return;
      environment.state = "resting";
      this.#perform(this.fleet.created(id, this.now));
    });
  }

  #initialize(environment: VirtualEnvironment): void {
    environment.state = "initializing";
    this.#after(this.#within("init"), () => {
      if (environment.state !== "initializing") return;
      if (this.initFails) {
        this.#perform(this.fleet.initFailed(environment.id, this.now));
        this.lose(environment);
      } else {
        environment.state = "resting";
        this.#perform(this.fleet.initialized(environment.id, this.now));
      }
    });
  }

  #assign(environment: VirtualEnvironment, run: VirtualRun): void {
    if (environment.state !== "resting") throw new Error(`${environment.id} is ${environment.state} and gets ${run.id}`);
    if (environment.group.revision !== run.group.revision || environment.group.version !== run.group.version)
      throw new Error(`${run.id} gets an environment of another version`);
    environment.state = "running";
    environment.run = run;
    run.environmentId = environment.id;
    this.#after(this.#within("run"), () => {
      if (environment.state !== "running" || environment.run !== run) return;
      this.#answer(environment);
      environment.state = "finishing";
      this.fleet.answered(environment.id);
      this.#after(this.#within("tail"), () => this.#finish(environment));
    });
  }

  #answer(environment: VirtualEnvironment): void {
    if (environment.run !== undefined) this.#end(environment.run, "answered");
    delete environment.run;
  }

  #finish(environment: VirtualEnvironment): void {
    if (environment.state !== "finishing") return;
    environment.state = "resting";
    this.#perform(this.fleet.idle(environment.id, this.now));
  }

  #retire(environment: VirtualEnvironment): void {
    if (environment.state !== "resting") throw new Error(`${environment.id} is ${environment.state} and has to stop`);
    this.lose(environment);
  }
}
