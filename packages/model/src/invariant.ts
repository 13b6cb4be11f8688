/** A broken invariant is a bug in Lambdock, never a user's mistake. It stays on in production. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** Throws {@link InvariantViolation} with the sentence when the condition does not hold. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new InvariantViolation(sentence);
}

/** Closes a `switch` over a discriminated union: the compiler proves that it is never reached. */
export function assertNever(value: never): never {
  throw new InvariantViolation(`Unhandled case: ${JSON.stringify(value)}`);
}
