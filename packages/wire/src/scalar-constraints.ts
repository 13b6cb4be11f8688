/** Constraints of single values and of sizes, in AWS's order and words: longest, shortest, pattern, enum [recorded]. */
import type { BlobShape, ListShape, MapShape, NumberShape, StringShape } from "./api-model.ts";

/** One constraint: its text after `failed to satisfy constraint: `, and whether a value satisfies it. */
export interface Constraint {
  readonly text: string;
  readonly holds: (value: unknown) => boolean;
}

/** Each shape's constraints are compiled once. */
const compiled = new WeakMap<object, readonly Constraint[]>();

/** The constraints of a text, number or blob. */
export function scalarConstraints(shape: StringShape | NumberShape | BlobShape): readonly Constraint[] {
  return once(shape, () => {
    if (shape.type === "string") return [...lengths(shape, (value) => (value as string).length), ...textConstraints(shape)];
    if (shape.type === "blob") return lengths(shape, (value) => (value as Uint8Array).byteLength);
    return values(shape);
  });
}

/** The constraints of a list's or map's size; they take the size itself. */
export function sizeConstraints(shape: ListShape | MapShape): readonly Constraint[] {
  return once(shape, () => lengths(shape, (value) => value as number));
}

function once(shape: object, make: () => readonly Constraint[]): readonly Constraint[] {
  const known = compiled.get(shape);
  if (known !== undefined) return known;
  const made = make();
  compiled.set(shape, made);
  return made;
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function lengths({ min, max }: Bounds, length: (value: unknown) => number): Constraint[] {
  const constraints: Constraint[] = [];
  if (max !== undefined)
    constraints.push({ text: `Member must have length less than or equal to ${max}`, holds: (value) => length(value) <= max });
  if (min !== undefined && min > 0)
    constraints.push({ text: `Member must have length greater than or equal to ${min}`, holds: (value) => length(value) >= min });
  return constraints;
}

function values({ type, min, max }: NumberShape): Constraint[] {
  const constraints: Constraint[] = [];
  const shown = (bound: number): string => (type === "double" ? javaDouble(bound) : String(bound));
  if (max !== undefined)
    constraints.push({ text: `Member must have value less than or equal to ${shown(max)}`, holds: (value) => (value as number) <= max });
  if (min !== undefined)
    constraints.push({ text: `Member must have value greater than or equal to ${shown(min)}`, holds: (value) => (value as number) >= min });
  return constraints;
}

/** A number as Java prints a double: `2.0`. */
export function javaDouble(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function textConstraints(shape: StringShape): Constraint[] {
  const constraints: Constraint[] = [];
  if (shape.pattern !== undefined) {
    const pattern = new RegExp(`^(?:${shape.pattern})$`);
    constraints.push({
      text: `Member must satisfy regular expression pattern: ${shape.pattern}`,
      holds: (value) => pattern.test(value as string),
    });
  }
  if (shape.enum !== undefined) {
    const words = new Set<unknown>(shape.enum);
    constraints.push({ text: `Member must satisfy enum value set: [${shape.enum.join(", ")}]`, holds: (value) => words.has(value) });
  }
  return constraints;
}
