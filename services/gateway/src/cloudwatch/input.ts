/**
 * Members of a request, whichever protocol it came in: the Query protocol writes everything as
 * text, CBOR tags its timestamps, JSON counts seconds.
 */
import { CloudWatchError, invalidValue, missing } from "./cloudwatch-error.ts";

/** A request's members by the names of the model. */
export type Input = Readonly<Record<string, unknown>>;

/** A member of the request, and where it is, for messages: `MetricDataQueries.member.1.Id`. */
export interface Member {
  readonly input: Input;
  readonly name: string;
  /** Of the structure that it is in; empty at the top. */
  readonly path?: string;
}

/** The member's name as AWS's messages have it. */
export function pathOf({ name, path = "" }: Member): string {
  return path === "" ? name : `${path}.${name}`;
}

/** `undefined` when it is absent. Throws when it is not text of such a length. */
export function optionalText(member: Member, lengths: { readonly min: number; readonly max: number }): string | undefined {
  const value = member.input[member.name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(member, "a string");
  if (value.length < lengths.min || value.length > lengths.max)
    throw invalidValue(
      `The parameter ${pathOf(member)} must be ${value.length < lengths.min ? "longer" : "shorter"} than ${value.length < lengths.min ? lengths.min - 1 : lengths.max + 1} character(s).`,
    );
  return value;
}

/** Throws when it is absent. */
export function requiredText(member: Member, lengths: { readonly min: number; readonly max: number }): string {
  const value = optionalText(member, lengths);
  if (value === undefined) throw missing(pathOf(member));
  return value;
}

/** `undefined` when it is absent. */
export function optionalInteger(member: Member): number | undefined {
  const value = member.input[member.name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === "bigint" || typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || value === "") throw wrongType(member, "an integer");
  return number;
}

/** `undefined` when it is absent. */
export function optionalBoolean(member: Member): boolean | undefined {
  const value = member.input[member.name];
  if (value === undefined || value === null) return undefined;
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw wrongType(member, "a boolean");
}

/** Epoch milliseconds; throws when it is absent. */
export function requiredTimestamp(member: Member): number {
  const value = member.input[member.name];
  if (value === undefined || value === null) throw missing(pathOf(member));
  const tagged = isInput(value) && value["tag"] === 1 ? value["value"] : value;
  const seconds = typeof tagged === "string" && /^\d+(\.\d+)?$/.test(tagged) ? Number(tagged) : tagged;
  const milliseconds = typeof seconds === "string" ? Date.parse(seconds) : Number(seconds) * 1_000;
  // The range of a Date.
  if (!(Math.abs(milliseconds) <= 8.64e15)) throw wrongType(member, "a timestamp");
  return milliseconds;
}

/** Empty when it is absent. */
export function listOf(member: Member): readonly unknown[] {
  const value = member.input[member.name];
  // Of an empty list the Query protocol has the name alone.
  if (value === undefined || value === null || value === "") return [];
  if (!Array.isArray(value)) throw wrongType(member, "a list");
  return value;
}

/** A list's structures, each with its path. */
export function structuresOf(member: Member): readonly { readonly input: Input; readonly path: string }[] {
  return listOf(member).map((each, index) => {
    const path = `${pathOf(member)}.member.${index + 1}`;
    if (!isInput(each)) throw new CloudWatchError("MalformedInput", `${path} is not a structure.`);
    return { input: each, path };
  });
}

/** A list's texts. */
export function textsOf(member: Member): readonly string[] {
  return listOf(member).map((each, index) => {
    if (typeof each === "string") return each;
    throw new CloudWatchError("MalformedInput", `${pathOf(member)}.member.${index + 1} is not a string.`);
  });
}

/** `undefined` when it is absent. */
export function optionalStructure(member: Member): Input | undefined {
  const value = member.input[member.name];
  if (value === undefined || value === null) return undefined;
  if (!isInput(value)) throw wrongType(member, "a structure");
  return value;
}

/** Whether it is an object with members. */
export function isInput(value: unknown): value is Input {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrongType(member: Member, expected: string): CloudWatchError {
  return new CloudWatchError("MalformedInput", `The value of ${pathOf(member)} is not ${expected}.`);
}
