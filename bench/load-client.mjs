/** The load: closed-loop clients on kept-alive connections. The same for floors and product. */
import { Agent, request } from "node:http";

/** A target: `url` and `path` that take an unsigned POST of the JSON payload, with more `headers` if need be, and answer `status`. */
export function createLoadClient({ url, path, payload, connections = 1, headers: more = {}, status = 200 }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  const { hostname, port } = new URL(url);
  const body = Buffer.from(payload);
  const headers = { "content-type": "application/json", "content-length": body.length, ...more };

  const once = () =>
    new Promise((resolve, reject) => {
      const call = request({ agent, hostname, port, path, method: "POST", headers }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === status && response.headers["x-amz-function-error"] === undefined) resolve(text);
          else reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
        });
      });
      call.on("error", reject);
      call.end(body);
    });

  return {
    once,
    /** Milliseconds of each of so many requests, one after the other. */
    async latencies(count) {
      const samples = [];
      for (let index = 0; index < count; index += 1) {
        const begun = performance.now();
        await once();
        samples.push(performance.now() - begun);
      }
      return samples;
    },
    /** So many requests, by all connections together. */
    async times(count) {
      let begun = 0;
      const loop = async () => {
        while (begun < count) {
          begun += 1;
          await once();
        }
      };
      await Promise.all(Array.from({ length: connections }, loop));
    },
    /** Requests per second of all connections together over the time. */
    async throughput(milliseconds) {
      const begun = performance.now();
      let count = 0;
      const loop = async () => {
        while (performance.now() - begun < milliseconds) {
          await once();
          count += 1;
        }
      };
      await Promise.all(Array.from({ length: connections }, loop));
      return count / ((performance.now() - begun) / 1_000);
    },
    close: () => agent.destroy(),
  };
}
