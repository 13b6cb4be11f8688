import { invalidParameter } from "../logs-error.ts";

/** An opaque `nextToken` that holds where to go on. */
export function encodeToken(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** Reads a token back, given an example of each part; throws InvalidParameterException for any other text. */
export function decodeToken<Position extends readonly (string | number)[]>(token: string, example: Position): Position {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    throw badToken();
  }
  const fits =
    Array.isArray(parts) && parts.length === example.length && parts.every((part, index) => typeof part === typeof example[index]);
  if (!fits) throw badToken();
  return parts as unknown as Position;
}

/** AWS's answer to a token that it did not give out. */
export function badToken(): Error {
  return invalidParameter("The specified nextToken is invalid.");
}
