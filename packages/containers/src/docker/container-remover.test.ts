import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@lambdock/kernel/logger";
import { afterEach, expect, test } from "@jest/globals";
import { createContainerRemover } from "./container-remover.ts";
import { createEngine } from "./engine.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An engine's API of that version, which answers a removal when as many are under way as are awaited. */
async function engineOf(version: string, awaited: number) {
  const directory = await mkdtemp(join(tmpdir(), "lambdock-remover-"));
  const socketPath = join(directory, "docker.sock");
  const answers: (() => void)[] = [];
  const heard = { atOnceMax: 0, removed: [] as string[] };
  const server = createServer((request, response) => {
    if (request.method !== "DELETE") {
      response.end(JSON.stringify({ ServerVersion: version, OSType: "linux", Architecture: "x86_64" }));
      return;
    }
    heard.removed.push(/containers\/(\w+)/.exec(request.url!)![1]!);
    answers.push(() => response.writeHead(204).end());
    heard.atOnceMax = Math.max(heard.atOnceMax, answers.length);
    // After a turn, in which another would come that need not wait.
    if (answers.length >= awaited) setTimeout(() => answers.splice(0).forEach((answer) => answer()), 20);
  });
  await new Promise<void>((resolve) => void server.listen(socketPath, resolve));
  const engine = createEngine({ socketPath }, 8);
  closing.push(async () => {
    engine.close();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
  });
  return { heard, remover: createContainerRemover(engine, createLogger("test", "silent")) };
}

test.each([
  ["20.10.24+dfsg1", 1],
  ["22.06.0-beta.0", 1],
  ["23.0.0", 3],
  ["28.5.1", 3],
])("version %s is asked to remove so many of three containers at once: %d", async (version, atOnce) => {
  const { heard, remover } = await engineOf(version, atOnce);
  const gone = await Promise.all(["a", "b", "c"].map((container) => remover.remove(container)));
  expect(gone).toEqual([true, true, true]);
  expect([heard.atOnceMax, heard.removed.toSorted()]).toEqual([atOnce, ["a", "b", "c"]]);
});

test("what has to happen before a removal happens in its turn", async () => {
  const { heard, remover } = await engineOf("20.10.24", 1);
  const before: string[][] = [];
  await Promise.all(["a", "b"].map((container) => remover.remove(container, () => before.push([...heard.removed]))));
  expect(before).toEqual([[], ["a"]]);
});
