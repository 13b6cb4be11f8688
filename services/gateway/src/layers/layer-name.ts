import { layerArn, type Scope } from "@lambdock/model/arn";
import { invalidParameter, notFound } from "@lambdock/model/errors/aws-error";

/** A layer, wherever it lives. */
export interface LayerAddress {
  readonly scope: Scope;
  readonly name: string;
}

/** One version of a layer. */
export interface LayerVersionAddress extends LayerAddress {
  readonly version: number;
}

const LAYER_ARN = /^arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]+)(?::(\d+))?$/;

/** Reads a `LayerName`: a name in the caller's scope, or an unversioned ARN. */
export function layerAddressOf(scope: Scope, layerName: string): LayerAddress {
  const match = LAYER_ARN.exec(layerName);
  if (match === null) return { scope, name: layerName };
  if (match[1] !== scope.region) throw notFound(`Layers from '${match[1]}' are not reachable in this region ('${scope.region}')`);
  return { scope: { region: match[1]!, accountId: match[2]! }, name: match[3]! };
}

/** Reads a layer version's ARN; `undefined` for what can't be one here, such as the ARN of one of AWS's own layers. */
export function parseLayerVersionArn(arn: string): LayerVersionAddress | undefined {
  const match = LAYER_ARN.exec(arn);
  if (match?.[4] === undefined) return undefined;
  return { scope: { region: match[1]!, accountId: match[2]! }, name: match[3]!, version: Number(match[4]) };
}

/** The ARN of a layer version. */
export function layerVersionArn({ scope, name, version }: LayerVersionAddress): string {
  return layerArn(scope, name, version);
}

/** The version number of a request; throws for one below 1. */
export function requireVersionNumber(version: number): number {
  if (version < 1) throw invalidParameter("Layer Version Cannot be less than 1");
  return version;
}
