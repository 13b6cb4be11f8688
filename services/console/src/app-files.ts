import { fileURLToPath } from "node:url";

/** The folder of the built app, beside the compiled sources. */
export const APP_FILES: string = fileURLToPath(new URL("../dist/web", import.meta.url));
