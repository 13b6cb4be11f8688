/** Reads the nodes of a YAML document: every value knows its place, and whatever does not fit is one sentence that names it. */
import { isAlias, isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from "yaml";
import { nearest, ScenarioError } from "./scenario-error.ts";

/** The document that fields are read from. */
export interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** One value of the file. */
export class Field {
  /** Such as `traffic.0.phases.1.ramp`. */
  readonly path: string;
  readonly source: Source;
  readonly #node: Node | null;
  /** Where it stands, or where it ought to stand. */
  readonly #offset: number;

  constructor(source: Source, node: Node | null, place: { readonly path: string; readonly offset: number }) {
    this.source = source;
    this.path = place.path;
    this.#node = isAlias(node) ? (node.resolve(source.document) ?? null) : node;
    this.#offset = node?.range?.[0] ?? place.offset;
  }

  get line(): number {
    return this.source.lines.linePos(this.#offset).line;
  }

  /** The value as plain data. */
  get value(): unknown {
    return this.#node === null ? null : (this.#node as { toJS(document: Document): unknown }).toJS(this.source.document);
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  fail(problem: string): ScenarioError {
    return new ScenarioError(`${this.source.file}, line ${this.line}: ${problem}${problem.endsWith("?") ? "" : "."}`, this.line);
  }

  /** The sentence for a value that is none of what is expected. */
  expected(what: string): ScenarioError {
    const value = this.value;
    return this.fail(
      `${this.path === "" ? "the scenario" : this.path} must be ${what}, not ${value === null ? "empty" : JSON.stringify(value)}`,
    );
  }

  /** The members of a mapping with these keys and no others; `what` names the mapping in sentences. */
  members<Key extends string>(what: string, known: readonly Key[]): Partial<Record<Key, Field>> {
    const entries = this.entries(what);
    for (const [key, field] of entries) {
      if ((known as readonly string[]).includes(key)) continue;
      const meant = nearest(key, known);
      const hint = meant === undefined ? `; keys: ${known.join(", ")}.` : `; did you mean "${meant}"?`;
      throw new ScenarioError(`${this.source.file}, line ${field.keyLine}: "${key}" is no key of ${what}${hint}`, field.keyLine);
    }
    return Object.fromEntries(entries.map(([key, { field }]) => [key, field])) as Partial<Record<Key, Field>>;
  }

  /** The members of a mapping with keys of the user's own. */
  entries(what: string): readonly (readonly [string, { readonly field: Field; readonly keyLine: number }])[] {
    if (!isMap(this.#node)) throw this.expected(`a mapping (${what})`);
    return this.#node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : "";
      const offset = (key as Node).range?.[0] ?? this.#offset;
      const field = new Field(this.source, value as Node | null, { path: this.path === "" ? name : `${this.path}.${name}`, offset });
      return [name, { field, keyLine: this.source.lines.linePos(offset).line }] as const;
    });
  }

  /** The items of a list. */
  items(what: string): readonly Field[] {
    if (!isSeq(this.#node)) throw this.expected(`a list of ${what}`);
    return this.#node.items.map(
      (item, index) => new Field(this.source, item as Node | null, { path: `${this.path}.${index}`, offset: this.#offset }),
    );
  }
}
