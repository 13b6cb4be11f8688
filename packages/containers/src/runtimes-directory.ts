import { fileURLToPath } from "node:url";

/** Directory of the runtimes' own clients, and of what their images are built from. */
export const RUNTIMES = fileURLToPath(new URL("../runtimes", import.meta.url));
