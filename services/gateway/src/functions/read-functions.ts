import type { FunctionRecord, ImageCode, ZipCode } from "@lambdock/model/function-record";
import { AwsError } from "@lambdock/model/errors/aws-error";
import type { Operation, RequestContext } from "../operation.ts";
import { configurationOf, listedConfigurationOf } from "./configuration.ts";
import type { ControlPlaneParts } from "./control-plane-parts.ts";
import { addressOf, functionNotFound, type FunctionAddress } from "@lambdock/directory/function-address";
import { requireFunction } from "./function-changes.ts";
import { decodeMarker, encodeMarker } from "./marker.ts";
import { LATEST } from "@lambdock/directory/spec";

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

/** GetFunction: configuration, a link to the code, and tags and reserved concurrency if there are any. */
export function getFunction(parts: ControlPlaneParts): Operation {
  return async (input: GetInput, context: RequestContext) => {
    const address = addressOf(context.scope, input.FunctionName, input.Qualifier);
    const record = await requireVersion(parts, address);
    const [tags, reserved] = await Promise.all([parts.tags.list(address.id), parts.reservedConcurrency.get(address.id)]);
    return {
      Configuration: configurationOf(record, address.qualifier !== undefined),
      Code: codeLocationOf(parts, context, record.Latest.Code),
      ...(Object.keys(tags).length === 0 ? {} : { Tags: tags }),
      ...(reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } }),
    };
  };
}

/** GetFunctionConfiguration. */
export function getFunctionConfiguration(parts: ControlPlaneParts): Operation {
  return async (input: GetInput, { scope }: RequestContext) => {
    const address = addressOf(scope, input.FunctionName, input.Qualifier);
    return configurationOf(await requireVersion(parts, address), address.qualifier !== undefined);
  };
}

/** ListFunctions, in the order of names; `FunctionVersion=ALL` shows qualified ARNs [recorded]. */
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
    const page = await parts.functions.list(scope, {
      limit: Math.min(input.MaxItems ?? PAGE_SIZE_MAX, PAGE_SIZE_MAX),
      ...(after === undefined ? {} : { after }),
    });
    return {
      Functions: page.items.map((record) => listedConfigurationOf(record, all)),
      ...(page.next === undefined ? {} : { NextMarker: encodeMarker(page.next) }),
    };
  };
}

async function requireVersion(parts: ControlPlaneParts, address: FunctionAddress): Promise<FunctionRecord> {
  const record = await requireFunction(parts.functions, address.id, address.arn);
  if (address.qualifier !== undefined && address.qualifier !== LATEST) throw functionNotFound(address.arn);
  return record;
}

function codeLocationOf({ links }: ControlPlaneParts, context: RequestContext, code: ZipCode | ImageCode): object {
  if (code.RepositoryType === "S3") return { RepositoryType: "S3", Location: links.linkTo(code.Sha256Hex, context) };
  return { RepositoryType: "ECR", ImageUri: code.ImageUri, ResolvedImageUri: code.ResolvedImageUri ?? code.ImageUri };
}
