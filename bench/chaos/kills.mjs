/**
 * Kills: `docker kill -s KILL` and, a while later, `docker start`. Docker takes a killed container
 * for one that somebody stopped, so its restart policy does not start it: we do.
 */
import { setTimeout as pause } from "node:timers/promises";
import { docker } from "../docker-api.mjs";
import { shuffled } from "./random.mjs";

const GAP_MS = { min: 2_000, max: 9_000 };
const DOWN_MS = { min: 100, max: 4_000 };

const between = ({ min, max }, random) => min + random() * (max - min);

/** So many kills, as evenly over the services as can be, in random order at random times: `{at, service, downMs}`. */
export function planKills({ services, count, random }) {
  const victims = Array.from({ length: count }, (_, index) => services[index % services.length]);
  let at = 0;
  return shuffled(victims, random).map((service) => {
    at += between(GAP_MS, random);
    return { at, service, downMs: between(DOWN_MS, random) };
  });
}

/** Time that the plan takes, milliseconds. */
export const lengthOf = (plan) => (plan.length === 0 ? 10_000 : plan.at(-1).at + DOWN_MS.max);

/** Carries the plan out; resolves when the last victim runs again. `containers`: ids by service. */
export async function killAll(plan, { containers, progress }) {
  const begun = performance.now();
  const revivals = new Map(); // service -> when it runs again
  for (const [index, { at, service, downMs }] of plan.entries()) {
    await pause(Math.max(0, at - (performance.now() - begun)));
    await revivals.get(service);
    await docker("POST", `/containers/${containers.get(service)}/kill?signal=KILL`).catch((error) => progress(error.message));
    progress(`kill ${index + 1} of ${plan.length}: ${service}, down for ${(downMs / 1_000).toFixed(1)} s`);
    revivals.set(service, revived(containers.get(service), downMs));
  }
  await Promise.all(revivals.values());
}

async function revived(container, downMs) {
  await pause(downMs);
  await docker("POST", `/containers/${container}/start`);
}
