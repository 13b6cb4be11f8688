/** One running Lambdock, and the accidents that may befall it. */
export interface Target {
  /** `http://127.0.0.1:<port>`; the same across restarts. */
  readonly endpoint: string;
  /** Starts it and waits until it serves. */
  start(): Promise<void>;
  /** Stops it as a user would (Ctrl-C, `docker compose stop`); its data stays. */
  stop(): Promise<void>;
  /** `kill -9` of the process that runs functions; resolves once it is dead. */
  killExecutor(): Promise<void>;
  /** Brings back what {@link killExecutor} killed and waits until it serves. */
  reviveExecutor(): Promise<void>;
  /** Takes Redis away while everything else runs. */
  loseRedis(): Promise<void>;
  /** Brings Redis back with the data it had. */
  restoreRedis(): Promise<void>;
  /** What the services have written so far. */
  logs(): Promise<string>;
  /** Stops it for good and removes its data. */
  dispose(): Promise<void>;
}
