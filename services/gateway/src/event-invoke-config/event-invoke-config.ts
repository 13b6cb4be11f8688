import { functionArn, type FunctionId } from "@lambdock/model/arn";
import { invalidParameter, notFound } from "@lambdock/model/errors/aws-error";
import type { EventInvokeConfig } from "@lambdock/store/event-invoke-configs";
import { addressOf } from "@lambdock/directory/function-address";
import { LATEST } from "@lambdock/directory/spec";
import type { ControlPlaneParts } from "../functions/control-plane-parts.ts";
import { decodeMarker, encodeMarker } from "../functions/marker.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { checkDestinations, type Destinations } from "./destination-rules.ts";

/** What Put and Update take beside the function's address. */
interface ConfigInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: Destinations;
}

type AddressInput = Pick<ConfigInput, "FunctionName" | "Qualifier">;

interface Target {
  readonly id: FunctionId;
  readonly qualifier: string;
  /** Always qualified [recorded]. */
  readonly arn: string;
}

const PAGE_MAX = 50;

/** PutFunctionEventInvokeConfig: replaces everything; what is not given is unset. */
export function putFunctionEventInvokeConfig(parts: ControlPlaneParts): Operation {
  return async (input: ConfigInput, context: RequestContext) => store(parts, await targetOf(parts, input, context), { input, context });
}

/** UpdateFunctionEventInvokeConfig: changes what is given and keeps the rest. */
export function updateFunctionEventInvokeConfig(parts: ControlPlaneParts): Operation {
  return async (input: ConfigInput, context: RequestContext) => {
    const target = await targetOf(parts, input, context);
    const before = await parts.eventInvokeConfigs.get(target.id, target.qualifier);
    if (before === undefined) throw noConfig(target);
    return store(parts, target, { input, context, before });
  };
}

/** GetFunctionEventInvokeConfig. */
export function getFunctionEventInvokeConfig(parts: ControlPlaneParts): Operation {
  return async (input: AddressInput, context: RequestContext) => {
    const target = await targetOf(parts, input, context);
    const config = await parts.eventInvokeConfigs.get(target.id, target.qualifier);
    if (config === undefined) throw noConfig(target);
    return shown(target.arn, config);
  };
}

/** DeleteFunctionEventInvokeConfig. */
export function deleteFunctionEventInvokeConfig(parts: ControlPlaneParts): Operation {
  return async (input: AddressInput, context: RequestContext) => {
    const target = await targetOf(parts, input, context);
    if (!(await parts.eventInvokeConfigs.delete(target.id, target.qualifier))) throw noConfig(target);
    return {};
  };
}

/** ListFunctionEventInvokeConfigs, at most fifty to a page. */
export function listFunctionEventInvokeConfigs(parts: ControlPlaneParts): Operation {
  return async (
    input: { readonly FunctionName: string; readonly Marker?: string; readonly MaxItems?: number },
    context: RequestContext,
  ) => {
    const { id } = await targetOf(parts, { FunctionName: input.FunctionName }, context);
    const after = decodeMarker(input.Marker);
    const left = (await parts.eventInvokeConfigs.list(id)).filter(([qualifier]) => after === undefined || qualifier > after);
    const page = left.slice(0, Math.min(input.MaxItems ?? PAGE_MAX, PAGE_MAX));
    const last = page.at(-1)?.[0];
    return {
      FunctionEventInvokeConfigs: page.map(([qualifier, config]) => shown(functionArn(id, qualifier), config)),
      ...(page.length < left.length && last !== undefined ? { NextMarker: encodeMarker(last) } : {}),
    };
  };
}

interface Change {
  readonly input: ConfigInput;
  readonly context: RequestContext;
  /** What an update starts from. */
  readonly before?: EventInvokeConfig;
}

async function store(parts: ControlPlaneParts, target: Target, { input, context, before }: Change): Promise<object> {
  const { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age, DestinationConfig: destinations } = input;
  if (retries === undefined && age === undefined && destinations === undefined) {
    throw invalidParameter("You must specify at least one of error handling or destination setting.");
  }
  if (destinations !== undefined) checkDestinations(target.id, destinations);
  const attempts = retries ?? before?.MaximumRetryAttempts;
  const ageSeconds = age ?? before?.MaximumEventAgeInSeconds;
  const config: EventInvokeConfig = {
    LastModified: context.now / 1_000,
    ...(attempts === undefined ? {} : { MaximumRetryAttempts: attempts }),
    ...(ageSeconds === undefined ? {} : { MaximumEventAgeInSeconds: ageSeconds }),
    DestinationConfig: {
      OnSuccess: destinations?.OnSuccess ?? before?.DestinationConfig.OnSuccess ?? {},
      OnFailure: destinations?.OnFailure ?? before?.DestinationConfig.OnFailure ?? {},
    },
  };
  await parts.eventInvokeConfigs.put(target.id, target.qualifier, config);
  return shown(target.arn, config);
}

/** The function must exist; versions and aliases do not yet, so any other qualifier is unknown. */
async function targetOf(parts: ControlPlaneParts, input: AddressInput, { scope }: RequestContext): Promise<Target> {
  const { id, qualifier = LATEST } = addressOf(scope, input.FunctionName, input.Qualifier);
  if (qualifier !== LATEST || (await parts.functions.get(id)) === undefined) throw notFound("The function doesn't exist.");
  return { id, qualifier, arn: functionArn(id, qualifier) };
}

function noConfig({ arn }: Target): Error {
  return notFound(`The function ${arn} doesn't have an EventInvokeConfig`);
}

function shown(arn: string, config: EventInvokeConfig): object {
  return { ...config, FunctionArn: arn };
}
