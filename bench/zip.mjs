import { once } from "node:events";
import { ZipFile } from "yazl";

/** A zip of the files, given as bytes by path. `store: true` for content that does not compress. */
export async function zipOf(files, { store = false } = {}) {
  const zip = new ZipFile();
  for (const [path, content] of Object.entries(files)) zip.addBuffer(content, path, { compress: !store });
  const chunks = [];
  zip.outputStream.on("data", (chunk) => chunks.push(chunk));
  const ended = once(zip.outputStream, "end");
  zip.end();
  await ended;
  return Buffer.concat(chunks);
}
