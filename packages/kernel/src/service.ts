/** Something with a life: every server and adapter that holds a resource. */
export interface Service {
  start(): Promise<void>;
  /** Stops accepting, lets running work finish until the deadline (milliseconds from now), then releases everything. */
  stop(deadlineMs: number): Promise<void>;
}
