/**
 * What functions tell the host, across all their environments and every kill: an HTTP server of
 * this process. A POST of a JSON list of entries, each with an `id`, is put into the journal in
 * order of arrival; answered is how often each id has come, this time included.
 */
import { createServer } from "node:http";

/** Starts it on every interface; functions reach it at the gateway of their network. */
export async function startLedger() {
  const runs = new Map();
  const journal = [];
  const server = createServer(async (request, response) => {
    const entries = JSON.parse(Buffer.concat(await request.toArray()).toString());
    for (const entry of entries) {
      entry.run = (runs.get(entry.id) ?? 0) + 1;
      runs.set(entry.id, entry.run);
      journal.push(entry);
    }
    response.end(JSON.stringify(entries.map(({ run }) => run)));
  });
  await new Promise((resolve) => server.listen(0, "0.0.0.0", resolve));
  return {
    port: server.address().port,
    /** How often each id came. */
    runs,
    /** Every entry as it came, with its `run`. */
    journal,
    clear() {
      runs.clear();
      journal.length = 0;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
