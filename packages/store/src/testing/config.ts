/** True on a build server, where a missing program fails the tests instead of skipping them. */
export const onBuildServer: boolean = process.env["CI"] === "true";
