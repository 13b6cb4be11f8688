import type { Console } from "@lambdock/console/console";
import type { ConsoleHandler } from "@lambdock/gateway/http/console-front";
import type { EmbeddedConfig } from "./config.ts";

/** The console in this process, loaded when somebody first opens it. */
export function createLazyConsole(config: EmbeddedConfig, endpoint: () => string): { readonly handle: ConsoleHandler; close(): void } {
  let console: Promise<Console> | undefined;
  const load = async (): Promise<Console> => {
    const { composeConsole } = await import("@lambdock/console/composition");
    return composeConsole({ config, gateway: endpoint, watched: [] });
  };
  return {
    async handle(request, response) {
      console ??= load();
      await (await console).handle(request, response);
    },
    close: () => void console?.then((loaded) => loaded.close()),
  };
}
