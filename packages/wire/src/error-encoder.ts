/**
 * An AwsError as an HTTP response: code in `x-amzn-ErrorType`, body in the error's form
 * (`errors/catalogue.ts`), extra members such as `Reason` before it [recorded].
 */
import type { AwsError } from "@lambdock/model/errors/aws-error";
import type { EncodedResponse } from "./response-encoder.ts";

/** The REST-JSON form of an error. */
export function encodeError(error: AwsError): EncodedResponse {
  return {
    status: error.status,
    headers: { "content-type": "application/json", "x-amzn-errortype": error.code, ...lowerCaseNames(error.headers) },
    body: JSON.stringify({ ...error.extra, ...members(error) }),
  };
}

function members({ form, awsMessage }: AwsError): Record<string, string | null> {
  switch (form) {
    case "user":
      return { Type: "User", message: awsMessage };
    case "User":
      return { Type: "User", Message: awsMessage };
    case "Service":
      return { Type: "Service", Message: awsMessage };
    case "bare":
      return { message: awsMessage };
    case "Bare":
      return { Message: awsMessage };
  }
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
