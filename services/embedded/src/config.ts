/** The settings of `npm start`: those of the services that it composes, and a few of its own. */
import { resolve } from "node:path";
import { asyncSettings } from "@lambdock/async-queue/config";
import { environmentSettings } from "@lambdock/executor/environments/config";
import { engineSettings } from "@lambdock/executor/config";
import { limitSettings } from "@lambdock/executor/limits/config";
import { historySettings, serverSettings, settings as gatewaySettings, sourceSettings } from "@lambdock/gateway/config";
import { pollerSettings } from "@lambdock/poller/config";
import { sqsSettings } from "@lambdock/sqs/config";
import { integer, oneOf, readConfig, text, type Setting } from "@lambdock/kernel/config";

/** Programs by runtime, from `nodejs24.x=/opt/node24/bin/node,python3.13=/usr/bin/python3.13`. */
function programs(variable: string, meaning: string): Setting<Readonly<Record<string, string>>> {
  return {
    variable,
    fallback: "",
    meaning,
    expected: "pairs such as nodejs24.x=/opt/node24/bin/node, separated by commas",
    parse: (value) => {
      const pairs = value === "" ? [] : value.split(",").map((pair) => /^\s*([a-z0-9.]+)=(\S+?)\s*$/.exec(pair));
      return pairs.some((pair) => pair === null) ? undefined : Object.fromEntries(pairs.map((pair) => [pair![1]!, pair![2]!]));
    },
  };
}

/** A directory, made absolute: Docker mounts no other. */
function directory(variable: string, fallback: string, meaning: string): Setting<string> {
  return { ...text(variable, fallback, meaning), parse: (value) => resolve(value) };
}

/** Every variable of `npm start`. */
export const settings = {
  ...serverSettings,
  ...historySettings,
  ...limitSettings,
  ...environmentSettings,
  ...asyncSettings,
  ...sqsSettings,
  ...sourceSettings,
  ...pollerSettings,
  ...engineSettings,
  s3Endpoint: gatewaySettings.s3Endpoint,
  instances: oneOf(
    "LAMBDOCK_INSTANCES",
    "auto",
    ["auto", "docker", "process"],
    "Where functions run: in Docker containers, in child processes, or in containers if an engine answers",
  ),
  interpreters: programs("LAMBDOCK_INTERPRETERS", "Programs for runtimes in child processes; others are looked for on PATH"),
  searchPath: text("PATH", "/usr/local/bin:/usr/bin:/bin", "Where interpreters and redis-server are looked for"),
  redisUrl: text("REDIS_URL", "", "Redis; empty: a private redis-server, or one in process where that is not installed"),
  dataDirectory: directory("LAMBDOCK_DATA_DIR", ".lambdock", "Directory of everything that is kept: functions, code, logs"),
  functionsNetwork: text(
    "LAMBDOCK_FUNCTIONS_NETWORK",
    "",
    "Docker network of function containers; empty: one of its own, made when needed",
  ),
  cgroupRoot: text("LAMBDOCK_CGROUP_ROOT", "/sys/fs/cgroup", "Where the machine's cgroup file system is mounted, for true memory figures"),
  stopSeconds: integer("LAMBDOCK_STOP_SECONDS", 3, { min: 0, max: 900 }, "Time that running invocations have to finish on stop"),
  logLevel: oneOf("LAMBDOCK_LOG_LEVEL", "warn", ["debug", "info", "warn", "error", "silent"], "Least level of Lambdock's own log"),
  redisFsync: oneOf(
    "LAMBDOCK_REDIS_FSYNC",
    "no",
    ["no", "always"],
    "When the private Redis syncs its file: by the kernel, or before each answer",
  ),
} as const;

/** The configuration of `npm start`, read once. */
export type EmbeddedConfig = ReturnType<typeof readEmbeddedConfig>;

/** Parses the environment; throws ConfigurationError with every rejection. */
export function readEmbeddedConfig(env: Readonly<Record<string, string | undefined>>) {
  return readConfig(settings, env);
}

/** The configuration of this process. */
export function embeddedConfig(): EmbeddedConfig {
  return readEmbeddedConfig(process.env);
}
