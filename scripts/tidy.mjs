/**
 * House rules that no linter knows, over the files that git knows: `npm run tidy`. Each finding is a
 * line with its file; the exit status is 1 when there is one.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Packages that only decide: no Node, no clock, no dependency but the model. */
const PURE = ["packages/model", "packages/fleet", "packages/wire", "packages/async-invoke", "packages/event-pattern", "packages/polling"];

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const texts = new Map();
const findings = [];

const read = (file) => {
  if (!texts.has(file)) texts.set(file, readFileSync(join(root, file), "utf8"));
  return texts.get(file);
};
const report = (file, message) => findings.push(`${file}: ${message}`);
const json = (file) => JSON.parse(read(file));
const isTest = (file) => file.endsWith(".test.ts") || file.includes("/testing/");
const isText = (file) =>
  /\.(ts|mjs|cjs|js|json|md|sh|py|ya?ml)$|(^|\/)(Dockerfile|run|bootstrap)$/.test(file) && file !== "package-lock.json";

/** Workspaces by name, such as `@lambdock/fleet`. */
const workspaces = new Map(
  files
    .filter((file) => /^(packages|services)\/[^/]+\/package\.json$/.test(file))
    .map((file) => [
      json(file).name,
      {
        folder: dirname(file),
        manifest: json(file),
        sources: files.filter((other) => other.startsWith(`${dirname(file)}/src/`) && other.endsWith(".ts")),
      },
    ]),
);

/** Names of the workspaces that a source file imports. */
function imported(file) {
  return [...read(file).matchAll(/(?:from|import)\s*\(?\s*"(@lambdock\/[^/"]+)/g)].map(([, name]) => name);
}

/** What a workspace imports, declares and references must be the same: npm, tsc and Docker each read another of the three. */
function workspacesAgree() {
  for (const [name, { folder, manifest, sources }] of workspaces) {
    const used = new Set(sources.filter((file) => !isTest(file)).flatMap(imported));
    const usedByTests = new Set(sources.filter(isTest).flatMap(imported));
    used.delete(name);
    usedByTests.delete(name);
    const declared = new Set(Object.keys(manifest.dependencies ?? {}).filter((dependency) => workspaces.has(dependency)));
    const development = new Set(Object.keys(manifest.devDependencies ?? {}));
    const referenced = new Set((json(`${folder}/tsconfig.json`).references ?? []).map(({ path }) => nameAt(normalize(join(folder, path)))));
    const manifestFile = `${folder}/package.json`;
    for (const each of used) if (!declared.has(each)) report(manifestFile, `imports ${each} without depending on it`);
    for (const each of declared) if (!used.has(each)) report(manifestFile, `depends on ${each} without importing it`);
    for (const each of usedByTests)
      if (!declared.has(each) && !development.has(each)) report(manifestFile, `its tests import ${each} without depending on it`);
    for (const each of declared) if (!referenced.has(each)) report(`${folder}/tsconfig.json`, `lacks a reference to ${each}`);
    for (const each of referenced) if (!declared.has(each)) report(`${folder}/tsconfig.json`, `references ${each} without depending on it`);
  }
  const built = new Set(json("tsconfig.json").references.map(({ path }) => normalize(path)));
  for (const { folder } of workspaces.values()) if (!built.has(folder)) report("tsconfig.json", `does not build ${folder}`);
}

function nameAt(folder) {
  for (const [name, workspace] of workspaces) if (workspace.folder === folder) return name;
  return folder;
}

function pureStaysPure() {
  for (const folder of PURE) {
    const { manifest, sources } = workspaces.get(nameAt(folder));
    for (const dependency of Object.keys(manifest.dependencies ?? {}))
      if (dependency !== "@lambdock/model") report(`${folder}/package.json`, `is PURE and cannot depend on ${dependency}`);
    if (json(`${folder}/tsconfig.json`).compilerOptions.types !== undefined)
      report(`${folder}/tsconfig.json`, "is PURE and cannot have `types`");
    for (const file of sources.filter((each) => !isTest(each)))
      if (/new Date\(\)/.test(read(file))) report(file, "is PURE and cannot read the clock with `new Date()`");
  }
}

/** Images are built without the tests and what they stand on: an import of it would break them alone. */
function buildsLeaveTestsOut() {
  for (const { sources } of workspaces.values())
    for (const file of sources.filter((each) => !isTest(each)))
      for (const [, target] of read(file).matchAll(/(?:from|import)\s*\(?\s*"([^"]*\/testing\/[^"]*)"/g))
        report(file, `is built, and cannot import ${target}, which is for tests`);
}

function nothingIsPutOff() {
  // Spelt so that this file does not find itself.
  const marker = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`);
  const registry = /\bregistry\.[a-z0-9-]+\.[a-z]+/;
  for (const file of files.filter(isText)) {
    const text = read(file);
    if (marker.test(text)) report(file, `has a ${marker.exec(text)[1]}: do it, or open an issue`);
    if (registry.test(text)) report(file, `names the registry ${registry.exec(text)[0]}: machines have their own`);
  }
}

function linksResolve() {
  for (const file of files.filter((each) => each.endsWith(".md"))) {
    const text = read(file).replace(/```[\s\S]*?```/g, "");
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path, anchor] = target.split("#");
      const linked = path === "" ? file : normalize(join(dirname(file), path));
      if (!existsSync(join(root, linked))) report(file, `links to ${target}, which does not exist`);
      else if (anchor !== undefined && linked.endsWith(".md") && !anchorsOf(linked).has(anchor))
        report(file, `links to ${target}, which has no such heading`);
    }
  }
}

function anchorsOf(file) {
  const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** Every variable is documented, acted on, and what is documented or composed exists. */
function settingsAreTrue() {
  const tables = files.filter((file) => /\/src\/(.*\/)?config\.ts$/.test(file) && !isTest(file));
  const sources = files.filter((file) => /^(packages|services)\/.*\.ts$/.test(file) && !isTest(file));
  const documented = existsSync(join(root, "docs/configuration.md")) ? read("docs/configuration.md") : "";
  const known = new Set();
  for (const file of tables) {
    for (const [, key, variable] of read(file).matchAll(/(\w+): \w+\(\s*"((?:LAMBDOCK_|REDIS_)\w+)"/g)) {
      known.add(variable);
      if (!documented.includes(`\`${variable}\``)) report(file, `${variable} is missing in docs/configuration.md`);
      const uses = sources.reduce((sum, source) => sum + [...read(source).matchAll(new RegExp(`\\b${key}\\b`, "g"))].length, 0);
      if (uses < 2) report(file, `nothing acts on ${variable}`);
    }
  }
  // For builds and tests, read by scripts or compose itself.
  const others = new Set(["LAMBDOCK_E2E_STARTED"]);
  for (const file of ["docs/configuration.md", "docker-compose.yml", "README.md"].filter((each) => existsSync(join(root, each))))
    for (const [variable] of read(file).matchAll(/\bLAMBDOCK_[A-Z0-9_]+/g))
      if (!known.has(variable) && !others.has(variable)) report(file, `names ${variable}, which no config.ts reads`);
}

workspacesAgree();
pureStaysPure();
buildsLeaveTestsOut();
nothingIsPutOff();
linksResolve();
settingsAreTrue();

for (const finding of [...new Set(findings)].sort((one, other) => one.localeCompare(other))) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
