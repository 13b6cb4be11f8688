/** Lambda's API at an endpoint, unsigned, as far as a run needs it. */

/** The endpoint refused or does not answer; one sentence. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

export interface LambdaApi {
  readonly endpoint: string;
  /** Answers the body as data; throws EndpointError. */
  call<Answer = unknown>(method: string, path: string, body?: object): Promise<Answer>;
}

/** The API at an endpoint such as `http://127.0.0.1:4566`. */
export function createLambdaApi(endpoint: string): LambdaApi {
  return {
    endpoint,
    async call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
      const response = await reach(endpoint, path, {
        method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new EndpointError(`${method} ${path} was refused (${response.status}): ${messageOf(text)}`, response.status);
      return (text === "" ? undefined : JSON.parse(text)) as Answer;
    },
  };
}

async function reach(endpoint: string, path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(`${endpoint}${path}`, request);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : String(cause);
    throw new EndpointError(`Nothing answers at ${endpoint} (${reason}): start Lambdock (npm start), or name another with --endpoint.`);
  }
}

function messageOf(text: string): string {
  try {
    const { message, Message } = JSON.parse(text) as { readonly message?: string; readonly Message?: string };
    return message ?? Message ?? text;
  } catch {
    return text;
  }
}

/** Asks again every so often until it answers something. Throws what asking throws. */
export async function until<Answer>(
  ask: () => Promise<Answer | undefined>,
  about: { readonly what: string; readonly withinMs: number },
): Promise<Answer> {
  const deadline = performance.now() + about.withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new EndpointError(`${about.what} took longer than ${about.withinMs / 1_000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
