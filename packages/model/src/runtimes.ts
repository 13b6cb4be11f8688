/**
 * Lambda's runtime identifiers. The order of the current ones is that of AWS's own error message
 * [recorded January 2026]; identifiers which the newest API model adds come last.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */

/** Runtimes for which AWS creates and updates functions. */
export const CURRENT_RUNTIMES: readonly string[] = [
  "nodejs20.x",
  "python3.14",
  "provided.al2023",
  "python3.12",
  "python3.13",
  "nodejs24.x",
  "nodejs22.x",
  "java25",
  "python3.10",
  "python3.11",
  "java21",
  "ruby3.3",
  "ruby3.4",
  "ruby3.2",
  "python3.8",
  "python3.9",
  "java17",
  "nodejs16.x",
  "dotnet10",
  "dotnet8",
  "java11",
  "dotnet6",
  "nodejs18.x",
  "provided.al2",
  "java8.al2",
  "ruby4.0",
];

/** Identifiers that AWS still knows but no longer accepts for creating or updating functions. */
export const DEPRECATED_RUNTIMES: readonly string[] = [
  "nodejs",
  "nodejs4.3",
  "nodejs4.3-edge",
  "nodejs6.10",
  "nodejs8.10",
  "nodejs10.x",
  "nodejs12.x",
  "nodejs14.x",
  "java8",
  "python2.7",
  "python3.6",
  "python3.7",
  "dotnetcore1.0",
  "dotnetcore2.0",
  "dotnetcore2.1",
  "dotnetcore3.1",
  "go1.x",
  "ruby2.5",
  "ruby2.7",
  "provided",
];

/** Runtimes that Lambdock runs itself: by AWS's public image, or by its own equivalent. */
export const BUILT_IN_RUNTIMES: readonly string[] = [
  "nodejs24.x",
  "nodejs22.x",
  "nodejs20.x",
  "python3.14",
  "python3.13",
  "python3.12",
  "python3.11",
  "python3.10",
  "python3.9",
  "provided.al2023",
  "provided.al2",
];

/** Runtimes that AWS accepts with SnapStart. https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html */
const SNAP_START = /^(java(11|17|21|25)|python3\.1[2-9]|dotnet(8|10))$/;

/** What AWS thinks of a runtime identifier. */
export function runtimeStanding(runtime: string): "current" | "deprecated" | "unknown" {
  if (CURRENT_RUNTIMES.includes(runtime)) return "current";
  return DEPRECATED_RUNTIMES.includes(runtime) ? "deprecated" : "unknown";
}

/** True when AWS takes `SnapStart.ApplyOn=PublishedVersions` for the runtime. */
export function supportsSnapStart(runtime: string): boolean {
  return SNAP_START.test(runtime);
}
