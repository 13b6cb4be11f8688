/**
 * Function and layer ARNs, and the ways a caller may name a function.
 * AWS: "FunctionName" of the Invoke API reference. Account and region are those of the request
 * unless an ARN says otherwise.
 */

/** Where a resource lives. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
}

/** A function inside one account and region, without a qualifier. */
export interface FunctionId extends Scope {
  readonly name: string;
}

/** The partition that a region belongs to. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return "aws";
}

/** `arn:aws:lambda:R:ACC:function:NAME[:QUALIFIER]`. */
export function functionArn(id: FunctionId, qualifier?: string): string {
  const base = `arn:${partitionOf(id.region)}:lambda:${id.region}:${id.accountId}:function:${id.name}`;
  return qualifier === undefined ? base : `${base}:${qualifier}`;
}

/** `arn:aws:lambda:R:ACC:layer:NAME[:VERSION]`. */
export function layerArn(scope: Scope, name: string, version?: number): string {
  const base = `arn:${partitionOf(scope.region)}:lambda:${scope.region}:${scope.accountId}:layer:${name}`;
  return version === undefined ? base : `${base}:${version}`;
}

/** What a caller's `FunctionName` said. Absent members were not given. */
export interface ParsedFunctionName {
  readonly name: string;
  readonly qualifier?: string;
  readonly accountId?: string;
  readonly region?: string;
}

const FULL = /^arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):function:([a-zA-Z0-9-_.]+)(?::(\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;
/** Lambda's own pattern, in which every part before the name may be missing. */
const PARTIAL =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:((?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_.]+)(?::(\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;

/**
 * Parses name, name:qualifier, partial ARN or full ARN; `undefined` when it is none of them.
 * An incomplete ARN such as `arn:aws:lambda:R:ACC:function` names a function called `function` [recorded].
 */
export function parseFunctionName(text: string): ParsedFunctionName | undefined {
  const full = FULL.exec(text);
  if (full) return named(full[3]!, full[4], full[2], full[1]);
  const partial = PARTIAL.exec(text);
  if (partial) return named(partial[3]!, partial[4], partial[2], partial[1]);
  return undefined;
}

function named(name: string, qualifier?: string, accountId?: string, region?: string): ParsedFunctionName {
  return {
    name,
    ...(qualifier === undefined ? {} : { qualifier }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(region === undefined ? {} : { region }),
  };
}
