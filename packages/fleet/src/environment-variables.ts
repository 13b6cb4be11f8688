/**
 * The variables that an execution environment sees, as recorded on AWS (runtime-api.md 5.1).
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 *
 * Differs from AWS: the credentials are the account id and fixed words, so that a function's own
 * SDK calls reach Lambdock in the same account; `AWS_ENDPOINT_URL` points at Lambdock.
 */
import type { FunctionSpec, InitializationType } from "@lambdock/model/function-spec";

/** What is known of an environment beside its specification. */
export interface EnvironmentFacts {
  /** `YYYY/MM/DD/[VERSION]<32 hex>`. */
  readonly logStream: string;
  /** Lambdock's endpoint as functions reach it; absent when they cannot. */
  readonly endpoint?: string;
  /** Absent: on-demand, or snap-start where the function has it. */
  readonly initializationType?: InitializationType;
}

/** Every variable but AWS_LAMBDA_RUNTIME_API, which the sandbox driver adds. */
export function environmentVariables(spec: FunctionSpec, facts: EnvironmentFacts): Record<string, string> {
  return {
    ...(facts.endpoint === undefined ? {} : { AWS_ENDPOINT_URL: facts.endpoint }),
    ...(spec.package.kind === "zip" ? runtimeDefaults(spec.package.runtime) : {}),
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    AWS_XRAY_DAEMON_ADDRESS: "169.254.100.1:2000",
    ...spec.environment,
    ...reserved(spec, facts),
    ...(spec.package.kind === "zip" ? packageVariables(spec.package) : imageVariables(spec.package.command)),
  };
}

/**
 * Names in an environment that external extensions don't see.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api-e
 */
export function hiddenFromExtensions(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(environment).filter((name) => name.startsWith("_") || OF_THE_RUNTIME.has(name));
}

const OF_THE_RUNTIME: ReadonlySet<string> = new Set([
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_XRAY_CONTEXT_MISSING",
  "AWS_XRAY_DAEMON_ADDRESS",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
]);

/** The customer may extend or replace these. */
function runtimeDefaults(runtime: string): Record<string, string> {
  const common = {
    TZ: ":UTC",
    LANG: "en_US.UTF-8",
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    LD_LIBRARY_PATH: "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
  };
  const node = /^nodejs(\d+)\.x$/.exec(runtime);
  if (node)
    return {
      ...common,
      NODE_PATH: `/opt/nodejs/node${node[1]}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task`,
    };
  if (runtime.startsWith("python")) return { ...common, PYTHONPATH: "/var/runtime" };
  return common;
}

/** The customer can't set these: CreateFunction refuses them. */
function reserved(spec: FunctionSpec, facts: EnvironmentFacts): Record<string, string> {
  const initializationType = facts.initializationType ?? (spec.snapStart === true ? "snap-start" : "on-demand");
  return {
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: spec.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memorySizeMb),
    // What is snapshotted once has no log stream yet.
    ...(initializationType === "snap-start"
      ? {}
      : { AWS_LAMBDA_LOG_GROUP_NAME: spec.logging.logGroup, AWS_LAMBDA_LOG_STREAM_NAME: facts.logStream }),
    AWS_LAMBDA_INITIALIZATION_TYPE: initializationType,
    AWS_REGION: spec.region,
    AWS_DEFAULT_REGION: spec.region,
    AWS_ACCESS_KEY_ID: spec.accountId,
    AWS_SECRET_ACCESS_KEY: "lambdock",
    AWS_SESSION_TOKEN: "lambdock",
    _AWS_XRAY_DAEMON_ADDRESS: "169.254.100.1",
    _AWS_XRAY_DAEMON_PORT: "2000",
    ...(spec.logging.format === "JSON"
      ? { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: spec.logging.applicationLogLevel ?? "INFO" }
      : {}),
  };
}

function packageVariables(zip: { readonly runtime: string; readonly handler: string }): Record<string, string> {
  return {
    _HANDLER: zip.handler,
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    ...(zip.runtime.startsWith("provided") ? {} : { AWS_EXECUTION_ENV: `AWS_Lambda_${zip.runtime}` }),
  };
}

/** A base image's entry point sets the rest; the handler is the first element of the command. */
function imageVariables(command: readonly string[] | undefined): Record<string, string> {
  const handler = command?.[0];
  return { LAMBDA_TASK_ROOT: "/var/task", LAMBDA_RUNTIME_DIR: "/var/runtime", ...(handler === undefined ? {} : { _HANDLER: handler }) };
}

/** `YYYY/MM/DD/[VERSION]<32 hex>` in UTC. */
export function logStreamName(version: string, environmentId: string, now: number): string {
  const date = new Date(now).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${date}/[${version}]${environmentId}`;
}
