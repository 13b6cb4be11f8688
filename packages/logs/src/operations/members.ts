import type { Constraint } from "../constraints.ts";

/** Constraints of the API model's shapes that several operations share. */
export const logGroupName = { type: "string", min: 1, max: 512, pattern: "[\\.\\-_/#A-Za-z0-9]+" } as const satisfies Constraint;
export const logGroupIdentifier = { type: "string", min: 1, max: 2_048, pattern: "[\\w#+=/:,.@-]*" } as const satisfies Constraint;
export const logStreamName = { type: "string", min: 1, max: 512, pattern: "[^:*]*" } as const satisfies Constraint;
export const timestamp = { type: "number", min: 0 } as const satisfies Constraint;
export const nextToken = { type: "string", min: 1 } as const satisfies Constraint;
export const tags = {
  type: "map",
  min: 1,
  max: 50,
  item: { type: "string", min: 0, max: 256, required: true },
} as const satisfies Constraint;

/** The same member, required. */
export function required<C extends Constraint>(constraint: C): C & { readonly required: true } {
  return { ...constraint, required: true };
}
