import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import { AwsError, invalidParameter, notFound } from "@lambdock/model/errors/aws-error";
import { TAGS_MAX } from "@lambdock/model/limits";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { addressOf, functionNotFound } from "@lambdock/directory/function-address";
import { changeFunction, requireFunction } from "../functions/function-changes.ts";
import { tagsOfMapping } from "../event-source-mappings/mapping-tags.ts";
import { requireNoUpdate } from "../functions/transitions.ts";
import type { Operation, RequestContext } from "../operation.ts";

/** TagResource: every change of tags is a new revision of the function [recorded]. */
export function tagResource(parts: ControlPlaneParts): Operation {
  return async (input: { readonly Resource: string; readonly Tags: Readonly<Record<string, string>> }, { scope }: RequestContext) => {
    if (Object.keys(input.Tags).length === 0) throw invalidParameter("An error occurred and the request cannot be processed.");
    if (isMapping(input.Resource)) {
      await (await tagsOfMapping(parts.mappings, scope, input.Resource)).put(input.Tags);
      return {};
    }
    const id = taggedFunction(scope, input.Resource);
    requireNoUpdate(await requireFunction(parts.functions, id));
    const outcome = await parts.tags.put(id, input.Tags, TAGS_MAX);
    if (outcome === "too-many") throw invalidParameter("Number of tags exceeds resource tag limit.");
    if (outcome === "gone") throw functionNotFound(functionArn(id));
    await newRevision(parts, id);
    return {};
  };
}

/** UntagResource: keys that are not there are no error. */
export function untagResource(parts: ControlPlaneParts): Operation {
  return async (input: { readonly Resource: string; readonly TagKeys: readonly string[] }, { scope }: RequestContext) => {
    if (input.TagKeys.length === 0)
      throw new AwsError(
        "ValidationException",
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
      );
    if (isMapping(input.Resource)) {
      await (await tagsOfMapping(parts.mappings, scope, input.Resource)).remove(input.TagKeys);
      return {};
    }
    const id = taggedFunction(scope, input.Resource);
    requireNoUpdate(await requireFunction(parts.functions, id));
    await parts.tags.remove(id, input.TagKeys);
    await newRevision(parts, id);
    return {};
  };
}

/** ListTags. */
export function listTags(parts: ControlPlaneParts): Operation {
  return async (input: { readonly Resource: string }, { scope }: RequestContext) => {
    if (isMapping(input.Resource)) return { Tags: await (await tagsOfMapping(parts.mappings, scope, input.Resource)).list() };
    const id = taggedFunction(scope, input.Resource);
    await requireFunction(parts.functions, id);
    return { Tags: await parts.tags.list(id) };
  };
}

function isMapping(resource: string): boolean {
  return resource.split(":")[5] === "event-source-mapping";
}

/** The function that an ARN of a taggable resource names. Resources that can't exist here are answered as missing ones. */
function taggedFunction(scope: Scope, resource: string): FunctionId {
  const kind = resource.split(":")[5];
  if (kind === "function") {
    const { id, qualifier } = addressOf(scope, resource);
    if (qualifier !== undefined)
      throw invalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.");
    return id;
  }
  if (kind === "layer") throw new AwsError("NotImplementedException", "Lambdock does not implement tags on layers yet: tag functions.");
  const names: Readonly<Record<string, string>> = {
    "capacity-provider": "Capacity provider",
    "code-signing-config": "Code signing configuration",
  };
  throw notFound(`${names[kind ?? ""] ?? "Resource"} not found: ${resource}`);
}

async function newRevision({ functions, newId }: ControlPlaneParts, id: FunctionId): Promise<void> {
  await changeFunction(functions, id, (record) => ({ ...record, RevisionId: newId() }));
}
