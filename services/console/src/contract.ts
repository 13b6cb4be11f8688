/** What the server tells the app. */

/** What the app is told when it starts. */
export interface ConsoleFacts {
  readonly region: string;
  /** How many times faster retries pass. */
  readonly timeScale: number;
  readonly requireSignature: boolean;
  readonly tokenRequired: boolean;
  readonly signedIn: boolean;
  /** Epoch milliseconds, as this process counts them. */
  readonly now: number;
}

/** One part of Lambdock, as it answers now. */
export interface PartStatus {
  readonly name: string;
  readonly ok: boolean;
  /** Why it cannot work. */
  readonly message?: string;
}

/** How one invocation of a burst ended. */
export interface BurstAnswer {
  readonly status: number;
  readonly cold: boolean;
  /** Milliseconds from the console to Lambdock and back. */
  readonly tookMs: number;
}
