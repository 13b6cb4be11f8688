/** Query strings and path labels as AWS clients write them. */

export type Query = ReadonlyMap<string, readonly string[]>;

/** Parses the text after `?`. A percent sign that encodes nothing stays as it is. */
export function parseQuery(text: string): Query {
  const query = new Map<string, string[]>();
  if (text === "") return query;
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decodeComponent((equals < 0 ? part : part.slice(0, equals)).replaceAll("+", " "));
    const value = equals < 0 ? "" : decodeComponent(part.slice(equals + 1).replaceAll("+", " "));
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
  }
  return query;
}

/** Percent-decodes one label or value; text that is not well encoded stays as it is and fails its constraints later. */
export function decodeComponent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
