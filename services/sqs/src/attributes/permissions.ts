/** The policy that AddPermission and RemovePermission write [recorded]. */
import { partitionOf } from "@lambdock/model/arn";
import { queueArn, type QueueRef } from "../queue-ref.ts";
import { SqsError, invalidValue } from "../sqs-error.ts";

const ACTIONS: ReadonlySet<string> = new Set([
  "*",
  "SendMessage",
  "ReceiveMessage",
  "DeleteMessage",
  "ChangeMessageVisibility",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "PurgeQueue",
]);
const ACTIONS_MAX = 7;

export interface Permission {
  readonly label: string;
  readonly accountIds: readonly string[];
  readonly actions: readonly string[];
}

interface Policy {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

/** The policy with one statement more. Throws InvalidParameterValue and OverLimit. */
export function withPermission(queue: QueueRef, policy: string | undefined, { label, accountIds, actions }: Permission): string {
  if (!/^[a-zA-Z0-9_-]{1,80}$/.test(label))
    throw invalidValue(label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.");
  if (actions.length > ACTIONS_MAX)
    throw new SqsError("OverLimit", `${actions.length} Actions were found, maximum allowed is ${ACTIONS_MAX}.`);
  for (const action of actions)
    if (!ACTIONS.has(action))
      throw invalidValue(`SQS:${action}`, "ActionName", "Please refer to the appropriate WSDL for a list of valid actions. ");
  for (const account of accountIds) if (!/^\d{12}$/.test(account)) throw invalidValue(account, "PrincipalId", "Unable to verify.");
  const { Statement, ...rest } = parse(queue, policy);
  if (Statement.some(({ Sid }) => Sid === label)) throw invalidValue(label, "Label", "Already exists.");
  const principals = accountIds.map((account) => `arn:${partitionOf(queue.region)}:iam::${account}:root`);
  const statement = {
    Sid: label,
    Effect: "Allow",
    Principal: { AWS: single(principals) },
    Action: single(actions.map((action) => `SQS:${action}`)),
    Resource: queueArn(queue),
  };
  return JSON.stringify({ ...rest, Statement: [...Statement, statement] });
}

/** The policy without a statement; `undefined` when none is left. Throws InvalidParameterValue. */
export function withoutPermission(queue: QueueRef, policy: string | undefined, label: string): string | undefined {
  const { Statement, ...rest } = parse(queue, policy);
  const left = Statement.filter(({ Sid }) => Sid !== label);
  if (left.length === Statement.length) throw invalidValue(label, "Label", "can't find label.");
  return left.length === 0 ? undefined : JSON.stringify({ ...rest, Statement: left });
}

function parse(queue: QueueRef, policy: string | undefined): Policy {
  if (policy === undefined) return { Version: "2008-10-17", Id: `${queueArn(queue)}/SQSDefaultPolicy`, Statement: [] };
  const { Statement, ...rest } = JSON.parse(policy) as { readonly Statement?: unknown };
  return { ...rest, Statement: (Array.isArray(Statement) ? Statement : Statement === undefined ? [] : [Statement]) as Policy["Statement"] };
}

/** A list of one is written without brackets. */
function single(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? values[0]! : values;
}
