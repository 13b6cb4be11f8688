import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { createEngine } from "../engine.ts";
import { followProgress } from "../progress-stream.ts";
import { connection } from "./engine-under-test.ts";

/** Builds an image for a test from a Dockerfile text and files; answers its name. */
export async function makeImage(name: string, dockerfile: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const engine = createEngine(connection, 2);
  const tar = pack();
  for (const [path, text] of Object.entries({ Dockerfile: dockerfile, ...files })) tar.entry({ name: path, mode: 0o755 }, text);
  tar.finalize();
  const stream = await engine.streams.buildImage(Readable.from(tar), { t: name, forcerm: true });
  await followProgress(stream, () => undefined);
  engine.close();
  return name;
}

/** Removes an image that a test made. */
export async function removeImage(name: string): Promise<void> {
  const engine = createEngine(connection, 2);
  await engine.call((docker) => docker.getImage(name).remove({ force: true }));
  engine.close();
}
