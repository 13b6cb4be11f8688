import { Agent, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import type { Destination } from "./subscription.ts";

/** One subscriber's server inside the sandbox. */
export interface Receiver {
  /** Hands over one batch of JSON documents; rejects when the subscriber did not take it. */
  send(documents: readonly string[]): Promise<void>;
  /** Gives up what is under way; the next batch connects anew. */
  reset(): void;
}

/** Opens no connection yet: the first batch does. `address`: where the sandbox's own servers are. */
export function createReceiver(destination: Destination, address: string): Receiver {
  return destination.protocol === "HTTP" ? createHttpReceiver(destination, address) : createTcpReceiver(destination.port, address);
}

function createHttpReceiver(destination: Extract<Destination, { protocol: "HTTP" }>, address: string): Receiver {
  let agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { port, path, method } = destination;
  return {
    send(documents) {
      const body = Buffer.from(`[${documents.join(",")}]`);
      const headers = { Host: `sandbox.localdomain:${port}`, "Content-Type": "application/json", "Content-Length": body.length };
      return new Promise((resolve, reject) => {
        const outgoing = httpRequest({ agent, host: address, port, path, method, headers }, (response) => {
          const { statusCode = 0 } = response;
          response.on("error", reject).resume();
          if (statusCode >= 200 && statusCode < 300) resolve();
          else reject(new Error(`the subscriber answered ${statusCode}`));
        });
        outgoing.on("error", reject).end(body);
      });
    },
    reset() {
      agent.destroy();
      agent = new Agent({ keepAlive: true, maxSockets: 1 });
    },
  };
}

/** Documents line by line. What is written counts as received: nothing in TCP says otherwise. */
function createTcpReceiver(port: number, address: string): Receiver {
  let socket: Socket | undefined;
  let fail: (error: Error) => void = () => {};
  const opened = (): Socket => {
    if (socket !== undefined) return socket;
    const fresh = connect(port, address);
    const broken = (error?: Error): void => {
      if (socket === fresh) socket = undefined;
      fail(error ?? new Error("the subscriber closed its connection"));
    };
    fresh.on("error", broken).on("close", () => broken());
    fresh.resume();
    socket = fresh;
    return fresh;
  };
  return {
    send(documents) {
      return new Promise((resolve, reject) => {
        fail = reject;
        opened().write(`${documents.join("\n")}\n`, (error) => {
          if (error === null || error === undefined) resolve();
          else reject(error);
        });
      });
    },
    reset: () => socket?.destroy(),
  };
}
