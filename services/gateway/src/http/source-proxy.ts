/** A service in another process: Lambdock's own, another emulator, or AWS. */
import { collectBody } from "@lambdock/backend/body";
import { sendFailure } from "@lambdock/backend/failure";
import { createForwarder, type Exchange } from "@lambdock/backend/forward";
import { verified } from "@lambdock/backend/backend";
import type { SourceContext, SourceService } from "./source-services.ts";
import type { TargetCredentials } from "@lambdock/kernel/target-credentials";
import { signFor } from "./source-signature.ts";

export interface SourceProxyOptions {
  /** `http://host:port` or `https://host`; `{region}` in it stands for the caller's region. */
  readonly url: string;
  /** The setting that the address is from, for messages. */
  readonly variable: string;
  /** Name that requests are signed for. */
  readonly service: string;
  readonly credentials: TargetCredentials | null;
}

export interface SourceProxy {
  readonly handle: SourceService;
  close(): void;
}

/**
 * Passes requests on. Behind `http` is a service on this machine or beside it, which sees the
 * request as it came: SQS builds queue URLs from its Host. Behind `https` is one elsewhere, which
 * is found by its own name; a signature covers the name, so requests are signed anew if there are keys.
 */
export function createSourceProxy({ url: template, variable, service, credentials }: SourceProxyOptions): SourceProxy {
  const forwarder = createForwarder();
  const cure = `Start the service there, or set ${variable}.`;
  const prepare = async (exchange: Exchange, url: URL, { scope }: SourceContext): Promise<Exchange> => {
    if (url.protocol !== "https:" || credentials === null) return exchange;
    const body = exchange.body ?? (await collectBody(exchange.request));
    return {
      ...exchange,
      body,
      headers: await signFor({ request: exchange.request, body, url, region: scope.region, service, credentials }),
    };
  };
  return {
    async handle(request, response, context) {
      try {
        const { verify, scope } = context;
        const body = verify === undefined ? {} : { body: await verified(request, verify) };
        const url = addressOf(template, scope.region, request.headers["x-amz-target"]);
        await forwarder.forward(await prepare({ request, response, ...body }, url, context), { url, cure });
      } catch (error) {
        sendFailure({ request, response }, context.requestId, error instanceof Error ? error : new Error(String(error)));
      }
    },
    close: () => forwarder.close(),
  };
}

/** AWS serves the streams of tables under a name of their own, others where the tables are. */
function addressOf(template: string, region: string, target: string | string[] | undefined): URL {
  const url = new URL(template.replaceAll("{region}", region));
  const isStreams = String(target).startsWith("DynamoDBStreams_");
  if (isStreams && /^dynamodb\..*\.amazonaws\.com(\.cn)?$/.test(url.hostname)) url.hostname = `streams.${url.hostname}`;
  return url;
}
