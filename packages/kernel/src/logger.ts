/** Structured logging: one line of JSON or text per event, to stderr. Warnings name what a person can do. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger whose lines carry these fields too. */
  with(fields: Fields): Logger;
}

export type Fields = Readonly<Record<string, unknown>>;
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

/** Logs lines such as `2026-11-22T07:00:00.000Z INFO executor: started port=9001` to stderr. */
export function createLogger(service: string, level: LogLevel, fixed: Fields = {}, write: (line: string) => void = writeStderr): Logger {
  const enabled = (candidate: LogLevel): boolean => ORDER.indexOf(candidate) >= ORDER.indexOf(level);
  const log = (candidate: LogLevel, message: string, fields: Fields = {}): void => {
    if (!enabled(candidate)) return;
    const tail = Object.entries({ ...fixed, ...fields })
      .map(([name, value]) => ` ${name}=${render(value)}`)
      .join("");
    write(`${new Date().toISOString()} ${candidate.toUpperCase()} ${service}: ${message}${tail}\n`);
  };
  return {
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    error: (message, fields) => log("error", message, fields),
    with: (fields) => createLogger(service, level, { ...fixed, ...fields }, write),
  };
}

function render(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === "string") return /^[\w./:@$[\]-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}

function writeStderr(line: string): void {
  process.stderr.write(line);
}
