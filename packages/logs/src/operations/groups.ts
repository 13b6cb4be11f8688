import { partitionOf, type Scope } from "@lambdock/model/arn";
import type { Constraints } from "../constraints.ts";
import { invalidParameter, LogsError, noSuchGroup } from "../logs-error.ts";
import type { LogGroupRecord, LogStore } from "../log-store.ts";
import { groupRef, identifiedGroup, operation, type LogsContext, type LogsOperation } from "./context.ts";
import { logGroupIdentifier, logGroupName, nextToken, required, tags } from "./members.ts";
import { decodeToken, encodeToken } from "./tokens.ts";

interface DescribeInput {
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly logGroupIdentifiers?: readonly string[];
  readonly logGroupClass?: string;
  readonly limit?: number;
  readonly nextToken?: string;
}

interface CreateInput {
  readonly logGroupName: string;
  readonly kmsKeyId?: string;
  readonly logGroupClass?: string;
  readonly deletionProtectionEnabled?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

const CLASSES = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

const DESCRIBE: Constraints = {
  logGroupNamePrefix: { ...logGroupName },
  logGroupNamePattern: { type: "string", max: 512, pattern: "[\\.\\-_/#A-Za-z0-9]*" },
  logGroupIdentifiers: { type: "list", min: 1, max: 50, item: logGroupIdentifier },
  logGroupClass: { type: "string", values: CLASSES },
  limit: { type: "number", min: 1, max: 50 },
  nextToken,
  accountIdentifiers: { type: "list", max: 20, item: { type: "string", pattern: "\\d{12}" } },
  includeLinkedAccounts: { type: "boolean" },
};

/** DescribeLogGroups, CreateLogGroup, DeleteLogGroup and retention. */
export function groupOperations(store: LogStore): Readonly<Record<string, LogsOperation>> {
  return {
    DescribeLogGroups: operation<DescribeInput>(DESCRIBE, async (input, context) => await describeGroups(store, input, context)),
    CreateLogGroup: operation<CreateInput>(
      {
        logGroupName: required(logGroupName),
        kmsKeyId: { type: "string", max: 256 },
        tags,
        logGroupClass: { type: "string", values: CLASSES },
        deletionProtectionEnabled: { type: "boolean" },
      },
      async (input, context) => {
        refuseUnsupported(input);
        const created = await store.createGroup(groupRef(context, input.logGroupName), context.now, input.tags ?? {});
        if (!created) throw new LogsError("ResourceAlreadyExistsException", "The specified log group already exists");
        return {};
      },
    ),
    DeleteLogGroup: operation<CreateInput>({ logGroupName: required(logGroupName) }, async (input, context) => {
      if (!(await store.deleteGroup(groupRef(context, input.logGroupName)))) throw noSuchGroup();
      return {};
    }),
    PutRetentionPolicy: operation<CreateInput & { readonly retentionInDays: number }>(
      { logGroupName: required(logGroupName), retentionInDays: { type: "number", required: true } },
      async ({ logGroupName: name, retentionInDays: days }, context) => {
        if (!RETENTION_DAYS.includes(days))
          throw invalidParameter(
            `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(", ")}]`,
          );
        if (!(await store.changeRetention(groupRef(context, name), days, context.now))) throw noSuchGroup();
        return {};
      },
    ),
    DeleteRetentionPolicy: operation<CreateInput>({ logGroupName: required(logGroupName) }, async (input, context) => {
      if (!(await store.changeRetention(groupRef(context, input.logGroupName), undefined, context.now))) throw noSuchGroup();
      return {};
    }),
  };
}

async function describeGroups(store: LogStore, input: DescribeInput, context: LogsContext): Promise<object> {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers: identifiers } = input;
  if (prefix !== undefined && pattern !== undefined)
    throw invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  const [after] = input.nextToken === undefined ? [""] : decodeToken(input.nextToken, [""]);
  const identified = identifiers?.map((identifier) => identifiedGroup(context, identifier).logGroup);
  const matching = (await store.groupNames(context.scope)).filter(
    (name) => name > after! && name.startsWith(prefix ?? "") && name.includes(pattern ?? "") && (identified?.includes(name) ?? true),
  );
  // Every group is of the standard class: others are refused when they are made.
  const wanted = input.logGroupClass === undefined || input.logGroupClass === "STANDARD" ? matching : [];
  const page = wanted.slice(0, input.limit ?? 50);
  const records = await Promise.all(page.map(async (name) => await store.group(groupRef(context, name))));
  const logGroups = records.filter((record) => record !== undefined).map((record) => described(context.scope, record));
  return { logGroups, ...(page.length < wanted.length ? { nextToken: encodeToken([page.at(-1)!]) } : {}) };
}

/** A setting that could not be honoured is refused, not stored silently. */
function refuseUnsupported({ kmsKeyId, logGroupClass, deletionProtectionEnabled }: CreateInput): void {
  if (kmsKeyId !== undefined) throw invalidParameter("Lambdock does not encrypt log groups: leave out kmsKeyId.");
  if (logGroupClass !== undefined && logGroupClass !== "STANDARD")
    throw invalidParameter(`Lambdock only has log groups of class STANDARD, not ${logGroupClass}.`);
  if (deletionProtectionEnabled === true)
    throw invalidParameter("Lambdock does not protect log groups from deletion: leave out deletionProtectionEnabled.");
}

function described(scope: Scope, record: LogGroupRecord): object {
  const arn = `arn:${partitionOf(scope.region)}:logs:${scope.region}:${scope.accountId}:log-group:${record.name}`;
  return {
    logGroupName: record.name,
    creationTime: record.creationTime,
    ...(record.retentionInDays === undefined ? {} : { retentionInDays: record.retentionInDays }),
    metricFilterCount: 0,
    arn: `${arn}:*`,
    storedBytes: record.storedBytes,
    logGroupClass: "STANDARD",
    logGroupArn: arn,
    deletionProtectionEnabled: false,
  };
}
