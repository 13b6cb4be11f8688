/**
 * The form of the table that `scripts/generate-api.mjs` derives from AWS's API model. Shapes are
 * named; members point to them by name, so that recursive and shared shapes cost nothing.
 */

/** Where a member travels when it is not part of the JSON body. */
export type Location = "uri" | "querystring" | "header" | "statusCode";

/** One member of a structure. */
export interface Member {
  readonly shape: string;
  readonly location?: Location;
  /** Name on the wire where it differs from the member's own. */
  readonly locationName?: string;
}

/** Constraints on length (text, lists, maps, blobs) or value (numbers). */
interface Bounds {
  readonly min?: number;
  readonly max?: number;
  /** True: error texts leave the value out. */
  readonly sensitive?: true;
}

export interface StructureShape {
  readonly type: "structure";
  readonly members: Readonly<Record<string, Member>>;
  readonly required?: readonly string[];
  /** The member that is the whole body. */
  readonly payload?: string;
  readonly sensitive?: true;
}
export interface ListShape extends Bounds {
  readonly type: "list";
  readonly member: string;
}
export interface MapShape extends Bounds {
  readonly type: "map";
  readonly key: string;
  readonly value: string;
}
export interface StringShape extends Bounds {
  readonly type: "string";
  readonly pattern?: string;
  readonly enum?: readonly string[];
}
export interface BlobShape extends Bounds {
  readonly type: "blob";
}
export interface NumberShape extends Bounds {
  readonly type: "integer" | "long" | "double";
}
export interface PlainShape {
  readonly type: "boolean" | "timestamp";
  readonly sensitive?: true;
}

export type Shape = StructureShape | ListShape | MapShape | StringShape | BlobShape | NumberShape | PlainShape;

/** One operation: how it is reached and what goes in and out. */
export interface ApiOperation {
  readonly method: string;
  /** `/2015-03-31/functions/{FunctionName}`, perhaps with a fixed query after `?`. */
  readonly uri: string;
  readonly status: number;
  readonly input?: string;
  readonly output?: string;
}

/** One modelled error. */
export interface ApiError {
  readonly status: number;
  /** The member that carries the message. */
  readonly messageKey: "message" | "Message";
}

/** A whole service. */
export interface ApiModel {
  readonly operations: Readonly<Record<string, ApiOperation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly errors: Readonly<Record<string, ApiError>>;
}
