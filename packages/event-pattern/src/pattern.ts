/**
 * Event patterns: the language of EventBridge rules and of the filters of event source mappings, as
 * AWS's own event-ruler decides it. A pattern is compiled to alternatives (of `$or`), each a
 * conjunction of fields; a field matches when one of its matchers does.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { fieldsOf, keyOf, NOWHERE, together, type Fields, type Membership } from "./fields.ts";
import { InvalidPattern } from "./invalid-pattern.ts";
import type { LeafTest } from "./leaf.ts";
import { compileMatcher } from "./matcher.ts";
import { agreeing, treeOf } from "./membership-tree.ts";

/** What is asked of one field. */
interface Condition {
  /** Keys joined by dots. */
  readonly name: string;
  readonly tests: readonly LeafTest[];
  /** Also matches when the field is not there. */
  readonly orAbsent: boolean;
}

/** A compiled pattern. */
export interface Pattern {
  readonly alternatives: readonly (readonly Condition[])[];
  /** The names of all fields and their beginnings. */
  readonly names: ReadonlySet<string>;
}

/** AWS allows a rule that many combinations through `$or`. */
const ALTERNATIVES_MAX = 1_000;
const RESERVED_INSIDE_OR: ReadonlySet<string> = new Set(
  `exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard not-equals-ignore-case
  date-after date-on-or-after date-before date-on-or-before in-date-range ip-address-in-range ip-address-not-in-range`.split(/\s+/),
);

/** Compiles a pattern; throws {@link InvalidPattern} with the reason. */
export function compilePattern(text: string): Pattern {
  const pattern = parse(text);
  if (!isObject(pattern)) throw new InvalidPattern("Filter is not an object");
  const alternatives = compileObject(pattern, { path: "", insideOr: false, soFar: [] });
  return patternOf(alternatives.map((fields) => [...fields.values()]));
}

/** Whether a value, such as JSON.parse gives it, matches. Only objects ever do. */
export function matches(pattern: Pattern, value: unknown): boolean {
  if (!isObject(value)) return false;
  const fields = fieldsOf(value, pattern.names);
  return pattern.alternatives.some((conditions) => hold(conditions, fields));
}

/** The pattern with only the alternatives whose names of fields satisfy the condition; without any it matches nothing. */
export function withAlternatives(pattern: Pattern, keep: (names: readonly string[]) => boolean): Pattern {
  return patternOf(pattern.alternatives.filter((conditions) => keep(conditions.map(({ name }) => name))));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidPattern("Filter is not an object");
  }
}

function patternOf(alternatives: readonly (readonly Condition[])[]): Pattern {
  const names = new Set<string>();
  for (const { name } of alternatives.flat())
    for (let end = name.indexOf("."); ; end = name.indexOf(".", end + 1)) {
      names.add(end === -1 ? name : name.slice(0, end));
      if (end === -1) break;
    }
  // The order of names decides which element of an array the others must be in, as in event-ruler.
  return { alternatives: alternatives.map((conditions) => conditions.toSorted((one, other) => (one.name < other.name ? -1 : 1))), names };
}

/** One alternative under construction: of a name that comes twice the later counts, as in event-ruler. */
type Alternative = ReadonlyMap<string, Condition>;

interface Place {
  /** Keys so far, each followed by a dot. */
  readonly path: string;
  readonly insideOr: boolean;
  readonly soFar: readonly Alternative[];
}

function compileObject(pattern: Readonly<Record<string, unknown>>, place: Place): readonly Alternative[] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new InvalidPattern("Empty objects are not allowed");
  let soFar = place.soFar;
  for (const [key, value] of entries) {
    if (key === "$or") soFar = compileOr(value, { ...place, soFar });
    else if (place.insideOr && RESERVED_INSIDE_OR.has(key))
      throw new InvalidPattern(`${key} is Ruler reserved fieldName which cannot be used inside $or.`);
    else if (Array.isArray(value)) soFar = withCondition(soFar, compileCondition(place.path + key, value));
    else if (isObject(value)) soFar = compileObject(value, { ...place, path: `${place.path}${key}.`, soFar });
    else throw new InvalidPattern(`"${key}" must be an object or an array`);
  }
  return soFar;
}

function compileOr(branches: unknown, place: Place): readonly Alternative[] {
  if (!Array.isArray(branches)) throw new InvalidPattern("It must be an Array followed with $or.");
  const all: Alternative[] = [];
  for (const branch of branches as readonly unknown[]) {
    if (!isObject(branch)) throw new InvalidPattern("Only JSON object is allowed in array of $or relationship.");
    all.push(...compileObject(branch, { ...place, insideOr: true }));
    if (all.length > ALTERNATIVES_MAX)
      throw new InvalidPattern(`Rule is too complex: $or makes more than ${ALTERNATIVES_MAX} combinations`);
  }
  if (branches.length < 2) throw new InvalidPattern("There must have at least 2 Objects in $or relationship.");
  return all;
}

function withCondition(alternatives: readonly Alternative[], condition: Condition): readonly Alternative[] {
  return (alternatives.length === 0 ? [new Map()] : alternatives).map((fields) => new Map(fields).set(condition.name, condition));
}

function compileCondition(name: string, elements: readonly unknown[]): Condition {
  if (elements.length === 0) throw new InvalidPattern("Empty arrays are not allowed");
  const matchers = elements.map(compileMatcher);
  return { name, tests: matchers.filter((matcher) => matcher !== "absent"), orAbsent: matchers.includes("absent") };
}

/**
 * Whether all conditions can hold with values from the same elements of arrays. Walks the conditions
 * once and keeps every set of elements that is still possible: values of one array count once, however
 * many there are, and an array that no later condition speaks of is forgotten, so that there are never more
 * sets than elements. A message of a megabyte must not keep anybody waiting.
 */
function hold(conditions: readonly Condition[], fields: Fields): boolean {
  const needed = lastUses(conditions, fields);
  let possible: Iterable<Membership> = [NOWHERE];
  for (const [nth, condition] of conditions.entries()) {
    const next = new Map<string, Membership>();
    for (const [before, own] of extensions(condition, fields, possible)) {
      const both = together(before, own, (array) => needed.get(array)! > nth);
      next.set(keyOf(both), both);
    }
    if (next.size === 0) return false;
    possible = next.values();
  }
  return true;
}

/** The possible sets together with those of the values that pass the condition. */
function* extensions(
  { name, tests, orAbsent }: Condition,
  fields: Fields,
  possible: Iterable<Membership>,
): Generator<readonly [Membership, Membership]> {
  const all = fields.get(name) ?? [];
  const passing = treeOf(all.filter(({ value }) => tests.some((test) => test(value))).map(({ membership }) => membership));
  const present = orAbsent ? treeOf(all.map(({ membership }) => membership)) : undefined;
  for (const before of possible) {
    for (const own of agreeing(passing, before)) yield [before, own];
    if (present !== undefined && agreeing(present, before).next().done === true) yield [before, NOWHERE];
  }
}

/** The last condition, by its number, that has values in each array. */
function lastUses(conditions: readonly Condition[], fields: Fields): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  for (const [nth, { name }] of conditions.entries())
    for (const { membership } of fields.get(name) ?? []) for (const array of membership.keys()) last.set(array, nth);
  return last;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
