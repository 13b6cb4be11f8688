import type { Registry } from "prom-client";

/** Somebody whose metrics are shown with the gateway's own. */
export interface MetricsSource {
  /** For people: where the metrics come from. */
  readonly name: string;
  /** Prometheus text; rejects with the reason when there is none to be had. */
  read(): Promise<string>;
}

/** Scrapers give up after ten seconds; a service that is away must not take the others' figures with it. */
const ANSWER_MS = 2_000;

/** Figures of this process. */
export function registrySource(name: string, registry: Registry): MetricsSource {
  return { name, read: () => registry.metrics() };
}

/** Figures that another service serves at this URL. */
export function remoteSource(url: string): MetricsSource {
  return {
    name: url,
    async read() {
      const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      return response.text();
    },
  };
}
