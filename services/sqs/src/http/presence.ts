import type { ServerResponse } from "node:http";
import type { Presence } from "../waiting-lines.ts";

/** Whether the client of a response is still there: it has gone when the connection closes before everything was sent. */
export function presenceOf(response: ServerResponse): Presence {
  const listeners = new Set<() => void>();
  let gone = response.destroyed;
  response.once("close", () => {
    if (response.writableFinished) return;
    gone = true;
    for (const run of listeners) run();
  });
  return {
    get gone() {
      return gone;
    },
    onGone(run) {
      listeners.add(run);
      return () => listeners.delete(run);
    },
  };
}
