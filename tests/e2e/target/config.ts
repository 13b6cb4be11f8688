/** Which Lambdock the suite talks to: the environment variables of a run, read in one place. */

export type TargetKind = "embedded-process" | "embedded-docker" | "compose" | "external";

const KINDS: readonly TargetKind[] = ["embedded-process", "embedded-docker", "compose"];

/** The target of this run: `ENDPOINT` of something that runs already, else `TARGET`. */
export function chosenTarget(): TargetKind {
  if (process.env["ENDPOINT"] !== undefined && process.env["LAMBDOCK_E2E_STARTED"] === undefined) return "external";
  const wanted = process.env["TARGET"] ?? "embedded-process";
  const kind = KINDS.find((candidate) => candidate === wanted);
  if (kind === undefined)
    throw new Error(
      `TARGET=${JSON.stringify(wanted)}: expected one of ${KINDS.join(", ")}, or ENDPOINT=http://host:port of a running Lambdock`,
    );
  return kind;
}

/** True when functions run in Docker containers: `INSTANCES` says so for an external endpoint. */
export function hasContainers(): boolean {
  const kind = chosenTarget();
  return kind === "external" ? process.env["INSTANCES"] !== "process" : kind !== "embedded-process";
}

/** The endpoint under test, `http://127.0.0.1:<port>`; set by the global setup. */
export function endpoint(): string {
  const url = process.env["ENDPOINT"];
  if (url === undefined) throw new Error("ENDPOINT is not set: the global setup has not run");
  return url;
}

/** True on the build server, where nothing may be skipped for want of a program. */
export function isCi(): boolean {
  return process.env["CI"] === "true";
}

/** The environment that child processes inherit, with additions. */
export function inheritedEnv(additions: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...additions };
}

/** Tells the test workers, which inherit this environment, where the shared target is. */
export function publishEndpoint(url: string): void {
  process.env["ENDPOINT"] = url;
  process.env["LAMBDOCK_E2E_STARTED"] = "1";
}
