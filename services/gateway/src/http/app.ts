/**
 * The express application behind the invocation path: health, code downloads, CloudWatch Logs and
 * Lambda's REST API. Requests signed for another service are refused by that service's name.
 */
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { addressOf } from "@lambdock/kernel/listening-server";
import type { Logger } from "@lambdock/kernel/logger";
import type { EventAdmin } from "@lambdock/queue/event-admin";
import type { LifecycleFeed } from "@lambdock/store/lifecycle-feed";
import { parseTarget } from "@lambdock/wire/json-protocol";
import type { Downloads } from "../functions/code-downloads.ts";
import type { OperationTable, RequestContext } from "../operation.ts";
import { createAsyncAdmin } from "./async-admin.ts";
import { createConsoleRoute, type ConsoleHandler } from "./console-front.ts";
import { createOwnApiGuard } from "./console-guard.ts";
import { discard } from "./body.ts";
import type { IdentifyCaller } from "./caller.ts";
import { createHealthRoute, type HealthChecks } from "./health.ts";
import { createMetricsRoute } from "./metrics-route.ts";
import type { MetricsSource } from "./metrics-sources.ts";
import { createLambdaApi } from "./lambda-api.ts";
import { createLifecycleRoute } from "./lifecycle-route.ts";
import { createLogsApi, LOGS_TARGET } from "./logs-api.ts";
import { createMappingsAdmin, type MappingsAdminStores } from "./mappings-admin.ts";
import { asAwsError, newRequestId, sendError, type Explain } from "./respond.ts";
import { acceptAll, type VerifySignature } from "./signature.ts";
import { sourceOf, type SourceServices } from "./source-services.ts";
import { refuseService } from "./unbuilt-service.ts";

export interface AppDependencies {
  readonly operations: OperationTable;
  readonly logsOperations: OperationTable;
  readonly downloads: Downloads;
  readonly sources: SourceServices;
  readonly eventAdmin: EventAdmin;
  readonly mappingStores: MappingsAdminStores;
  readonly lifecycleFeed: LifecycleFeed;
  /** Serves the console; absent: there is none. */
  readonly console?: ConsoleHandler;
  /** `LAMBDOCK_CONSOLE_TOKEN`; empty: Lambdock's own API wants none. */
  readonly consoleToken: string;
  readonly health: HealthChecks;
  readonly metricsSources: readonly MetricsSource[];
  readonly identify: IdentifyCaller;
  readonly verify: VerifySignature;
  readonly explain: Explain;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Aborted when the gateway stops: ends answers that would go on for ever. */
  readonly stopping: AbortSignal;
}

/** Builds the application. */
export function createApp(deps: AppDependencies): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").disable("query parser");
  app.get("/_lambdock/health", createHealthRoute(deps.health));
  const metrics = createMetricsRoute(deps.metricsSources);
  app.get("/_lambdock/metrics", metrics);
  // Prometheus's own path, unless a service is asked for something of that name.
  app.get("/metrics", (request, response, next) =>
    deps.identify(request).service === undefined ? metrics(request, response, next) : next(),
  );
  app.use(["/_lambdock/async", "/_lambdock/mappings", "/_lambdock/lifecycle"], createOwnApiGuard(deps.consoleToken));
  app.use("/_lambdock/async", createAsyncAdmin(deps.eventAdmin));
  app.use("/_lambdock/mappings", createMappingsAdmin(deps.mappingStores));
  app.get("/_lambdock/lifecycle", createLifecycleRoute({ feed: deps.lifecycleFeed, stopping: deps.stopping }));
  app.use(createConsoleRoute(deps.console));
  app.use(async (request, response, next) => {
    if (!request.url.startsWith("/_lambdock/")) return next();
    response.setHeader("x-amzn-requestid", newRequestId());
    if (!(await deps.downloads(request, response))) next();
  });
  app.use(createApiRoute(deps));
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    fail(deps, { request, response, requestId: newRequestId() }, error),
  );
  return app;
}

/** The one place where a failed request gets its answer. */
function fail(
  deps: AppDependencies,
  { request, response, requestId }: { readonly request: Request; readonly response: Response; readonly requestId: string },
  error: unknown,
): void {
  if (!request.complete) discard(request);
  if (response.headersSent) response.destroy();
  else sendError(response, requestId, asAwsError(error, { ...deps, requestId }));
}

/** The URL under which the caller has reached us; one of HTTP/1.0 need not name a host. */
function endpointOf({ protocol, headers: { host }, socket: { localAddress = "127.0.0.1", localPort = 80 } }: Request): string {
  return host === undefined ? addressOf({ host: localAddress, port: localPort }) : `${protocol}://${host}`;
}

function createApiRoute(deps: AppDependencies): (request: Request, response: Response) => void {
  const lambdaApi = createLambdaApi(deps);
  const logsApi = createLogsApi({ ...deps, operations: deps.logsOperations });
  return (request, response) => {
    const requestId = newRequestId();
    const handle = async (): Promise<void> => {
      const { scope, service } = deps.identify(request);
      const context: RequestContext = {
        scope,
        requestId,
        now: deps.now(),
        endpoint: endpointOf(request),
      };
      const target = parseTarget(String(request.headers["x-amz-target"] ?? ""));
      if (target?.service === LOGS_TARGET) return logsApi(target.operation)(request, response, context);
      const source = sourceOf(request, { service, target: target?.service });
      const serve = source === undefined ? undefined : deps.sources[source];
      if (serve !== undefined) {
        const verify = (body: Buffer): Promise<void> => deps.verify(request, body, deps.now());
        return serve(request, response, deps.verify === acceptAll ? context : { ...context, verify });
      }
      if (target !== undefined || (service ?? "lambda") !== "lambda")
        return refuseService({ request, response }, { requestId, service, target });
      return lambdaApi(request, response, context);
    };
    handle().catch((error: unknown) => fail(deps, { request, response, requestId }, error));
  };
}
