/** Strict base64, as AWS's front end takes it: lenient decoders would store something that nobody sent. */

/** What is wrong with the text; `undefined` when it is base64. */
export function base64Fault(text: string): string | undefined {
  if (text.length % 4 !== 0) return `Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`;
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const stranger = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ""));
  return `Invalid Base64 character: '${stranger?.[0] ?? "="}'`;
}
