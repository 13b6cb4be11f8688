import { partitionOf } from "@lambdock/model/arn";
import { invalidParameter } from "@lambdock/model/errors/aws-error";
import type { PolicyStatement } from "@lambdock/store/policies";

/** Input of AddPermission. */
export interface AddPermissionInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  readonly EventSourceToken?: string;
  readonly PrincipalOrgID?: string;
  readonly FunctionUrlAuthType?: string;
  readonly InvokedViaFunctionUrl?: boolean;
  readonly RevisionId?: string;
}

const SERVICE = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com|amazonaws\.com\.cn|amazon\.com)$/;
const ACCOUNT = /^\d{12}$/;
const PRINCIPAL_ARN = /^arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:.+/;

/** The statement that AWS writes for a permission, members in AWS's order [recorded]. Throws for a principal that is none. */
export function functionStatement(input: AddPermissionInput, resource: { readonly arn: string; readonly region: string }): PolicyStatement {
  const Condition = conditionOf(input);
  return {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principalOf(input.Principal, resource.region),
    Action: input.Action,
    Resource: resource.arn,
    ...(Object.keys(Condition).length === 0 ? {} : { Condition }),
  };
}

/** A principal as a policy names it: everybody, an account, a user or role, or a service. */
export function principalOf(principal: string, region: string): PolicyStatement["Principal"] {
  if (principal === "*") return "*";
  if (ACCOUNT.test(principal)) return { AWS: `arn:${partitionOf(region)}:iam::${principal}:root` };
  if (PRINCIPAL_ARN.test(principal)) return { AWS: principal };
  if (SERVICE.test(principal)) return { Service: principal };
  throw invalidParameter("The provided principal was invalid. Please check the principal and try again.");
}

function conditionOf(input: AddPermissionInput): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const equals = defined({
    "AWS:SourceAccount": input.SourceAccount,
    "lambda:FunctionUrlAuthType": input.FunctionUrlAuthType,
    "aws:PrincipalOrgID": input.PrincipalOrgID,
    "lambda:EventSourceToken": input.EventSourceToken,
  });
  return {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(input.SourceArn === undefined ? {} : { ArnLike: { "AWS:SourceArn": input.SourceArn } }),
    ...(input.InvokedViaFunctionUrl === undefined ? {} : { Bool: { "lambda:InvokedViaFunctionUrl": String(input.InvokedViaFunctionUrl) } }),
  };
}

function defined(members: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
