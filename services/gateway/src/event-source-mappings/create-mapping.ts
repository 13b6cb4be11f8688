import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import { conflict, invalidParameter } from "@lambdock/model/errors/aws-error";
import { TAGS_MAX } from "@lambdock/model/limits";
import type { Operation, RequestContext } from "../operation.ts";
import { eventSourceOf, type EventSource } from "./event-source.ts";
import { mappedFunction, type MappedFunction } from "./mapping-function.ts";
import type { CreateMappingInput } from "./mapping-inputs.ts";
import type { MappingParts } from "./mapping-parts.ts";
import { newSettings } from "./mapping-settings.ts";
import { shownMapping } from "./mapping-view.ts";
import { requireSource } from "./require-source.ts";
import { checkSettings, checkStartingPosition } from "./setting-rules.ts";
import { refuseForeignSettings } from "./setting-support.ts";

/** Why the user's changes change the state; the words differ per source [recorded]. */
const REASONS = { sqs: "USER_INITIATED", kinesis: "User action", dynamodb: "User action" } as const;

/** CreateEventSourceMapping: the poller makes the mapping Enabled. */
export function createEventSourceMapping(parts: MappingParts): Operation {
  return async (input: CreateMappingInput, context: RequestContext) => {
    const { scope, now } = context;
    const source = eventSourceOf(input);
    refuseForeignSettings(source, input);
    checkStartingPosition(source, input, now);
    const settings = newSettings(source, input);
    checkSettings(scope, source, settings);
    const { Tags = {}, FunctionName, Enabled = true } = input;
    if (Object.keys(Tags).length > TAGS_MAX) throw invalidParameter("Number of tags exceeds resource tag limit.");
    const target = await mappedFunction(parts, scope, FunctionName);
    const mapping: EventSourceMapping = {
      uuid: parts.newId(),
      accountId: scope.accountId,
      region: scope.region,
      source: source.kind,
      eventSourceArn: source.arn,
      functionName: target.id.name,
      ...(target.qualifier === undefined ? {} : { qualifier: target.qualifier }),
      settings,
      enabled: Enabled,
      generation: 1,
      state: Enabled ? "Creating" : "Disabled",
      stateTransitionReason: REASONS[source.kind],
      lastModified: now,
      ...(source.kind === "sqs" ? {} : { lastProcessingResult: "No records processed" }),
    };
    const known = (await parts.mappings.list(scope)).find((other) => joinsTheSame(other, mapping));
    if (known !== undefined) throw duplicate(source, target, known.uuid);
    await requireSource(parts, { source, target }, context);
    const outcome = await parts.mappings.create(mapping, Tags);
    if (outcome !== "created") throw duplicate(source, target, outcome.duplicate);
    warnOfKey(parts, mapping);
    return shownMapping(mapping);
  };
}

/** 409: source and function are joined by another mapping already; the words differ per source [recorded]. */
export function duplicate(source: EventSource, { id, qualifier }: Pick<MappedFunction, "id" | "qualifier">, uuid: string): Error {
  const name = qualifier === undefined ? id.name : `${id.name}:${qualifier}`;
  const cure = `Please update or delete the existing mapping with UUID ${uuid}`;
  if (source.kind === "sqs")
    return conflict(`An event source mapping with SQS arn (" ${source.arn} ") and function (" ${name} ") already exists. ${cure}`);
  return conflict(`The event source arn (" ${source.arn} ") and function (" ${name} ") provided mapping already exists. ${cure}`);
}

/** Tells that Lambdock encrypts nothing. */
export function warnOfKey({ logger }: Pick<MappingParts, "logger">, { uuid, settings }: EventSourceMapping): void {
  if (settings.kmsKeyArn !== undefined)
    logger.warn("KMSKeyArn of an event source mapping hides its filters, and encrypts nothing", { uuid, kmsKeyArn: settings.kmsKeyArn });
}

function joinsTheSame(one: EventSourceMapping, other: EventSourceMapping): boolean {
  return (
    one.eventSourceArn === other.eventSourceArn &&
    one.functionName === other.functionName &&
    (one.qualifier ?? "$LATEST") === (other.qualifier ?? "$LATEST")
  );
}
