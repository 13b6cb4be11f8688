import { APP_FILES } from "./app-files.ts";
import type { ConsoleServiceConfig, Watched } from "./config.ts";
import { createConsole, type Console } from "./console.ts";

/** What the console is handed, whether it has a process of its own or shares one with the other services. */
export interface ConsoleParts {
  readonly config: Pick<ConsoleServiceConfig, "region" | "timeScale" | "requireSignature" | "credentials" | "consoleToken">;
  /** Lambdock's endpoint; asked anew each time, since it may be known only once it listens. */
  readonly gateway: () => string;
  /** Services whose health is shown. */
  readonly watched: readonly Watched[];
}

/** The console with the app that the build wrote. */
export function composeConsole({ config, gateway, watched }: ConsoleParts): Console {
  const { region, timeScale, requireSignature, credentials, consoleToken: token } = config;
  return createConsole({ region, timeScale, requireSignature, credentials, token, gateway, watched, files: APP_FILES });
}
