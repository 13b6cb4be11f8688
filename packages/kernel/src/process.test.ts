import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "@jest/globals";
import { killed, spawnSource } from "./testing/source-process.ts";

type Child = ReturnType<typeof spawnSource>;
let child: Child | undefined;
afterEach(() => (child === undefined ? undefined : killed(child)));

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s stops every part, the newest first, and the process ends well though one fails",
  async (signal) => {
    child = spawnSource(new URL("./testing/stopping-process.ts", import.meta.url), []);
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    expect(first.toString()).toBe("started\n");
    const ended = once(child, "exit");
    const printed = text(child.stdout);
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect((await printed).trimEnd().split("\n")).toEqual([
      "gateway stops within 7 s",
      'ERROR test: a part did not stop cleanly part=executor error="no engine"',
      "redis stops",
    ]);
  },
);
