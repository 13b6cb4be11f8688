/** Characters that a body or a text attribute may hold. AWS: SendMessage, `MessageBody`. */

const INVALID = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Whether the text holds a character that XML 1.0 does not know; half a surrogate pair is one. */
export function invalidCharacters(text: string): boolean {
  return INVALID.test(text);
}
