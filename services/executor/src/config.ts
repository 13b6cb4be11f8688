import { parseEngineAddress, type EngineConnection } from "@lambdock/containers/docker/engine";
import { flag, integer, oneOf, readConfig, text, type Setting } from "@lambdock/kernel/config";
import { environmentSettings } from "./environments/config.ts";
import { limitSettings } from "./limits/config.ts";

/** Image or program per runtime, from `nodejs24.x=my/image,python3.13=other`. */
function runtimeMap(variable: string, meaning: string): Setting<Readonly<Record<string, string>>> {
  return {
    variable,
    fallback: "",
    meaning,
    expected: "pairs such as nodejs24.x=my/image, separated by commas",
    parse: (value) => {
      const pairs = value === "" ? [] : value.split(",").map((pair) => /^\s*([a-z0-9.]+)=(\S+?)\s*$/.exec(pair));
      return pairs.some((pair) => pair === null) ? undefined : Object.fromEntries(pairs.map((pair) => [pair![1]!, pair![2]!]));
    },
  };
}

/** Address of a Docker engine. */
function engineAddress(variable: string): Setting<EngineConnection> {
  return {
    variable,
    fallback: "unix:///var/run/docker.sock",
    meaning: "Docker engine",
    expected: "an address such as unix:///var/run/docker.sock or tcp://host:2375",
    parse: parseEngineAddress,
  };
}

/** Settings of the Docker driver, shared by the service and `npm start`. */
export const engineSettings = {
  engine: engineAddress("DOCKER_HOST"),
  runtimeImages: runtimeMap(
    "LAMBDOCK_RUNTIME_IMAGES",
    "Images for runtimes; for others AWS's public images are taken, or Lambdock's own equivalents where those can't be had",
  ),
  runtimeRegistry: text("LAMBDOCK_RUNTIME_REGISTRY", "public.ecr.aws/lambda", "Prefix of AWS's public images"),
  preferOwnRuntimes: flag(
    "LAMBDOCK_PREFER_OWN_RUNTIMES",
    false,
    "Take Lambdock's own runtime images first: smaller, and quicker cold starts",
  ),
  ignoreArchitecture: flag(
    "LAMBDOCK_IGNORE_ARCHITECTURE",
    false,
    "Run functions on the engine's architecture whatever their Architectures say",
  ),
  engineRequests: integer("LAMBDOCK_ENGINE_REQUESTS", 16, { min: 1, max: 1_000 }, "Simultaneous short requests to the engine"),
} as const;

/** Every variable of the executor service. */
export const settings = {
  ...limitSettings,
  ...environmentSettings,
  ...engineSettings,
  host: text("LAMBDOCK_EXECUTOR_HOST", "127.0.0.1", "Address or host name on which the gateway reaches the executor"),
  port: integer("LAMBDOCK_EXECUTOR_PORT", 4_570, { min: 0, max: 65_535 }, "Port of the executor's API"),
  runtimeApiHost: text("LAMBDOCK_RUNTIME_API_HOST", "127.0.0.1", "Address or host name on which sandboxes reach the Runtime API"),
  runtimeApiPort: integer("LAMBDOCK_RUNTIME_API_PORT", 9_001, { min: 0, max: 65_535 }, "Port of the Runtime API"),
  dataDirectory: text("LAMBDOCK_DATA_DIR", "/var/lib/lambdock", "Directory of code and run-time files, shared with the gateway"),
  redisUrl: text("REDIS_URL", "redis://127.0.0.1:6379", "Redis"),
  region: text("LAMBDOCK_REGION", "us-east-1", "Region in runtime version ARNs"),
  functionsNetwork: text("LAMBDOCK_FUNCTIONS_NETWORK", "lambdock_functions", "Docker network of function containers"),
  functionEndpoint: text(
    "LAMBDOCK_FUNCTION_ENDPOINT",
    "",
    "Lambdock's endpoint as functions reach it; empty: AWS_ENDPOINT_URL is not set for them",
  ),
  cgroupRoot: text("LAMBDOCK_CGROUP_ROOT", "/host/cgroup", "Where the machine's cgroup file system is mounted, for true memory figures"),
  lifecycleEvents: integer("LAMBDOCK_LIFECYCLE_EVENTS", 100_000, { min: 1, max: 10_000_000 }, "Lifecycle events kept in Redis"),
  stopSeconds: integer("LAMBDOCK_STOP_SECONDS", 10, { min: 0, max: 900 }, "Time that running invocations have to finish on stop"),
  logLevel: oneOf("LAMBDOCK_LOG_LEVEL", "info", ["debug", "info", "warn", "error", "silent"], "Least level of the service's own log"),
} as const;

/** The executor's configuration, read once at start. */
export type ExecutorConfig = ReturnType<typeof readExecutorConfig>;

/** Parses the environment; throws ConfigurationError with every rejection. */
export function readExecutorConfig(env: Readonly<Record<string, string | undefined>>) {
  return readConfig(settings, env);
}

/** The configuration of this process. */
export function executorConfig(): ExecutorConfig {
  return readExecutorConfig(process.env);
}
