/** How the tour speaks to Lambdock: the page and the terminal have different ways to send, and the same to say. */

/** One answer. */
export interface TourAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Names in lower case. */
  readonly header: (name: string) => string | undefined;
}

/** Sends one request of a service; rejects when nothing answers. */
export type TourSend = (request: {
  readonly method: string;
  readonly path: string;
  readonly service: "lambda" | "sqs";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}) => Promise<TourAnswer>;

/** Invokes a function once for each payload, all at the same moment; tells how each ended. */
export type InvokeAtOnce = (
  functionName: string,
  payloads: readonly unknown[],
) => Promise<readonly { readonly status: number; readonly cold: boolean }[]>;

/** What the steps of the tour use. */
export interface TourClient {
  /** Any status: the caller judges. */
  lambda(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<TourAnswer>;
  /** Throws with AWS's sentence when it is refused. */
  must(method: string, path: string, body?: unknown): Promise<TourAnswer>;
  /** Invokes once for each payload, all at the same moment. */
  readonly invokeAtOnce: InvokeAtOnce;
  /** Throws with AWS's sentence when it is refused. */
  sqs<T>(operation: string, input: object): Promise<T>;
}

/** A client over a way to send, and a way to send many at once. */
export function createTourClient(send: TourSend, invokeAtOnce: InvokeAtOnce): TourClient {
  const lambda: TourClient["lambda"] = (method, path, body, headers = {}) =>
    send({
      method,
      path,
      service: "lambda",
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    lambda,
    invokeAtOnce,
    async must(method, path, body) {
      const answer = await lambda(method, path, body);
      if (answer.status >= 300) throw new Error(sentenceOf(answer));
      return answer;
    },
    async sqs<T>(operation: string, input: object): Promise<T> {
      const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` };
      const answer = await send({ method: "POST", path: "/", service: "sqs", headers, body: JSON.stringify(input) });
      if (answer.status >= 300) throw new Error(sentenceOf(answer));
      return answer.body as T;
    },
  };
}

/** Why a request was refused. */
export function sentenceOf({ status, body }: TourAnswer): string {
  const { Message, message } = (body ?? {}) as { readonly Message?: string; readonly message?: string };
  return Message ?? message ?? `Lambdock answered ${status}.`;
}
