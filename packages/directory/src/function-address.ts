import { functionArn, parseFunctionName, type FunctionId, type ParsedFunctionName, type Scope } from "@lambdock/model/arn";
import { AwsError, invalidParameter, notFound } from "@lambdock/model/errors/aws-error";

/**
 * What a caller's FunctionName and Qualifier point at. Texts and statuses are those recorded from
 * AWS, November 2025.
 */
export interface FunctionAddress {
  readonly id: FunctionId;
  /** As the caller gave it, in the name or beside it. */
  readonly qualifier?: string;
  /** Qualified only when the caller qualified it. */
  readonly arn: string;
}

/** Longest function name. */
const NAME_LENGTH_MAX = 64;
const INVOKE_PATTERN =
  "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const CREATE_PATTERN =
  "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";
const ALIAS = /^(?!\d+$)[a-zA-Z0-9-_]+$/;

/** Resolves name and qualifier within the caller's scope. Throws the AwsError of a name that can't be reached from there. */
export function addressOf(scope: Scope, functionName: string, qualifier?: string): FunctionAddress {
  const parsed = parseFunctionName(functionName);
  if (parsed === undefined) throw patternViolation(functionName, INVOKE_PATTERN);
  if (qualifier !== undefined && parsed.qualifier !== undefined && qualifier !== parsed.qualifier) {
    throw invalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
  }
  requireReachable(scope, parsed);
  const id = { accountId: scope.accountId, region: scope.region, name: parsed.name };
  const chosen = qualifier ?? parsed.qualifier;
  return { id, arn: functionArn(id, chosen), ...(chosen === undefined ? {} : { qualifier: chosen }) };
}

/** Like {@link addressOf} for operations that work on functions, not on versions or aliases; `$LATEST` is taken for the function. */
export function unqualifiedAddressOf(scope: Scope, functionName: string): FunctionAddress {
  const { id, qualifier } = addressOf(scope, functionName);
  if (qualifier !== undefined && qualifier !== "$LATEST") {
    throw invalidParameter(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    );
  }
  return { id, arn: functionArn(id) };
}

/** The identity of a function to be created: a name, or an unqualified (partial) ARN of the caller's own scope. */
export function idForCreation(scope: Scope, functionName: string): FunctionId {
  const parsed = parseFunctionName(functionName);
  if (parsed === undefined || parsed.qualifier !== undefined || parsed.name.includes("."))
    throw patternViolation(functionName, CREATE_PATTERN);
  requireReachable(scope, parsed);
  if (parsed.name.length > NAME_LENGTH_MAX) {
    throw invalidParameter(
      `1 validation error detected: Value '${parsed.name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${NAME_LENGTH_MAX}`,
    );
  }
  return { accountId: scope.accountId, region: scope.region, name: parsed.name };
}

/** 404 for a function, or for a version or alias of it. */
export function functionNotFound(arn: string): AwsError {
  return notFound(`Function not found: ${arn}`);
}

/** True for what can only be the name of an alias; version numbers and `$LATEST` are not. */
export function isAliasName(qualifier: string): boolean {
  return ALIAS.test(qualifier);
}

function requireReachable(scope: Scope, { region, accountId }: ParsedFunctionName): void {
  if (region !== undefined && region !== scope.region)
    throw notFound(`Functions from '${region}' are not reachable in this region ('${scope.region}')`);
  // AWS answers another account's ARN without permission with a null message [recorded].
  if (accountId !== undefined && accountId !== scope.accountId) throw new AwsError("AccessDeniedException", null);
}

function patternViolation(value: string, pattern: string): AwsError {
  return new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  );
}
