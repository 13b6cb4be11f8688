import { connect, createServer, type Server } from "node:net";

/**
 * A second door to the gateway for functions in containers, who cannot reach this machine's loopback
 * interface: connections to the address are passed on to `127.0.0.1`, both at the gateway's port.
 * `undefined` when something else has that port there.
 */
export async function openFunctionDoor(address: string, port: number): Promise<Server | undefined> {
  const server = createServer((outside) => {
    const inside = connect(port, "127.0.0.1");
    outside.pipe(inside).pipe(outside);
    outside.on("error", () => inside.destroy()).on("close", () => inside.destroy());
    inside.on("error", () => outside.destroy()).on("close", () => outside.destroy());
  });
  return await new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, address, () => resolve(server.unref()));
  });
}
