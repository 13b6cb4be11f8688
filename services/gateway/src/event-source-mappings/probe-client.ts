import type { SourceCredentials } from "./aws-source-probe.ts";
import type { SourceDescription } from "./source-probe.ts";

/** What a client is made with for one look at a source. */
export interface ProbeClient {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: SourceCredentials;
  readonly signal: AbortSignal;
}

/** Describes the source of that ARN; rejects as the SDK does. */
export type Describe = (arn: string, client: ProbeClient) => Promise<SourceDescription>;

/** Milliseconds. */
export const CONNECTION_TIMEOUT_MS = 3_000;
