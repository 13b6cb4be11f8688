/**
 * Records that were accepted since kinesis-local wrote its data last: a line each, written before
 * the caller has the answer, and put back by kinesis-child.cjs at the next start. So a killed
 * process loses nothing that it had accepted, without writing all data at each record.
 */
import { mkdir, open, rename, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { AcceptedRecord } from "./accepted-records.ts";

export interface Journal {
  /** Resolves once the lines are the operating system's. */
  append(records: readonly AcceptedRecord[]): Promise<void>;
  /** Puts the journal aside as the older one, which goes when the data is next written; false while there is one already. */
  rotate(): Promise<boolean>;
  /** Begins anew: the child that is being started has taken everything in. */
  reset(): Promise<void>;
  /** Bytes since it was put aside. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** Opens the journal of a data directory on first use. */
export function createJournal(directory: string): Journal {
  const path = join(directory, "journal.ndjson");
  const older = `${path}.old`;
  let file: FileHandle | undefined;
  let bytes = 0;
  // One after the other: a line belongs to the file that was current when its turn came.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const mine = last.then(step);
    last = mine.catch(() => undefined);
    return mine;
  };
  const release = async (): Promise<void> => {
    const held = file;
    file = undefined;
    bytes = 0;
    await held?.close();
  };
  return {
    get bytes() {
      return bytes;
    },
    append: (records) =>
      inTurn(async () => {
        if (records.length === 0) return;
        const lines = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(""));
        await mkdir(directory, { recursive: true });
        file ??= await open(path, "a");
        await file.appendFile(lines);
        bytes += lines.byteLength;
      }),
    rotate: () =>
      inTurn(async () => {
        if (file === undefined || (await exists(older))) return false;
        await release();
        await rename(path, older);
        return true;
      }),
    reset: () => inTurn(release),
    close: () => inTurn(release),
  };
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
