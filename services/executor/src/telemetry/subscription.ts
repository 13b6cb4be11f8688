/**
 * What an extension may subscribe to, and the errors of what it may not.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html
 */

/** The Logs API is the Telemetry API's predecessor: fewer types, other records. */
export type TelemetryApi = "telemetry" | "logs";

export type TelemetryCategory = "platform" | "function" | "extension";

/** Where batches go, inside the sandbox. */
export type Destination =
  | { readonly protocol: "HTTP"; readonly port: number; readonly path: string; readonly method: "POST" | "PUT" }
  | { readonly protocol: "TCP"; readonly port: number };

/** How batches are cut. */
export interface Buffering {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

export interface Subscription {
  readonly api: TelemetryApi;
  readonly schemaVersion: string;
  readonly types: readonly TelemetryCategory[];
  readonly buffering: Buffering;
  readonly destination: Destination;
}

const CATEGORIES: readonly TelemetryCategory[] = ["platform", "function", "extension"];
const SCHEMAS: Readonly<Record<TelemetryApi, readonly string[]>> = {
  telemetry: ["2022-07-01", "2022-12-13"],
  logs: ["2020-08-15", "2021-03-18"],
};
const HOSTS: readonly string[] = ["sandbox.localdomain", "sandbox"];
/** The Runtime API's own. */
const RESERVED_PORT = 9_001;

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

const BUFFERING: Readonly<Record<keyof Buffering, Bounds>> = {
  maxItems: { min: 1_000, max: 10_000, fallback: 10_000 },
  maxBytes: { min: 262_144, max: 1_048_576, fallback: 262_144 },
  timeoutMs: { min: 25, max: 30_000, fallback: 1_000 },
};

/** Reads the body of a subscription; `{ errors }` says everything that is wrong with it. */
export function parseSubscription(api: TelemetryApi, body: Uint8Array): Subscription | { readonly errors: readonly string[] } {
  const document = parseJson(body);
  if (!isObject(document)) return { errors: ["request body is not a JSON object"] };
  const errors: string[] = [];
  const schemaVersion = schemaOf(api, document["schemaVersion"], errors);
  const types = typesOf(document["types"], errors);
  const buffering = bufferingOf(document["buffering"], errors);
  const destination = destinationOf(document["destination"], errors);
  if (errors.length > 0 || destination === undefined) return { errors };
  return { api, schemaVersion, types, buffering, destination };
}

function schemaOf(api: TelemetryApi, value: unknown, errors: string[]): string {
  const known = SCHEMAS[api];
  if (value === undefined) return known[0]!;
  if (typeof value === "string" && known.includes(value)) return value;
  errors.push(`schemaVersion should be one of [${known.join(", ")}]`);
  return known[0]!;
}

function typesOf(value: unknown, errors: string[]): readonly TelemetryCategory[] {
  if (!Array.isArray(value) || value.length === 0) {
    errors.push("types should not be empty");
    return [];
  }
  const types = CATEGORIES.filter((category) => value.includes(category));
  if (value.some((type) => !CATEGORIES.includes(type as TelemetryCategory))) errors.push(`types should be of [${CATEGORIES.join(", ")}]`);
  return types;
}

function bufferingOf(value: unknown, errors: string[]): Buffering {
  if (value !== undefined && !isObject(value)) errors.push("buffering should be an object");
  const given = isObject(value) ? value : {};
  const read = (name: keyof Buffering): number => {
    const { min, max, fallback } = BUFFERING[name];
    const number = given[name] ?? fallback;
    if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max) return number;
    errors.push(`buffering.${name} should be between ${min} and ${max}`);
    return fallback;
  };
  return { maxItems: read("maxItems"), maxBytes: read("maxBytes"), timeoutMs: read("timeoutMs") };
}

function destinationOf(value: unknown, errors: string[]): Destination | undefined {
  if (!isObject(value)) {
    errors.push("destination should be an object");
    return undefined;
  }
  if (value["protocol"] === "HTTP") return httpDestination(value, errors);
  if (value["protocol"] === "TCP") {
    const port = portOf(value["port"], "port", errors);
    return port === undefined ? undefined : { protocol: "TCP", port };
  }
  errors.push("destination.protocol should be one of [HTTP, TCP]");
  return undefined;
}

function httpDestination(value: Readonly<Record<string, unknown>>, errors: string[]): Destination | undefined {
  const { URI: uri, method = "POST", encoding = "JSON" } = value;
  if (method !== "POST" && method !== "PUT") errors.push("destination.method should be one of [POST, PUT]");
  if (encoding !== "JSON") errors.push("destination.encoding should be JSON");
  const url = typeof uri === "string" && URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || url.protocol !== "http:") {
    errors.push("destination.URI should be an http URI");
    return undefined;
  }
  if (!HOSTS.includes(url.hostname)) errors.push(`destination.URI host should be ${HOSTS[0]}`);
  if (!/^[a-z]+:\/\/[^/]*:\d+/i.test(String(uri))) {
    errors.push("URI port is not provided");
    return undefined;
  }
  // A URL drops the port that its scheme has anyway.
  const port = portOf(Number(url.port === "" ? 80 : url.port), "URI port", errors);
  if (port === undefined) return undefined;
  return { protocol: "HTTP", port, path: `${url.pathname}${url.search}`, method: method === "PUT" ? "PUT" : "POST" };
}

function portOf(value: unknown, name: string, errors: string[]): number | undefined {
  if (value === undefined) errors.push(`${name} is not provided`);
  else if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > 65_535)
    errors.push(`${name} should be between 1 and 65535`);
  else if (value === RESERVED_PORT) errors.push(`${name} ${RESERVED_PORT} is reserved`);
  else return value;
  return undefined;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
