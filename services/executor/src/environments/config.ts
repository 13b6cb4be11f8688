import { integer, oneOf, text } from "@lambdock/kernel/config";
import { coldStartSampler } from "../cold-starts.ts";
import type { ExecutorDependencies } from "../dependencies.ts";
import type { FreezeSettings } from "./freezer.ts";

/** How execution environments live, shared by the service and `npm start`. */
export const environmentSettings = {
  freeze: oneOf(
    "LAMBDOCK_FREEZE",
    "auto",
    ["auto", "on", "off"],
    "Freeze idle execution environments; auto: where that takes microseconds and not a request to the Docker engine",
  ),
  freezeGraceMs: integer(
    "LAMBDOCK_FREEZE_GRACE_MS",
    100,
    { min: 1, max: 3_600_000 },
    "An execution environment is frozen when it was idle for so many milliseconds",
  ),
  coldStart: text(
    "LAMBDOCK_COLD_START",
    "real",
    "How long cold starts take at least: real, published, or a JSON or YAML document, inline or in a file",
  ),
  streamBytesPerSecond: integer(
    "LAMBDOCK_STREAM_BYTES_PER_SECOND",
    2_097_152,
    { min: 0, max: 1_000_000_000_000 },
    "Bandwidth of a streamed response behind its first 6 MiB; 0: as fast as it comes",
  ),
  seed: integer("LAMBDOCK_SEED", 0, { min: 0, max: 4_294_967_295 }, "Seed of modelled cold starts; 0: another each time"),
} as const;

/** What these settings ask of an executor. Rejects with a ConfigurationError. */
export async function environmentParts(config: {
  readonly freeze: FreezeSettings["mode"];
  readonly freezeGraceMs: number;
  readonly coldStart: string;
  readonly seed: number;
  readonly streamBytesPerSecond: number;
}): Promise<Pick<ExecutorDependencies, "freeze" | "coldStarts" | "streamBytesPerSecond">> {
  const coldStarts = await coldStartSampler(config.coldStart, config.seed);
  return {
    freeze: { mode: config.freeze, graceMs: config.freezeGraceMs },
    ...(coldStarts === undefined ? {} : { coldStarts }),
    ...(config.streamBytesPerSecond === 0 ? {} : { streamBytesPerSecond: config.streamBytesPerSecond }),
  };
}
