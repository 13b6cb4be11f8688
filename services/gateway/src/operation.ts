import type { Scope } from "@lambdock/model/arn";

/** What every operation knows about its caller. */
export interface RequestContext {
  readonly scope: Scope;
  /** UUID, also the response's `x-amzn-RequestId`. */
  readonly requestId: string;
  /** Epoch milliseconds at which the request arrived. */
  readonly now: number;
  /** Scheme and authority under which the caller reached us, such as `http://127.0.0.1:4566`: base of `Code.Location`. */
  readonly endpoint: string;
}

/**
 * One operation of the API: takes the decoded, constraint-checked input (member names of the
 * model; blobs as Uint8Array) and answers the output structure. A user's mistake is thrown as AwsError.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs differ per operation; each handler declares its own
export type Operation = (input: any, context: RequestContext) => Promise<object>;

/** Operations by their name in the model, such as `CreateFunction`. An absent one answers 501. */
export type OperationTable = Readonly<Record<string, Operation>>;
