/** The gateway: one HTTP server, the invocation path in front, the express application behind it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Executor } from "@lambdock/executor-client/port";
import { addressOf, KEEP_ALIVE_MS, listen } from "@lambdock/kernel/listening-server";
import type { Logger } from "@lambdock/kernel/logger";
import type { Service } from "@lambdock/kernel/service";
import type { Lifecycle } from "@lambdock/model/lifecycle";
import { SYNC_PAYLOAD_BYTES_MAX } from "@lambdock/model/limits";
import type { LifecycleFeed } from "@lambdock/store/lifecycle-feed";
import { createPlainServer } from "@lambdock/plain-http/plain-server";
import type { EventAdmin } from "@lambdock/queue/event-admin";
import type { GatewayConfig } from "./config.ts";
import type { Downloads } from "./functions/code-downloads.ts";
import type { FunctionDirectory } from "@lambdock/directory/function-directory";
import { createApp } from "./http/app.ts";
import { createCallers } from "./http/caller.ts";
import type { ConsoleHandler } from "./http/console-front.ts";
import { refuseForeignPage } from "./http/console-guard.ts";
import { admitHttp2 } from "./http/http2-front.ts";
import type { Health } from "./http/health.ts";
import { createGatewayMetrics } from "./http/metrics-counters.ts";
import { registrySource, type MetricsSource } from "./http/metrics-sources.ts";
import type { MappingsAdminStores } from "./http/mappings-admin.ts";
import type { Explain } from "./http/respond.ts";
import { cutSilentUploads } from "./http/silent-uploads.ts";
import type { SourceServices } from "./http/source-services.ts";
import { acceptAll, createVerifier } from "./http/signature.ts";
import { createInvokeHandler, type InvokeDependencies } from "./invoke/invoke.ts";
import type { OperationTable } from "./operation.ts";

/** What the gateway serves, and what it needs to serve it. */
export interface GatewayDependencies {
  readonly config: Pick<GatewayConfig, "host" | "port" | "region" | "requireSignature" | "credentials" | "consoleToken">;
  readonly logger: Logger;
  readonly executor: Executor;
  readonly directory: FunctionDirectory;
  /** The queue of asynchronous events. */
  readonly events: InvokeDependencies["events"];
  /** Lambda's control plane. */
  readonly operations: OperationTable;
  /** CloudWatch Logs. */
  readonly logsOperations: OperationTable;
  readonly downloads: Downloads;
  /** SQS and others that answer on the same endpoint. */
  readonly sources: SourceServices;
  /** The queue of asynchronous events as people look at it. */
  readonly eventAdmin: EventAdmin;
  /** Event source mappings as people look at them. */
  readonly mappingStores: MappingsAdminStores;
  /** What happens in all services, as readers follow it. */
  readonly lifecycleFeed: LifecycleFeed;
  /** Where the gateway tells what it accepted and refused. */
  readonly lifecycle: Lifecycle;
  /** Whether functions may go on in recursive loops. */
  readonly recursionConfigs: InvokeDependencies["recursionConfigs"];
  /** Serves the console; absent: there is none. */
  readonly console?: ConsoleHandler;
  /** Other services' figures, shown with the gateway's own. */
  readonly metricsSources: readonly MetricsSource[];
  /** Whether the stores can work. */
  readonly health: () => Promise<Health>;
  /** One sentence for a failure of the environment (Redis is away); `undefined` for a bug. */
  readonly explain?: Explain;
}

/** A gateway; `address` is its URL once it has started. */
export interface Gateway extends Service {
  readonly address: string;
}

/** Milliseconds that a caller may fall silent in the middle of a request's body. */
const SILENT_UPLOAD_MS = 75_000;
/** Bytes of request line and headers [docs]. */
const HEADER_BYTES_MAX = 1_048_576;

/** Builds the gateway; nothing listens before `start`. */
export function createGateway(deps: GatewayDependencies): Gateway {
  const behind = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: HEADER_BYTES_MAX });
  const { requireSignature, credentials, region, host, port, consoleToken } = deps.config;
  const verify = requireSignature ? createVerifier(credentials) : undefined;
  const metrics = createGatewayMetrics(deps.lifecycle, Date.now);
  const stopping = new AbortController();
  const metricsSources = [registrySource("gateway", metrics.registry), ...deps.metricsSources];
  const shared = {
    ...deps,
    consoleToken,
    metrics,
    metricsSources,
    identify: createCallers(region),
    explain: deps.explain ?? (() => undefined),
    now: Date.now,
    stopping: stopping.signal,
  };
  const invoke = createInvokeHandler({ ...shared, verify });
  const app = createApp({ ...shared, verify: verify ?? acceptAll, health: { executor: () => deps.executor.health(), redis: deps.health } });
  const http2 = admitHttp2(behind);
  cutSilentUploads(behind, SILENT_UPLOAD_MS);
  behind.on("request", (request, response) => {
    // Some send a server what only a proxy needs, and a server has to take it [RFC 9112, 3.2.2].
    request.url = originForm(request.url!);
    if (refuseForeignPage(request, response, consoleToken)) return;
    if (!invoke.serveNode(request, response)) app(request, response);
  });
  // Invocations are served in front of it: they pay for no more HTTP than they use.
  const server = createPlainServer({
    // What a browser's page sends is looked at behind.
    serve: (request, reply) => request.headers["origin"] === undefined && invoke.servePlain(request, reply),
    behind,
    bodyBytesMax: SYNC_PAYLOAD_BYTES_MAX,
    idleMs: KEEP_ALIVE_MS,
    date: true,
  });
  return {
    get address() {
      return addressOf({ host, port: (server.tcp.address() as AddressInfo).port });
    },
    async start() {
      await listen(server.tcp, { host, port }).catch((error: NodeJS.ErrnoException) => {
        throw error.code === "EADDRINUSE" ? portTaken(host, port) : error;
      });
    },
    async stop(deadlineMs) {
      const until = performance.now() + deadlineMs;
      stopping.abort();
      // First: closing the server cuts connections on which it sees no HTTP/1.1 request.
      await http2.close(deadlineMs);
      await server.close(Math.max(0, until - performance.now()));
    },
  };
}

/** A request target without scheme and authority: `http://h:4566/a?b` is `/a?b`. */
function originForm(target: string): string {
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target);
  if (absolute === null) return target;
  const rest = target.slice(absolute[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function portTaken(host: string, port: number): Error {
  return new Error(`Port ${port} of ${host} is taken, perhaps by another Lambdock: stop it, or set LAMBDOCK_PORT.`);
}
