import { hasContainers } from "../target/config.ts";

/** Where code lies, as a pattern's source: `/var/task` in containers, a folder of the data directory for child processes. */
export const TASK_ROOT = hasContainers() ? "/var/task" : '/[^\\n"]*';
