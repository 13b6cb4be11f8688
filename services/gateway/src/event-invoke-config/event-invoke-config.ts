import { addressOf } from "@lambdock/directory/function-address";
import { versionsBehind, type QualifiedStores } from "@lambdock/directory/qualified-specs";
import { LATEST } from "@lambdock/directory/spec";
import { functionArn, type FunctionId, type Scope } from "@lambdock/model/arn";
import { invalidParameter, notFound } from "@lambdock/model/errors/aws-error";
import type { EventInvokeConfig, EventInvokeConfigStore } from "@lambdock/store/event-invoke-configs";
import { decodeMarker, encodeMarker } from "../functions/marker.ts";
import type { Operation, RequestContext } from "../operation.ts";
import { checkDestinations, type Destinations } from "./destination-rules.ts";

/** Event invoke configs: retries, age and destinations of asynchronous events. Messages and their order are those recorded in November 2025. */
export interface EventInvokeConfigParts extends QualifiedStores {
  readonly eventInvokeConfigs: EventInvokeConfigStore;
}

/** What Put and Update take beside the function's address. */
interface ConfigInput extends AddressInput {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: Destinations;
}

interface AddressInput {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

interface Target {
  readonly id: FunctionId;
  readonly qualifier: string;
  /** Always qualified [recorded]. */
  readonly arn: string;
}

const PAGE_MAX = 50;

/** PutFunctionEventInvokeConfig: replaces everything; what is not given is unset. */
export function putFunctionEventInvokeConfig(parts: EventInvokeConfigParts): Operation {
  return (input: ConfigInput, context: RequestContext) => change(parts, { input, context, merge: () => undefined });
}

/** UpdateFunctionEventInvokeConfig: changes what is given and keeps the rest. */
export function updateFunctionEventInvokeConfig(parts: EventInvokeConfigParts): Operation {
  return (input: ConfigInput, context: RequestContext) =>
    change(parts, {
      input,
      context,
      merge(target, before) {
        if (before === undefined) throw noConfig(target);
        return before;
      },
    });
}

/** GetFunctionEventInvokeConfig; a function that does not exist has no config either [recorded]. */
export function getFunctionEventInvokeConfig({ eventInvokeConfigs }: EventInvokeConfigParts): Operation {
  return async (input: AddressInput, { scope }: RequestContext) => {
    const target = targetOf(scope, input);
    const config = await eventInvokeConfigs.get(target.id, target.qualifier);
    if (config === undefined) throw noConfig(target);
    return shown(target.arn, config);
  };
}

/** DeleteFunctionEventInvokeConfig. */
export function deleteFunctionEventInvokeConfig({ eventInvokeConfigs }: EventInvokeConfigParts): Operation {
  return async (input: AddressInput, { scope }: RequestContext) => {
    const target = targetOf(scope, input);
    if (!(await eventInvokeConfigs.delete(target.id, target.qualifier))) throw noConfig(target);
    return {};
  };
}

/** ListFunctionEventInvokeConfigs, at most fifty to a page. */
export function listFunctionEventInvokeConfigs(parts: EventInvokeConfigParts): Operation {
  return async (
    input: { readonly FunctionName: string; readonly Marker?: string; readonly MaxItems?: number },
    { scope }: RequestContext,
  ) => {
    const { id } = targetOf(scope, input);
    if ((await parts.functions.get(id)) === undefined) throw noFunction();
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
  /** What the change starts from, given what is stored. */
  readonly merge: (target: Target, before: EventInvokeConfig | undefined) => EventInvokeConfig | undefined;
}

async function change(parts: EventInvokeConfigParts, { input, context, merge }: Change): Promise<object> {
  const target = targetOf(context.scope, input);
  // Looked at before the function is [recorded].
  if (input.MaximumRetryAttempts === undefined && input.MaximumEventAgeInSeconds === undefined && input.DestinationConfig === undefined) {
    throw invalidParameter("You must specify at least one of error handling or destination setting.");
  }
  if ((await versionsBehind(parts, target.id, target.qualifier)) === undefined) throw noFunction();
  merge(target, await parts.eventInvokeConfigs.get(target.id, target.qualifier));
  if (input.DestinationConfig !== undefined) await checkDestinations(parts, target.id, input.DestinationConfig);
  const config = await parts.eventInvokeConfigs.update(target.id, target.qualifier, (before) =>
    configured(merge(target, before), input, context.now),
  );
  if (config === "gone") throw noFunction();
  return shown(target.arn, config);
}

function configured(before: EventInvokeConfig | undefined, input: ConfigInput, now: number): EventInvokeConfig {
  const attempts = input.MaximumRetryAttempts ?? before?.MaximumRetryAttempts;
  const ageSeconds = input.MaximumEventAgeInSeconds ?? before?.MaximumEventAgeInSeconds;
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
  return {
    LastModified: Math.floor(now) / 1_000,
    ...(attempts === undefined ? {} : { MaximumRetryAttempts: attempts }),
    ...(ageSeconds === undefined ? {} : { MaximumEventAgeInSeconds: ageSeconds }),
    DestinationConfig: {
      OnSuccess: withoutEmpty(OnSuccess ?? before?.DestinationConfig.OnSuccess),
      OnFailure: withoutEmpty(OnFailure ?? before?.DestinationConfig.OnFailure),
    },
  };
}

/** An emptied destination is none. */
function withoutEmpty(destination: { readonly Destination?: string } | undefined): { readonly Destination?: string } {
  return destination?.Destination ? { Destination: destination.Destination } : {};
}

function targetOf(scope: Scope, input: AddressInput): Target {
  const { id, qualifier = LATEST } = addressOf(scope, input.FunctionName, input.Qualifier);
  return { id, qualifier, arn: functionArn(id, qualifier) };
}

function noFunction(): Error {
  return notFound("The function doesn't exist.");
}

function noConfig({ arn }: Target): Error {
  return notFound(`The function ${arn} doesn't have an EventInvokeConfig`);
}

function shown(arn: string, config: EventInvokeConfig): object {
  return { ...config, FunctionArn: arn };
}
