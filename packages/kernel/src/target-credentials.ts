import type { Setting } from "./config.ts";

/** Keys with which services elsewhere are called: real AWS, or an emulator that looks at them. */
export interface TargetCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The setting of such keys; `null` when there are none. */
export function targetCredentials(variable: string, meaning: string): Setting<TargetCredentials | null> {
  return {
    variable,
    fallback: "",
    meaning,
    expected: "AKID:SECRET or AKID:SECRET:SESSION-TOKEN",
    parse(value) {
      if (value === "") return null;
      const [, accessKeyId, secretAccessKey, sessionToken] = /^(\w+):([^:\s]+)(?::([^:\s]+))?$/.exec(value) ?? [];
      if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
      return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    },
  };
}
