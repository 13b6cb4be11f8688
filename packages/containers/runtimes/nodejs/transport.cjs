"use strict";
/**
 * What the native half of AWS's runtime interface client does, in JavaScript: `next`, `done` and
 * `error` over one keep-alive connection. It is on the path of every invocation, so it writes
 * HTTP by hand. As in the native half, `done` and `error` have handed the whole answer to the
 * kernel when they return: the client may call `process.exit` right after.
 */
const { writeSync } = require("node:fs");
const { createConnection } = require("node:net");
const { ResponseReader } = require("./http-response.cjs");

const API = "/2018-06-01/runtime/invocation/";
const GATE = "/2018-06-01/lambdock/gate";
/** Waits before each new attempt of a request whose connection was lost. */
const RETRY_DELAYS_MS = [0, 50, 250];
const GATE_RETRY_MS = 200;
/** Some ten seconds: a platform that is gone for that long will not come back for this process. */
const GATE_FAILURES_MAX = 20;
/** Longer causes are dropped: servers commonly allow 16 KiB for all headers together. */
const XRAY_CAUSE_BYTES_MAX = 8 * 1024;
const REQUIRED_HEADERS = ["lambda-runtime-aws-request-id", "lambda-runtime-invoked-function-arn", "lambda-runtime-trace-id"];
const OPTIONAL_HEADERS = ["lambda-runtime-client-context", "lambda-runtime-cognito-identity", "lambda-runtime-aws-tenant-id"];

/** `address` is the value of AWS_LAMBDA_RUNTIME_API. */
function createTransport(address) {
  const connection = new Connection(address);
  const host = `Host: ${address}\r\n`;
  let posted = Promise.resolve();

  const get = (path) => Buffer.from(`GET ${path} HTTP/1.1\r\n${host}\r\n`, "latin1");
  const post = (path, body, extraHeader) => {
    const head = `POST ${API}${path} HTTP/1.1\r\n${host}Content-Type: application/json\r\n${extraHeader}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    // The answer to a post changes nothing for the client (a refused one was reported to the caller).
    posted = connection.exchange(Buffer.from(head + body, "utf8")).catch(() => undefined);
  };

  return {
    /** Resolves when init may begin. Waits without limit, but not for a Runtime API that is gone. */
    async gate() {
      connection.keepProcessAlive();
      for (let failures = 0; failures < GATE_FAILURES_MAX; failures += 1) {
        const answer = await connection.exchange(get(GATE)).catch(() => undefined);
        if (answer !== undefined && answer.status < 500) return;
        await new Promise((resolve) => setTimeout(resolve, GATE_RETRY_MS));
      }
      throw new Error("The Runtime API is gone");
    },
    async next() {
      connection.keepProcessAlive();
      await posted;
      const answer = await connection.exchange(get(`${API}next`));
      connection.letProcessEnd();
      if (answer.status !== 200) throw new Error(`Failed to get next invocation, error ${answer.status}`);
      return { bodyJson: answer.body.toString("utf8"), headers: invocationHeaders(answer.headers) };
    },
    done(id, body) {
      post(`${id}/response`, body, "");
    },
    error(id, body, xrayCause) {
      const fits = xrayCause !== "" && Buffer.byteLength(xrayCause) <= XRAY_CAUSE_BYTES_MAX;
      post(`${id}/error`, body, fits ? `Lambda-Runtime-Function-XRay-Error-Cause: ${xrayCause}\r\n` : "");
    },
  };
}

/** The headers in the form in which the native half hands them over. */
function invocationHeaders(received) {
  const headers = { "lambda-runtime-deadline-ms": Number(received["lambda-runtime-deadline-ms"]) };
  for (const name of REQUIRED_HEADERS) headers[name] = received[name] ?? "";
  for (const name of OPTIONAL_HEADERS) if (received[name]) headers[name] = received[name];
  return headers;
}

/** One request at a time on one connection, which is made anew when it is lost. */
class Connection {
  #target;
  /** Connecting or connected. */
  #socket = undefined;
  #reader = undefined;
  #exchange = undefined;
  #alive = true;

  constructor(address) {
    const colon = address.lastIndexOf(":");
    this.#target = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true };
  }

  /** Sends a request; resolves with its response, rejects when it could not be had after a few attempts. */
  exchange(request) {
    // Only `error` can come while `next` is under way, and then no invocation waits for it.
    if (this.#exchange !== undefined) return Promise.reject(new Error("A request is under way"));
    return new Promise((resolve, reject) => {
      this.#exchange = { request, resolve, reject, retries: 0 };
      if (this.#socket === undefined) this.#connect();
      else this.#send(this.#socket);
    });
  }

  /** A pending request keeps the event loop from running empty. */
  keepProcessAlive() {
    this.#alive = true;
    this.#socket?.ref();
  }

  /** While the handler runs, only the user's code decides whether the event loop is empty. */
  letProcessEnd() {
    this.#alive = false;
    this.#socket?.unref();
  }

  #connect() {
    const socket = createConnection(this.#target);
    this.#socket = socket;
    this.#reader = new ResponseReader();
    socket.on("connect", () => {
      if (!this.#alive) socket.unref();
      this.#send(socket);
    });
    socket.on("data", (chunk) => this.#receive(socket, chunk));
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => this.#lost(socket));
  }

  #send(socket) {
    try {
      writeAll(socket, this.#exchange.request);
    } catch (error) {
      socket.destroy(error);
    }
  }

  #receive(socket, chunk) {
    if (this.#socket !== socket || this.#exchange === undefined) return;
    const response = this.#reader.push(chunk);
    if (response === undefined) return;
    const { resolve } = this.#exchange;
    this.#exchange = undefined;
    if (response.closes) {
      this.#socket = undefined;
      socket.destroy();
    }
    resolve(response);
  }

  #lost(socket) {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (exchange.retries === RETRY_DELAYS_MS.length) {
      this.#exchange = undefined;
      exchange.reject(new Error("Failed to reach the Runtime API: the connection was lost"));
      return;
    }
    setTimeout(() => this.#connect(), RETRY_DELAYS_MS[exchange.retries]);
    exchange.retries += 1;
  }
}

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** Writes everything before it returns, past libuv: `process.exit` would drop what libuv still holds. */
function writeAll(socket, bytes) {
  const fd = socket._handle?.fd;
  if (!(fd >= 0)) {
    socket.write(bytes);
    return;
  }
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(sleepCell, 0, 0, 1);
    }
  }
}

module.exports = { createTransport };
