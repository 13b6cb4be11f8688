/** Requests to Lambdock, through the console's server. */
import { account, region } from "../state/scope.ts";
import { facts } from "../state/facts.ts";

const BASE = "/_lambdock/console/api";

/** A request that was refused or could not be sent. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** AWS's name for it, where there is one. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Service to which the request belongs; default: Lambda. */
  readonly service?: string;
  readonly signal?: AbortSignal;
  /** Where requests go; default: through to Lambdock. */
  readonly base?: string;
}

/** Sends a request; rejects with ApiError when nothing answers. */
export async function send(
  path: string,
  { method = "GET", body, headers = {}, service = "lambda", signal, base = BASE }: Call = {},
): Promise<Response> {
  try {
    return await fetch(`${base}${path}`, {
      method,
      cache: "no-store",
      headers: { ...headers, "x-lambdock-scope": `${account.value}/${region.value}/${service}` },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "", "Lambdock does not answer.");
  }
}

/** Sends a request and reads its JSON; rejects with ApiError. */
export async function json<T>(path: string, call: Call = {}): Promise<T> {
  const answer = await send(path, call);
  const text = await answer.text();
  const body = parsed(text);
  if (answer.ok) return body as T;
  if (answer.status === 401 && facts.value !== undefined) facts.value = { ...facts.value, signedIn: false };
  throw errorOf(answer, body, text);
}

/** A JSON operation that is named by a target header: CloudWatch Logs, SQS, Kinesis, DynamoDB. */
export function target<T>(service: string, operation: string, input: object, version = "1.1"): Promise<T> {
  return json<T>("/", {
    method: "POST",
    service,
    body: JSON.stringify(input),
    headers: { "content-type": `application/x-amz-json-${version}`, "x-amz-target": operation },
  });
}

/** The failure that an answer tells, in whatever protocol. */
export function errorOf(answer: Response, body: unknown, text: string): ApiError {
  const { message, Message, __type, Type } = (body ?? {}) as Readonly<Record<string, string | undefined>>;
  const code = answer.headers.get("x-amzn-errortype") ?? __type?.split("#").at(-1) ?? Type ?? "";
  const sentence = message ?? Message ?? /<Message>([^<]+)/.exec(text)?.[1] ?? `Lambdock answered ${answer.status}.`;
  return new ApiError(answer.status, code.split(":")[0] ?? "", sentence);
}

function parsed(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
