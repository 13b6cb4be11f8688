/**
 * Proof that this poller holds a mapping's lease. It is what the lease's key in Redis holds, made
 * anew with each acquisition, so that whatever a former owner still writes can be told apart.
 */
export type LeaseToken = string & { readonly __brand: "LeaseToken" };

/** The lease is no longer ours: somebody else works the mapping, or will soon. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** Key of a mapping's lease; it expires by itself when its owner dies. */
export const leaseKey = (uuid: string): string => `lambdock:poller:lease:${uuid}`;
