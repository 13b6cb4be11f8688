import type { Layout } from "../../../src/live/layout.ts";
import { plural } from "../../parts/format.ts";

/** The picture in a sentence, for who cannot see it. */
export function summaryOf({ blocks }: Layout): string {
  if (blocks.length === 0) return "None is alive.";
  return blocks
    .map(({ owner, lanes }) => {
      const alive = lanes.filter((lane) => lane.stoppedAt === Infinity).length;
      return `${owner.name}: ${plural(alive, "environment")}, ${owner.running} running.`;
    })
    .slice(0, 20)
    .join(" ");
}
