/**
 * Lambdock's own API for people and for the console: what event source mappings are doing now. Not
 * AWS's: it is under `/_lambdock/mappings`. A mapping's `status` is what the poller that works it
 * told within the last seconds; without one nobody works it (it is Disabled, or no poller runs).
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /_lambdock/mappings` | `{mappings}`: every mapping of every account |
 * | `GET /_lambdock/mappings/<uuid>` | the mapping, or 404 |
 */
import { Router } from "express";
import type { EventSourceMapping } from "@lambdock/model/event-source-mapping";
import type { MappingStore } from "@lambdock/store/event-source-mappings";
import type { MappingStatusStore, ReportedStatus } from "@lambdock/store/mapping-statuses";

/** Where mappings and what pollers tell of them are kept. */
export interface MappingsAdminStores {
  readonly mappings: Pick<MappingStore, "get" | "listAll">;
  readonly statuses: Pick<MappingStatusStore, "read">;
}

/** The router; mount it at `/_lambdock/mappings`. */
export function createMappingsAdmin({ mappings, statuses }: MappingsAdminStores): Router {
  const router = Router();
  router.get("/", async (_request, response) => {
    const all = await mappings.listAll();
    const told = await statuses.read(all.map(({ uuid }) => uuid));
    response.json({ mappings: all.map((mapping) => shown(mapping, told.get(mapping.uuid))) });
  });
  router.get("/:uuid", async (request, response) => {
    const { uuid } = request.params;
    const [mapping, told] = await Promise.all([mappings.get(uuid), statuses.read([uuid])]);
    if (mapping === undefined) response.status(404).json({ message: `There is no event source mapping ${uuid}.` });
    else response.json(shown(mapping, told.get(uuid)));
  });
  return router;
}

function shown(mapping: EventSourceMapping, status: ReportedStatus | undefined): object {
  return status === undefined ? mapping : { ...mapping, status };
}
