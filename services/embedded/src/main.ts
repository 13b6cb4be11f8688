/** `npm start`: environment variables in, Lambdock at http://127.0.0.1:4566 out. */
import { ConfigurationError } from "@lambdock/kernel/config";
import { createLogger } from "@lambdock/kernel/logger";
import { banner } from "./banner.ts";
import { embeddedConfig } from "./config.ts";
import { createEmbedded } from "./embedded.ts";

/** npm hands on the signal that the terminal has sent already: one Ctrl-C can arrive twice at once. */
const SAME_SIGNAL_MS = 300;

async function main(): Promise<void> {
  const config = embeddedConfig();
  const embedded = createEmbedded(config, createLogger("lambdock", config.logLevel));
  stopOnSignal(async () => {
    process.stdout.write("\nStopping ... (Ctrl-C again to stop at once)\n");
    await embedded.stop(config.stopSeconds * 1_000);
    process.stdout.write("Stopped.\n");
  });
  await embedded.start();
  process.stdout.write(banner({ ...config, endpoint: embedded.endpoint, instances: embedded.instances, redis: embedded.redis }));
}

function stopOnSignal(stop: () => Promise<void>): void {
  let first: number | undefined;
  const onSignal = (): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      void stop().then(() => process.exit(0));
    } else if (now - first > SAME_SIGNAL_MS) process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${error instanceof ConfigurationError ? "The configuration is wrong:\n" : "Lambdock could not start: "}${message}\n`,
  );
  process.exit(1);
});
