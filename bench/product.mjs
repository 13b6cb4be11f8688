/** Lambdock as a user gets it: `docker compose up`, as a project of its own. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { docker } from "./docker-api.mjs";
import { freePort } from "../scripts/command.mjs";

const run = promisify(execFile);
const PROJECT = `lambdock-bench-${process.pid}`;
const REMOVAL_MS_MAX = 60_000;
/** Longer than making one sandbox takes. */
const QUIET_MS = 2_000;

/** Starts it with these settings; a second call with others restarts what they concern. */
export async function startProduct(settings = {}, project = PROJECT) {
  const port = await freePort();
  const env = { ...process.env, LAMBDOCK_PORT: String(port), ...settings };
  const compose = (...args) => run("docker", ["compose", "-p", project, ...args], { env, maxBuffer: 1 << 26 });
  await compose("up", "-d", "--build", "--wait");
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    project,
    compose,
    api: (method, path, body) => api(url, method, path, body),
    /** What was measured is kept whatever becomes of the removal. */
    stop: () => compose("down", "-v", "--remove-orphans").catch((error) => process.stderr.write(`${error.message}\n`)),
  };
}

/** One request of Lambda's API, unsigned. */
async function api(url, method, path, body) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** The path under which a function is invoked. */
export function invocationPath(name) {
  return `/2015-03-31/functions/${name}/invocations`;
}

/** Creates a Node function from a zip and waits until it is Active. */
export async function deploy(product, name, zip, settings = {}) {
  const Code = { ZipFile: zip.toString("base64") };
  await product.api("POST", "/2015-03-31/functions", {
    FunctionName: name,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/bench",
    Timeout: 60,
    Code,
    ...settings,
  });
  await settled(product, name);
}

let revisions = 0;

/**
 * Changes the function's environment, so that its next invocation gets a fresh one. Waits until
 * the containers that this retires are removed: the floors do not measure removals either.
 */
export async function reconfigure(product, name) {
  revisions += 1;
  const retired = new Set((await containersOf(name)).map(({ Id }) => Id));
  await product.api("PUT", `/2015-03-31/functions/${name}/configuration`, { Environment: { Variables: { REVISION: String(revisions) } } });
  await settled(product, name);
  const deadline = performance.now() + REMOVAL_MS_MAX;
  while ((await containersOf(name)).some(({ Id }) => retired.has(Id))) {
    if (performance.now() > deadline)
      throw new Error(`containers that an update of ${name} retired are still there after ${REMOVAL_MS_MAX} ms`);
    await pause(20);
  }
}

/** Waits until no more sandboxes are made for a function: their number has not changed for a while. */
export async function sandboxesMade(name) {
  let count = -1;
  for (let since = performance.now(); performance.now() - since < QUIET_MS; await pause(100)) {
    const { length } = await containersOf(name);
    if (length !== count) since = performance.now();
    count = length;
  }
}

/** Every container of a function, in whatever state. */
export async function containersOf(name) {
  const filters = encodeURIComponent(JSON.stringify({ label: ["dev.lambdock.purpose=sandbox"] }));
  const containers = await docker("GET", `/containers/json?all=true&filters=${filters}`);
  return containers.filter(({ Labels }) => Labels["dev.lambdock.function"]?.endsWith(`:function:${name}`));
}

async function settled(product, name) {
  for (;;) {
    const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = await product.api(
      "GET",
      `/2015-03-31/functions/${name}/configuration`,
    );
    if (State === "Failed" || LastUpdateStatus === "Failed") throw new Error(`${name} is Failed: ${StateReason ?? LastUpdateStatusReason}`);
    if (State === "Active" && LastUpdateStatus === "Successful") return;
    await pause(10);
  }
}

/** What the containers of a Lambdock function run, for the floors to run the same. */
export async function runtimeInUse(name) {
  const [container] = await containersOf(name);
  if (container === undefined) throw new Error(`no container of ${name} is running`);
  const { Config } = await docker("GET", `/containers/${container.Id}/json`);
  // /bin/sh supervisor.sh <transport> <when> <hidden from extensions> command…: the floors need no supervisor.
  return { image: Config.Image, command: Config.Entrypoint.slice(5), user: Config.User };
}

/** The container of each service of the project, by the service's name; of further ones by `<service>-2` and so on. */
export async function serviceContainers(project = PROJECT) {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project}`] }));
  const containers = await docker("GET", `/containers/json?all=true&filters=${filters}`);
  return new Map(containers.map(({ Id, Labels }) => [numbered(Labels), Id]));
}

function numbered(labels) {
  const { "com.docker.compose.service": service, "com.docker.compose.container-number": number } = labels;
  return number === "1" ? service : `${service}-${number}`;
}

/** The address of a service inside the project, which this machine reaches as the network's gateway. */
export async function serviceAddress(service, network = "backend") {
  const { NetworkSettings } = await docker("GET", `/containers/${(await serviceContainers()).get(service)}/json`);
  return NetworkSettings.Networks[`${PROJECT}_${network}`].IPAddress;
}

/** This machine, as functions of the project reach it. */
export async function hostAddress(project = PROJECT) {
  const { IPAM } = await docker("GET", `/networks/${project}_functions`);
  return IPAM.Config[0].Gateway;
}

/** Memory of each Node service of the project, MB: resident set of its node process. */
export async function serviceMemory() {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${PROJECT}`] }));
  const containers = await docker("GET", `/containers/json?filters=${filters}`);
  const sizes = new Map();
  for (const { Id, Labels } of containers) {
    const { Processes } = await docker("GET", `/containers/${Id}/top?ps_args=${encodeURIComponent("-eo pid,rss,comm")}`);
    const kilobytes = Processes.filter(([, , command]) => command === "node" || command === "MainThread").map(([, rss]) => Number(rss));
    if (kilobytes.length > 0) sizes.set(Labels["com.docker.compose.service"], Math.max(...kilobytes) / 1024);
  }
  return sizes;
}

/** Sandboxes that the product starts at the same time. */
export async function parallelStarts() {
  const filters = encodeURIComponent(
    JSON.stringify({ label: [`com.docker.compose.project=${PROJECT}`, "com.docker.compose.service=executor"] }),
  );
  const [{ Id }] = await docker("GET", `/containers/json?filters=${filters}`);
  const { Config } = await docker("GET", `/containers/${Id}/json`);
  const setting = Config.Env.find((entry) => entry.startsWith("LAMBDOCK_PARALLEL_STARTS="))?.split("=")[1];
  if (setting === undefined || setting === "") throw new Error("the executor was not given LAMBDOCK_PARALLEL_STARTS");
  return Number(setting);
}
