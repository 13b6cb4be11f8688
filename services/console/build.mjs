/**
 * Builds the console's app into dist/web: bundled by Vite, compressed once, and checked for its
 * size. Does nothing when no source changed since the last build. Needs no network.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const folder = fileURLToPath(new URL(".", import.meta.url));
const out = join(folder, "dist/web");
const stamp = join(out, ".sources");
/** Compressed bytes of script that a page may need. */
const SCRIPT_BYTES_MAX = 250 * 1024;

function filesOf(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The fingerprint of everything that the app is made of. */
function fingerprint() {
  const hash = createHash("sha256");
  const sources = [
    ...filesOf(join(folder, "web")),
    ...filesOf(join(folder, "src")),
    join(folder, "package.json"),
    fileURLToPath(import.meta.url),
  ];
  for (const file of sources) hash.update(`${relative(folder, file)}\0`).update(readFileSync(file));
  return hash.digest("hex");
}

async function bundle() {
  const { build } = await import("vite");
  await build({
    configFile: false,
    root: join(folder, "web"),
    base: "/_lambdock/console/",
    logLevel: "warn",
    resolve: { conditions: ["source", "module", "browser"] },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
}

const wanted = fingerprint();
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  await bundle();
  let script = 0;
  for (const file of filesOf(out).filter((each) => /\.(js|css|html)$/.test(each))) {
    const compressed = gzipSync(readFileSync(file), { level: 9 });
    writeFileSync(`${file}.gz`, compressed);
    if (file.endsWith(".js")) script += compressed.byteLength;
  }
  if (script > SCRIPT_BYTES_MAX) {
    console.error(`The console's script is ${script} bytes compressed; ${SCRIPT_BYTES_MAX} are allowed.`);
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
