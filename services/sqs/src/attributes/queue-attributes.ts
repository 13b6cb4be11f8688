/**
 * Attributes of a queue: defaults, bounds, and what setting one does to the others. AWS:
 * CreateQueue and SetQueueAttributes of the API reference; messages as recorded.
 */
import { isFifo, queueArn, type QueueRef } from "../queue-ref.ts";
import { SqsError } from "../sqs-error.ts";
import { ATTRIBUTE_NAMES, SETTABLE, SETTABLE_FIFO } from "./attribute-names.ts";
import { checkRedriveAllowPolicy, parseRedrivePolicy } from "./redrive-policy.ts";

export type Attributes = ReadonlyMap<string, string>;

/** What a change sets and removes; names beyond AWS's own are for scripts (see sqs-keys.ts). */
export interface AttributeChange {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

const DEFAULTS: Readonly<Record<string, string>> = {
  VisibilityTimeout: "30",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  DelaySeconds: "0",
  ReceiveMessageWaitTimeSeconds: "0",
  SqsManagedSseEnabled: "true",
};
const FIFO_DEFAULTS: Readonly<Record<string, string>> = {
  FifoQueue: "true",
  ContentBasedDeduplication: "false",
  DeduplicationScope: "queue",
  FifoThroughputLimit: "perQueue",
};

/** Bounds, inclusive, of attributes that are numbers. */
const BOUNDS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
};
const WORDS: Readonly<Record<string, readonly string[]>> = {
  ContentBasedDeduplication: ["true", "false"],
  SqsManagedSseEnabled: ["true", "false"],
  DeduplicationScope: ["queue", "messageGroup"],
  FifoThroughputLimit: ["perQueue", "perMessageGroupId"],
};
/** An empty text, or the default of the reuse period, removes these. */
const REMOVABLE: readonly string[] = ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"];
const REUSE_PERIOD_DEFAULT = "300";

/** Attributes that are kept and told again, but that nothing acts on. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  "Policy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
  "SqsManagedSseEnabled",
  "FifoThroughputLimit",
]);

/** All attributes of a new queue. Throws InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue. */
export function newAttributes(queue: QueueRef, given: Attributes, nowSeconds: number): Attributes {
  const change = changeOf(queue, given, new Map(Object.entries(isFifo(queue.name) ? FIFO_DEFAULTS : {})));
  const noted = { QueueArn: queueArn(queue), CreatedTimestamp: String(nowSeconds), LastModifiedTimestamp: String(nowSeconds) };
  return new Map([...Object.entries({ ...DEFAULTS, ...(isFifo(queue.name) ? FIFO_DEFAULTS : {}), ...noted }), ...change.set]);
}

/** What setting these attributes changes, given those of the queue. Throws as {@link newAttributes}. */
export function changeOf(queue: QueueRef, given: Attributes, current: Attributes): AttributeChange {
  const set = new Map<string, string>();
  const remove: string[] = [];
  for (const [name, value] of given) {
    checkName(queue, name, value);
    if (REMOVABLE.includes(name) && (value === "" || (name === "KmsDataKeyReusePeriodSeconds" && value === REUSE_PERIOD_DEFAULT)))
      remove.push(name);
    else set.set(name, checked(queue, name, value));
  }
  chooseEncryption(set, remove);
  checkThroughput(set, current);
  const policy = set.get("RedrivePolicy");
  if (policy !== undefined) {
    const { targetArn, maxReceiveCount } = parseRedrivePolicy(policy, queue);
    set.set("dlqArn", targetArn).set("maxReceiveCount", String(maxReceiveCount));
  } else if (remove.includes("RedrivePolicy")) remove.push("dlqArn", "maxReceiveCount");
  return { set, remove };
}

/** Of the attributes that a caller sets, those that nothing acts on. */
export function withoutEffect(given: Attributes): readonly string[] {
  return [...given]
    .filter(([name, value]) => WITHOUT_EFFECT.has(name) && value !== "" && DEFAULTS[name] !== value && FIFO_DEFAULTS[name] !== value)
    .map(([name]) => name);
}

/** Why a queue that is there is not the one that CreateQueue describes; `undefined` when it is. */
export function differingAttribute(given: Attributes, existing: Attributes): string | undefined {
  for (const [name, value] of given) {
    const normal = name in WORDS || name === "FifoQueue" ? lower(name, value) : value;
    const removed = REMOVABLE.includes(name) && (value === "" || value === REUSE_PERIOD_DEFAULT);
    if (removed ? existing.has(name) : !same(name, existing.get(name), normal)) return name;
  }
  return undefined;
}

function same(name: string, existing: string | undefined, given: string): boolean {
  if (existing === given) return true;
  return existing !== undefined && name in BOUNDS && Number(existing) === Number(given);
}

function checkName({ name: queue }: QueueRef, name: string, value: string): void {
  const fifo = isFifo(queue);
  if (name === "FifoQueue" && fifo) {
    if (lower(name, value) !== "true")
      throw new SqsError(
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
      );
    return;
  }
  if ((name === "DeduplicationScope" || name === "FifoThroughputLimit") && !fifo)
    throw new SqsError("InvalidAttributeName", `You can specify the ${name} only when FifoQueue is set to true.`);
  const settable: readonly string[] = fifo ? [...SETTABLE, ...SETTABLE_FIFO] : SETTABLE;
  if (!ATTRIBUTE_NAMES.has(name) || !settable.includes(name)) throw new SqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
}

function checked(queue: QueueRef, name: string, value: string): string {
  const bounds = BOUNDS[name];
  if (bounds !== undefined) {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < bounds[0] || number > bounds[1]) throw invalid(name);
    return String(number);
  }
  const words = WORDS[name];
  if (words !== undefined && !words.includes(lower(name, value))) throw invalid(name);
  if (name === "Policy") checkPolicy(value);
  if (name === "RedrivePolicy") parseRedrivePolicy(value, queue);
  if (name === "RedriveAllowPolicy") checkRedriveAllowPolicy(value);
  return words === undefined && name !== "FifoQueue" ? value : lower(name, value);
}

/** SDKs of some languages write `True`. */
function lower(name: string, value: string): string {
  return WORDS[name]?.includes("true") === true || name === "FifoQueue" ? value.toLowerCase() : value;
}

function checkPolicy(value: string): void {
  try {
    const policy: unknown = JSON.parse(value);
    if (typeof policy === "object" && policy !== null && !Array.isArray(policy)) return;
  } catch {
    // Refused below, as any text that is no policy.
  }
  throw invalid("Policy");
}

function invalid(name: string): SqsError {
  return new SqsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
}

function chooseEncryption(set: Map<string, string>, remove: string[]): void {
  const key = set.get("KmsMasterKeyId");
  if (key !== undefined && set.get("SqsManagedSseEnabled") === "true")
    throw new SqsError(
      "InvalidAttributeName",
      "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    );
  if (key !== undefined) set.set("SqsManagedSseEnabled", "false");
  if (set.get("SqsManagedSseEnabled") === "true" && !remove.includes("KmsMasterKeyId"))
    remove.push("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds");
}

function checkThroughput(set: ReadonlyMap<string, string>, current: Attributes): void {
  const limit = set.get("FifoThroughputLimit") ?? current.get("FifoThroughputLimit");
  const scope = set.get("DeduplicationScope") ?? current.get("DeduplicationScope");
  if (limit !== "perMessageGroupId" || scope === "messageGroup") return;
  throw new SqsError(
    "InvalidAttributeValue",
    "Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when DeduplicationScope is messageGroup.",
  );
}
