/**
 * Loaded before kinesis-local in its process (`node --require`), for what that has no options for:
 * it listens on the loopback interface only; its data file is replaced whole or not at all, and
 * written when there is something new instead of all the time; what was accepted since it was
 * written last is in a journal (see src/journal.ts) and put back here; and it ends when the process
 * that started it has ended.
 */
"use strict";
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");

// oxlint-disable-next-line no-restricted-properties -- kinesis-local takes its settings from the environment; these are the same.
const { PERSIST_PATH, PERSIST_FILE_NAME, PERSIST_INTERVAL } = process.env;
const DATA = path.join(PERSIST_PATH, PERSIST_FILE_NAME);
/** Journals as src/journal.ts names them; the older one is what a running write of the data is going to cover. */
const JOURNAL = path.join(PERSIST_PATH, "journal.ndjson");
const OLDER_JOURNAL = `${JOURNAL}.old`;
/** The interval is so long that it never ends by itself: its timer tells the one that writes the data from all others. */
const PERSIST_DELAY_MS = Number.parseInt(PERSIST_INTERVAL, 10);

listenOnLoopback();
restore();
writeWhole(serveParent());

function listenOnLoopback() {
  // oxlint-disable-next-line unbound-method -- it is called with its server below.
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (port, ...rest) {
    if (typeof port !== "number") return listen.call(this, port, ...rest);
    return listen.call(this, port, "127.0.0.1", ...rest.filter((each) => typeof each === "function"));
  };
}

/** Writes go to another file, which takes the data's place when it is whole. */
function writeWhole(onWritten) {
  const { createWriteStream } = fs;
  let writes = 0;
  let newest = 0;
  fs.createWriteStream = (file, options) => {
    if (file !== DATA) return createWriteStream(file, options);
    const write = ++writes;
    const fresh = `${DATA}.${write}.new`;
    const stream = createWriteStream(fresh, options);
    const destroy = stream._destroy.bind(stream);
    // fs2 removes all listeners; a finished stream destroys itself at once, with its last byte handed over.
    stream._destroy = (error, done) => {
      if (!error && stream.writableFinished && write > newest) {
        newest = write;
        fs.renameSync(fresh, DATA);
        onWritten();
      } else fs.rmSync(fresh, { force: true });
      destroy(error, done);
    };
    return stream;
  };
}

/**
 * Each line on standard input asks for the data to be written; its end asks to end, which writes
 * them too and must not meet another write. Answers whom to tell of a write that is done.
 */
function serveParent() {
  const { setTimeout: arm } = globalThis;
  /** Begins a write; absent while one runs. */
  let persist;
  let wanted = false;
  let ending = false;
  let coversOlder = false;
  const proceed = () => {
    if (persist === undefined) return;
    if (ending) return process.kill(process.pid, "SIGTERM");
    if (!wanted) return;
    wanted = false;
    coversOlder = fs.existsSync(OLDER_JOURNAL);
    const run = persist;
    persist = undefined;
    run();
  };
  globalThis.setTimeout = (run, delay, ...rest) => {
    if (delay !== PERSIST_DELAY_MS) return arm(run, delay, ...rest);
    persist = run;
    proceed();
    return arm(() => {}, 0);
  };
  process.stdin.on("data", () => {
    wanted = true;
    proceed();
  });
  process.stdin.on("end", () => {
    ending = true;
    proceed();
  });
  return () => {
    if (coversOlder) fs.rmSync(OLDER_JOURNAL, { force: true });
    coversOlder = false;
  };
}

/** Puts what the journals have beyond the data into the data, which kinesis-local reads after this. */
function restore() {
  const journals = [OLDER_JOURNAL, JOURNAL].filter((file) => fs.existsSync(file));
  if (fs.existsSync(DATA)) {
    const data = JSON.parse(fs.readFileSync(DATA, "utf8"));
    settle(data);
    putBack(data, journals.flatMap(linesOf));
    fs.writeFileSync(`${DATA}.new`, JSON.stringify(data));
    fs.renameSync(`${DATA}.new`, DATA);
  }
  for (const file of journals) fs.rmSync(file, { force: true });
}

/** A change that was under way is done: what would have finished it has ended. */
function settle({ streams }) {
  for (const [arn, stream] of Object.entries(streams)) {
    if (stream.streamStatus === "DELETING") delete streams[arn];
    else stream.streamStatus = "ACTIVE";
  }
}

function putBack({ streams }, entries) {
  for (const [arn, stream] of Object.entries(streams)) {
    const mine = entries.filter((entry) => entry.arn === arn);
    if (mine.length === 0) continue;
    for (const [shard, records] of Object.entries(stream.shards)) {
      const { ShardId } = JSON.parse(shard);
      const last = BigInt(records.at(-1)?.SequenceNumber ?? 0);
      const missing = mine
        .filter(({ shardId, record }) => shardId === ShardId && BigInt(record.SequenceNumber) > last)
        .map(({ record }) => record)
        .sort((one, other) => (BigInt(one.SequenceNumber) < BigInt(other.SequenceNumber) ? -1 : 1));
      records.push(...missing);
    }
  }
}

/** Entries of a journal; its last line may have been cut by a crash. */
function linesOf(file) {
  return fs
    .readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}
