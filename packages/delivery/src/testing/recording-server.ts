import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that an SDK client made. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is answered; nothing at all when absent. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server in the place of an AWS service. */
export interface RecordingServer {
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** How requests are answered from now on. */
  answer(how: (request: RecordedRequest) => Answer | undefined): void;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startRecording(): Promise<RecordingServer> {
  const requests: RecordedRequest[] = [];
  let how: (request: RecordedRequest) => Answer | undefined = () => ({});
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const recorded = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(recorded);
      const answer = how(recorded);
      if (answer !== undefined) response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer(next) {
      how = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
