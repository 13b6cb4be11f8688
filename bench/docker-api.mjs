/** Plain calls of Docker's Engine API over its socket: nothing but node:http. */
import { Agent, request } from "node:http";

const socketPath = (process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock").replace(/^unix:\/\//, "");
const agent = new Agent({ keepAlive: true, maxSockets: 128 });

/** Sends one request; answers the parsed body, or its text where it isn't JSON. Rejects on 4xx and 5xx. */
export function docker(method, path, body) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const call = request({ socketPath, agent, method, path, headers }, async (response) => {
      const answer = (await response.toArray()).join("");
      if (response.statusCode >= 400) reject(new Error(`Docker answered ${response.statusCode} to ${method} ${path}: ${answer}`));
      else resolve(parsed(answer));
    });
    call.on("error", reject);
    call.end(text);
  });
}

function parsed(answer) {
  try {
    return JSON.parse(answer);
  } catch {
    return answer;
  }
}

/** Creates and starts a container; answers its id. */
export async function runContainer(spec) {
  const { Id } = await docker("POST", "/containers/create", spec);
  await docker("POST", `/containers/${Id}/start`);
  return Id;
}

let last = Promise.resolve();

/** Kills and removes a container, one at a time: the network of an engine before 23 may not bear more (moby/moby#42545). */
export function removeContainer(id) {
  const remove = async () => void (await docker("DELETE", `/containers/${id}?force=true&v=true`));
  const turn = last.then(remove, remove);
  last = turn;
  return turn;
}
