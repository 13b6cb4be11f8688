import { AwsError } from "@lambdock/model/errors/aws-error";
import type { CodeInput, ConfigurationInput, CreateFunctionInput, UpdateFunctionCodeInput } from "./inputs.ts";

/**
 * Settings of Lambda that Lambdock does not act on. Those without which a function would behave
 * differently are refused; the others are stored, shown, and named in a warning.
 */

type AnyInput = Partial<CreateFunctionInput> & Partial<UpdateFunctionCodeInput> & ConfigurationInput;

const REFUSED: readonly { readonly name: string; readonly given: (input: AnyInput) => boolean }[] = [
  { name: "PublishTo", given: (input) => input.PublishTo !== undefined },
  { name: "DurableConfig", given: (input) => input.DurableConfig !== undefined },
  { name: "CapacityProviderConfig", given: (input) => input.CapacityProviderConfig !== undefined },
  { name: "TenancyConfig", given: (input) => input.TenancyConfig !== undefined },
];

const INERT: readonly { readonly name: string; readonly given: (input: AnyInput) => boolean }[] = [
  { name: "VpcConfig", given: (input) => (input.VpcConfig?.SubnetIds?.length ?? 0) > 0 },
  { name: "KMSKeyArn", given: (input) => isFilled(input.KMSKeyArn) },
  { name: "FileSystemConfigs", given: (input) => (input.FileSystemConfigs?.length ?? 0) > 0 },
  { name: "TracingConfig.Mode=Active", given: (input) => input.TracingConfig?.Mode === "Active" },
  { name: "SourceKMSKeyArn", given: (input) => isFilled(sourceOf(input).SourceKMSKeyArn) },
];

/** Throws 501 with the name of the first setting that Lambdock can't honour, and 404 for a code signing configuration, of which there are none here. */
export function refuseUnsupported(operation: string, input: AnyInput): void {
  if (isFilled(input.CodeSigningConfigArn))
    throw new AwsError(
      "CodeSigningConfigNotFoundException",
      `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${input.CodeSigningConfigArn}.`,
    );
  const refused = REFUSED.find((setting) => setting.given(input));
  if (refused !== undefined)
    throw new AwsError(
      "NotImplementedException",
      `Lambdock does not implement ${refused.name} of ${operation} yet: call it without ${refused.name}.`,
    );
}

/** Names of settings that are stored and shown but change nothing in how the function runs. */
export function inertSettings(input: AnyInput): readonly string[] {
  return INERT.filter((setting) => setting.given(input)).map((setting) => setting.name);
}

function sourceOf(input: AnyInput): CodeInput {
  return input.Code ?? input;
}

function isFilled(text: string | undefined): boolean {
  return text !== undefined && text !== "";
}
