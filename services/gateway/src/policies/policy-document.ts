import { AwsError, conflict, notFound } from "@lambdock/model/errors/aws-error";
import { POLICY_BYTES_MAX } from "@lambdock/model/limits";
import type { PolicyStatement, StoredPolicy } from "@lambdock/store/policies";

/** Resource policies as documents: pure, the same for functions and layer versions. */

/** The document as GetPolicy answers it: JSON in a string. */
export function policyText(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements });
}

/** The policy with one more statement. Throws when its id is taken, or the document grows beyond 20 KB. */
export function withStatement(policy: StoredPolicy | undefined, statement: PolicyStatement, revisionId: string): StoredPolicy {
  const before = policy?.Statement ?? [];
  if (before.some(({ Sid }) => Sid === statement.Sid)) {
    throw conflict(
      `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
  }
  const after = [...before, statement];
  const bytes = Buffer.byteLength(policyText(after));
  if (bytes > POLICY_BYTES_MAX)
    throw new AwsError("PolicyLengthExceededException", `The final policy size (${bytes}) is bigger than the limit (${POLICY_BYTES_MAX}).`);
  return { RevisionId: revisionId, Statement: after };
}

/** The policy without that statement. Throws when there is none of that id. */
export function withoutStatement(policy: StoredPolicy, sid: string, revisionId: string): StoredPolicy {
  const after = policy.Statement.filter(({ Sid }) => Sid !== sid);
  if (after.length === policy.Statement.length) throw notFound(`Statement ${sid} is not found in resource policy.`);
  return { RevisionId: revisionId, Statement: after };
}

/** Throws 412 when the caller has seen another revision. `api` is the operation that tells the newest. */
export function requirePolicyRevision(
  current: string | undefined,
  expected: string | undefined,
  api: "GetPolicy" | "GetLayerPolicy",
): void {
  if (expected === undefined || expected === current) return;
  throw new AwsError(
    "PreconditionFailedException",
    `The Revision Id provided does not match the latest Revision Id. Call the ${api} API to retrieve the latest Revision Id`,
  );
}
