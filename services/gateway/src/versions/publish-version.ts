import { unqualifiedAddressOf } from "@lambdock/directory/function-address";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import type { FunctionRecord } from "@lambdock/model/function-record";
import { configurationOf, imageDigestOf } from "../functions/configuration.ts";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { refuseUnsupported } from "../functions/setting-support.ts";
import { requireUpdatable } from "../functions/transitions.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { publish } from "./publish.ts";

interface PublishVersionInput {
  readonly FunctionName: string;
  readonly CodeSha256?: string;
  readonly Description?: string;
  readonly RevisionId?: string;
  readonly PublishTo?: string;
}

/** PublishVersion: what has not changed since the last published version is not published again. */
export function publishVersion(parts: ControlPlaneParts): Operation {
  return async (input: PublishVersionInput, { scope }: RequestContext) => {
    const { id } = unqualifiedAddressOf(scope, input.FunctionName);
    refuseUnsupported("PublishVersion", input);
    const version = await publish(parts, {
      id,
      check(latest) {
        requireUpdatable(latest, input.RevisionId);
        requireCode(latest, input.CodeSha256);
      },
      ...(input.Description === undefined ? {} : { description: input.Description }),
    });
    return configurationOf(version, version.Version);
  };
}

function requireCode({ Latest: { Code } }: FunctionRecord, expected: string | undefined): void {
  if (expected === undefined || expected === "") return;
  const actual = Code.RepositoryType === "S3" ? Code.CodeSha256 : imageDigestOf(Code);
  if (expected !== actual)
    throw invalidParameter(
      `CodeSHA256 (${expected}) is different from current CodeSHA256 in $LATEST (${actual}). Please try again with the CodeSHA256 in $LATEST.`,
    );
}
