/** Settings of the console. */
import { credentialPairs } from "@lambdock/kernel/credential-pairs";
import { factor, flag, integer, oneOf, readConfig, text, type Setting } from "@lambdock/kernel/config";

/** A service that can be asked whether it runs. */
export interface Watched {
  readonly name: string;
  /** `http://…`: answers 200 when it can work; `tcp://host:port`: takes a connection. */
  readonly url: URL;
}

/** Services to look after, from `name=url,name=url`. */
function watched(variable: string): Setting<readonly Watched[]> {
  return {
    variable,
    fallback: "",
    meaning: "Services whose health the console shows",
    expected: "pairs such as poller=http://127.0.0.1:4572/health or sqs=tcp://127.0.0.1:4576, separated by commas",
    parse: (value) => {
      const pairs =
        value === "" ? [] : value.split(",").map((pair) => /^\s*([\w-]+)=((?:http|tcp):\/\/[^\s/]+:\d+(?:\/\S*)?)\s*$/.exec(pair));
      return pairs.some((pair) => pair === null) ? undefined : pairs.map((pair) => ({ name: pair![1]!, url: new URL(pair![2]!) }));
    },
  };
}

/** What the console acts on wherever it runs, beside what it is told of Lambdock's other settings. */
export const consoleSettings = {
  consoleToken: text("LAMBDOCK_CONSOLE_TOKEN", "", "What users of the console must know; empty: nothing"),
} as const;

/** Every variable of the console service. */
export const settings = {
  ...consoleSettings,
  host: text("LAMBDOCK_CONSOLE_HOST", "127.0.0.1", "Address on which the console listens"),
  port: integer("LAMBDOCK_CONSOLE_PORT", 4_573, { min: 0, max: 65_535 }, "Port on which the console listens; 0: any free one"),
  gatewayUrl: text("LAMBDOCK_GATEWAY_URL", "http://127.0.0.1:4566", "Lambdock's endpoint"),
  healthUrls: watched("LAMBDOCK_CONSOLE_HEALTH_URLS"),
  region: text("LAMBDOCK_REGION", "us-east-1", "Region that the console shows first"),
  timeScale: factor("LAMBDOCK_TIME_SCALE", 1, "How many times faster retries pass"),
  requireSignature: flag("LAMBDOCK_REQUIRE_SIGNATURE", false, "Whether Lambdock refuses requests without a signature"),
  credentials: credentialPairs("LAMBDOCK_CREDENTIALS", "Access keys with which the console signs, if signatures are required"),
  stopSeconds: integer("LAMBDOCK_STOP_SECONDS", 10, { min: 0, max: 900 }, "Time that running requests have to finish on stop"),
  logLevel: oneOf("LAMBDOCK_LOG_LEVEL", "info", ["debug", "info", "warn", "error", "silent"], "Least level of the service's own log"),
} as const;

/** The configuration of the console service, read once at start. */
export type ConsoleServiceConfig = ReturnType<typeof readConsoleConfig>;

/** Parses the environment; throws ConfigurationError with every rejection. */
export function readConsoleConfig(env: Readonly<Record<string, string | undefined>>) {
  return readConfig(settings, env);
}

/** The configuration of this process. */
export function consoleConfig(): ConsoleServiceConfig {
  return readConsoleConfig(process.env);
}
