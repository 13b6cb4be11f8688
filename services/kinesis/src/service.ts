/** Amazon Kinesis: kinesis-local in a process of its own, started on first use; its data outlives every process. */
import { createRequire } from "node:module";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBackend, type Backend, type Through } from "@lambdock/backend/backend";
import type { ChildCommand, ChildProcess } from "@lambdock/backend/child-process";
import { createChildService } from "@lambdock/backend/child-service";
import { collectBody } from "@lambdock/backend/body";
import type { Timers } from "@lambdock/kernel/clock";
import type { Logger } from "@lambdock/kernel/logger";
import { acceptedRecords } from "./accepted-records.ts";
import { createJournal, type Journal } from "./journal.ts";
import { createPutsUnderWay } from "./puts-under-way.ts";

export interface KinesisOptions {
  /** Lambdock's data directory; streams are kept in a folder of it. */
  readonly dataDirectory: string;
  /** Region of requests that name none. */
  readonly region: string;
  readonly logger: Logger;
  readonly timers: Timers;
}

const CURE = "Its data is in the folder `kinesis` of LAMBDOCK_DATA_DIR; LAMBDOCK_KINESIS_URL names another Kinesis to use instead.";
/** Loading much data on a busy machine takes a while. */
const START_WITHIN_MS = 60_000;
/** It writes its data before it ends. */
const END_WITHIN_MS = 10_000;
/** A stream that was created, split or deleted has become so after half a second; then it is worth writing down. */
const SETTLED_MS = 700;
/** Bytes of journal after which all data is written. */
const JOURNAL_BYTES_MAX = 33_554_432;
/** Shards per account and on-demand streams as AWS grants them [docs]. */
const LIMITS = { SHARD_LIMIT: "500", ON_DEMAND_STREAM_COUNT_LIMIT: "50" };
/** Longer than any run: the data is written when {@link ChildProcess.tell} asks for it, see kinesis-child.cjs. */
const PERSIST_INTERVAL = "2000000001ms";

/** Builds Kinesis; nothing runs before the first request. */
export function createKinesis({ dataDirectory, region, logger, timers }: KinesisOptions): Backend {
  const directory = join(dataDirectory, "kinesis");
  const journal = createJournal(directory);
  const child = createChildService({
    name: "Kinesis",
    logger,
    cure: CURE,
    command: (port) => kinesisLocal({ port, directory, region }),
    readyPath: "/healthcheck",
    startWithinMs: START_WITHIN_MS,
    endWithinMs: END_WITHIN_MS,
    async prepare() {
      await mkdir(directory, { recursive: true });
      await journal.reset();
    },
  });
  const backend = createBackend(child, keeping({ journal, region, timers }));
  return {
    handle: backend.handle,
    async stop(deadlineMs) {
      await backend.stop(deadlineMs);
      await journal.close();
    },
  };
}

function kinesisLocal({
  port,
  directory,
  region,
}: {
  readonly port: number;
  readonly directory: string;
  readonly region: string;
}): ChildCommand {
  const program = createRequire(import.meta.url).resolve("kinesis-local");
  const preload = fileURLToPath(new URL("../kinesis-child.cjs", import.meta.url));
  return {
    program: process.execPath,
    args: ["--require", preload, program],
    env: {
      ...LIMITS,
      KINESIS_MOCK_PLAIN_PORT: String(port),
      // It insists on TLS too, on a loopback port that nobody is told of.
      KINESIS_MOCK_TLS_PORT: "0",
      KINESIS_MOCK_CERT_PATH: join(dirname(program), "server.json"),
      LOG_LEVEL: "ERROR",
      AWS_REGION: region,
      SHOULD_PERSIST_DATA: "true",
      PERSIST_PATH: directory,
      PERSIST_FILE_NAME: "kinesis-data.json",
      PERSIST_INTERVAL,
    },
  };
}

interface Keeping {
  readonly journal: Journal;
  readonly region: string;
  readonly timers: Timers;
}

/** What changes is kept: records in the journal before they are answered, all else by writing the data soon. */
function keeping({ journal, region, timers }: Keeping): Through {
  const writeSoon = (child: ChildProcess): void => void timers.after(SETTLED_MS, () => child.tell("write"));
  const puts = createPutsUnderWay();
  return async (exchange, child, pass) => {
    const target = String(exchange.request.headers["x-amz-target"] ?? "");
    if (target.endsWith(".GetRecords")) return await pass({ ...exchange, review: () => puts.kept() });
    if (/\.(Get|List|Describe|SubscribeToShard)/.test(target)) return await pass(exchange);
    if (!/\.PutRecords?$/.test(target)) {
      await pass(exchange);
      return writeSoon(child);
    }
    const { headers } = exchange.request;
    const body = exchange.body ?? (await collectBody(exchange.request));
    let answered = false;
    const review = async (answer: { readonly status: number; readonly body: Buffer }): Promise<void> => {
      answered = true;
      if (answer.status !== 200) return;
      // Older clients speak CBOR, which is kept as everything else is.
      if (!String(headers["content-type"]).includes("json")) return writeSoon(child);
      await journal.append(acceptedRecords({ headers, request: body, answer: answer.body, now: timers.now(), defaultRegion: region }));
      if (journal.bytes > JOURNAL_BYTES_MAX && (await journal.rotate())) child.tell("write");
    };
    await puts.run(() => pass({ ...exchange, body, review }));
    // The caller left: what it put may be there all the same.
    if (!answered) writeSoon(child);
  };
}
