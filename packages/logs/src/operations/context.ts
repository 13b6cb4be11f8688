import type { Scope } from "@lambdock/model/arn";
import { checkInput, type Constraints } from "../constraints.ts";
import { invalidParameter, noSuchGroup } from "../logs-error.ts";
import type { LogGroupRecord, LogGroupRef, LogStore } from "../log-store.ts";

/** What every operation knows about its caller. */
export interface LogsContext {
  readonly scope: Scope;
  readonly requestId: string;
  /** Epoch milliseconds at which the request arrived. */
  readonly now: number;
}

/** One operation: takes the decoded JSON body, answers the output structure; a user's mistake is thrown as LogsError. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs differ per operation; each is checked against its constraints
export type LogsOperation = (input: any, context: LogsContext) => Promise<object>;

/** Builds an operation that runs only on input that satisfies the constraints. */
export function operation<Input>(constraints: Constraints, run: (input: Input, context: LogsContext) => Promise<object>): LogsOperation {
  return async (input: unknown, context) => {
    const body = input ?? {};
    checkInput(constraints, body);
    // Lambdock's clock has fractions of a millisecond; the API's times have none.
    return await run(withoutNulls(body) as Input, { ...context, now: Math.floor(context.now) });
  };
}

/** JSON's null means absent in this protocol. */
function withoutNulls(body: object): object {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

/** Names a group in the caller's account and region. */
export function groupRef(context: LogsContext, logGroup: string): LogGroupRef {
  return { accountId: context.scope.accountId, region: context.scope.region, logGroup };
}

const GROUP_ARN = /^arn:aws[a-zA-Z-]*:logs:([a-z0-9-]+):(\d{12}):log-group:([^:]+)$/;

/** A group's ARN (without `:*`, as the API has it) or plain name. Throws when the ARN is of another account or region. */
export function identifiedGroup(context: LogsContext, identifier: string): LogGroupRef {
  if (!identifier.startsWith("arn:")) return groupRef(context, identifier);
  const [, region, accountId, name] = GROUP_ARN.exec(identifier) ?? [];
  if (name === undefined) throw invalidParameter(`Invalid log group ARN: ${identifier}`);
  if (region !== context.scope.region || accountId !== context.scope.accountId) throw noSuchGroup();
  return groupRef(context, name);
}

export interface GroupChoice {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
}

/** The one group that name or identifier chose; throws when none or both are given, or when it does not exist. */
export async function chosenGroup(
  store: LogStore,
  choice: GroupChoice,
  context: LogsContext,
): Promise<{ readonly ref: LogGroupRef; readonly record: LogGroupRecord }> {
  const { logGroupName, logGroupIdentifier } = choice;
  if (logGroupName !== undefined && logGroupIdentifier !== undefined)
    throw invalidParameter("LogGroup name and LogGroup ARN are mutually exclusive parameters.");
  const given = logGroupIdentifier ?? logGroupName;
  if (given === undefined) throw invalidParameter("Either logGroupName or logGroupIdentifier must be specified.");
  const ref = identifiedGroup(context, given);
  const record = await store.group(ref);
  if (record === undefined) throw noSuchGroup();
  return { ref, record };
}

/** Events before that time are hidden by the group's retention policy; 0 without one. */
export function visibleFrom(record: LogGroupRecord, now: number): number {
  return record.retentionInDays === undefined ? 0 : now - record.retentionInDays * 86_400_000;
}
