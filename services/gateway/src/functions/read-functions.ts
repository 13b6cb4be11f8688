import type { FunctionRecord, ImageCode, ZipCode } from "@lambdock/model/function-record";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { Operation, RequestContext } from "../operation.ts";
import { versionsPage } from "../versions/list-versions.ts";
import { configurationOf, listedConfigurationOf, shownContent } from "./configuration.ts";
import type { ControlPlaneParts } from "./control-plane-parts.ts";
import { addressOf, functionNotFound, type FunctionAddress } from "@lambdock/directory/function-address";
import { decodeMarker, encodeMarker } from "./marker.ts";
import { versionsBehind, type VersionBehind } from "@lambdock/directory/qualified-specs";
import type { Scope } from "@lambdock/model/arn";
import { idOf } from "@lambdock/store/functions";
import type { Page, PageRequest } from "@lambdock/store/name-pages";

interface GetInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

interface ListInput {
  readonly FunctionVersion?: string;
  readonly MasterRegion?: string;
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/** Functions of a page when the caller does not say; also the most, whatever the caller says. */
const PAGE_SIZE_MAX = 50;

/** GetFunction: configuration, a link to the code, and tags and reserved concurrency if there are any. An alias shows the version that it points to. */
export function getFunction(parts: ControlPlaneParts): Operation {
  return async (input: GetInput, context: RequestContext) => {
    const address = addressOf(context.scope, input.FunctionName, input.Qualifier);
    const record = await requireVersion(parts, address);
    const [tags, reserved] = await Promise.all([parts.tags.list(address.id), parts.reservedConcurrency.get(address.id)]);
    return {
      Configuration: configurationOf(record, address.qualifier),
      Code: codeLocationOf(parts, context, shownContent(record).Code),
      ...(Object.keys(tags).length === 0 ? {} : { Tags: tags }),
      // Reserved for all versions together, and so not shown with one of them.
      ...(reserved === undefined || address.qualifier !== undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } }),
    };
  };
}

/** GetFunctionConfiguration. */
export function getFunctionConfiguration(parts: ControlPlaneParts): Operation {
  return async (input: GetInput, { scope }: RequestContext) => {
    const address = addressOf(scope, input.FunctionName, input.Qualifier);
    return configurationOf(await requireVersion(parts, address), address.qualifier);
  };
}

/** ListFunctions, in the order of names; `FunctionVersion=ALL` shows each version, with its qualified ARN [recorded]. */
export function listFunctions(parts: ControlPlaneParts): Operation {
  return async (input: ListInput, { scope }: RequestContext) => {
    const all = input.FunctionVersion === "ALL";
    if (input.FunctionVersion !== undefined && !all) {
      throw new AwsError(
        "ValidationException",
        `1 validation error detected: Value '${input.FunctionVersion}' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]`,
      );
    }
    // A region here asks for Lambda@Edge replicas of its functions, of which there are none.
    if (input.MasterRegion !== undefined && input.MasterRegion !== "ALL") return { Functions: [] };
    const after = decodeMarker(input.Marker);
    const limit = Math.min(input.MaxItems ?? PAGE_SIZE_MAX, PAGE_SIZE_MAX);
    const page = await (all ? versionsOfAll : functionsOfAll)(parts, scope, { limit, ...(after === undefined ? {} : { after }) });
    return { Functions: page.items, ...(page.next === undefined ? {} : { NextMarker: encodeMarker(page.next) }) };
  };
}

async function functionsOfAll(parts: ControlPlaneParts, scope: Scope, request: PageRequest): Promise<Page<object>> {
  const page = await parts.functions.list(scope, request);
  return { ...page, items: page.items.map((record) => listedConfigurationOf(record)) };
}

/** Every version of every function. A page ends after a function, or after `name:version`. */
async function versionsOfAll(parts: ControlPlaneParts, scope: Scope, { after, limit }: PageRequest): Promise<Page<object>> {
  const items: object[] = [];
  const [name, version] = after?.split(":") ?? [];
  const add = async (record: FunctionRecord, afterVersion?: string): Promise<string | undefined> => {
    const id = idOf(record);
    const room = { limit: limit - items.length, ...(afterVersion === undefined ? {} : { after: afterVersion }) };
    const page = await versionsPage(parts.versions, { id, record, ...room });
    items.push(...page.items.map(({ shown }) => shown));
    return page.more ? `${id.name}:${page.items.at(-1)!.version}` : undefined;
  };
  if (name !== undefined && version !== undefined) {
    const record = await parts.functions.get({ ...scope, name });
    const next = record === undefined ? undefined : await add(record, version);
    if (next !== undefined) return { items, next };
    if (items.length >= limit) return { items, next: name };
  }
  const functions = await parts.functions.list(scope, { limit, ...(name === undefined ? {} : { after: name }) });
  for (const [index, record] of functions.items.entries()) {
    const next = await add(record);
    if (next !== undefined) return { items, next };
    const last = index === functions.items.length - 1 && functions.next === undefined;
    if (items.length >= limit && !last) return { items, next: record.FunctionName };
  }
  return { items };
}

async function requireVersion(parts: ControlPlaneParts, { id, qualifier, arn }: FunctionAddress): Promise<VersionBehind["record"]> {
  const behind = await versionsBehind(parts, id, qualifier);
  if (behind === undefined) throw functionNotFound(arn);
  return behind[0].record;
}

function codeLocationOf({ links }: ControlPlaneParts, context: RequestContext, code: ZipCode | ImageCode): object {
  if (code.RepositoryType === "S3") return { RepositoryType: "S3", Location: links.linkTo(code.Sha256Hex, context) };
  return { RepositoryType: "ECR", ImageUri: code.ImageUri, ResolvedImageUri: code.ResolvedImageUri ?? code.ImageUri };
}
