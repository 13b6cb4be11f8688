import { AwsError, invalidParameter } from "@lambdock/model/errors/aws-error";
import { layerArn, type Scope } from "@lambdock/model/arn";
import type { ZipCode } from "@lambdock/model/function-record";
import { CURRENT_RUNTIMES, runtimeStanding } from "@lambdock/model/runtimes";
import type { LayerVersionRecord } from "@lambdock/store/layers";
import { readZip, releaseCode, requireCodeStorage, storeZip } from "../functions/code-intake.ts";
import { lambdaDate } from "../functions/content.ts";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import type { CodeInput } from "../functions/inputs.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { layerAddressOf } from "./layer-name.ts";
import { shownLayerVersion } from "./layer-view.ts";

interface PublishLayerVersionInput {
  readonly LayerName: string;
  readonly Content: CodeInput;
  readonly Description?: string;
  readonly CompatibleRuntimes?: readonly string[];
  readonly CompatibleArchitectures?: readonly string[];
  readonly LicenseInfo?: string;
}

const ARCHITECTURES: readonly string[] = ["x86_64", "arm64"];

/** PublishLayerVersion: the next version of a layer, which comes into being with its first. */
export function publishLayerVersion(parts: ControlPlaneParts): Operation {
  return async (input: PublishLayerVersionInput, context: RequestContext) => {
    checkCompatibility(input);
    const { scope, name } = layerAddressOf(context.scope, input.LayerName);
    if (scope.accountId !== context.scope.accountId) throw new AwsError("AccessDeniedException", null);
    const { ZipFile, S3Bucket, S3Key } = input.Content;
    if (ZipFile === undefined && (S3Bucket === undefined || S3Key === undefined))
      throw invalidParameter("Please provide a source for layer content: ZipFile, or S3Bucket and S3Key.");
    const record = await publish(parts, { scope, name, input, now: context.now });
    return shownLayerVersion(parts.links, context, { scope, record });
  };
}

interface Publication {
  readonly scope: Scope;
  readonly name: string;
  readonly input: PublishLayerVersionInput;
  readonly now: number;
}

async function publish(parts: ControlPlaneParts, { scope, name, input, now }: Publication): Promise<LayerVersionRecord> {
  const zip = await readZip(parts, input.Content);
  await requireCodeStorage(parts, scope, zip.bytes.length);
  // Held under an id of its own until the version has a number: a zip that is refused must not cost one.
  const intakeId = parts.newId();
  const code = await storeZip(parts, zip, intakeId);
  try {
    return await store(parts, { scope, name, input, now }, code);
  } finally {
    await releaseCode(parts, code, intakeId);
  }
}

async function store(parts: ControlPlaneParts, { scope, name, input, now }: Publication, code: ZipCode): Promise<LayerVersionRecord> {
  const Version = await parts.layers.nextVersion(scope, name);
  await parts.usage.hold(layerArn(scope, name, Version), [code.Sha256Hex]);
  const record: LayerVersionRecord = {
    LayerName: name,
    Version,
    Description: input.Description ?? "",
    CreatedDate: lambdaDate(now),
    Sha256Hex: code.Sha256Hex,
    CodeSha256: code.CodeSha256,
    CodeSize: code.CodeSize,
    UnzippedSize: code.UnzippedSize,
    ...(input.CompatibleRuntimes === undefined ? {} : { CompatibleRuntimes: input.CompatibleRuntimes }),
    ...(input.CompatibleArchitectures === undefined ? {} : { CompatibleArchitectures: input.CompatibleArchitectures }),
    ...(input.LicenseInfo === undefined ? {} : { LicenseInfo: input.LicenseInfo }),
  };
  await parts.layers.put(scope, record);
  return record;
}

/** Both lists are checked before AWS answers, so that one answer may name two errors [recorded]. Deprecated runtimes are taken. */
function checkCompatibility({ CompatibleRuntimes = [], CompatibleArchitectures = [] }: PublishLayerVersionInput): void {
  const errors: string[] = [];
  if (CompatibleRuntimes.some((runtime) => runtimeStanding(runtime) === "unknown")) {
    errors.push(
      `Value '[${CompatibleRuntimes.join(", ")}]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [${CURRENT_RUNTIMES.join(", ")}]`,
    );
  }
  if (CompatibleArchitectures.some((architecture) => !ARCHITECTURES.includes(architecture))) {
    errors.push(
      `Value '[${CompatibleArchitectures.join(", ")}]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]`,
    );
  }
  if (errors.length === 0) return;
  throw new AwsError(
    "ValidationException",
    `${errors.length} validation error${errors.length > 1 ? "s" : ""} detected: ${errors.join("; ")}`,
  );
}
