import { expect, test } from "@jest/globals";
import { SandboxUnavailable } from "../port.ts";
import { hostPathMapper, ownContainerId } from "./host-paths.ts";

const map = hostPathMapper([
  { source: "/var/lib/docker/volumes/lambdock_data/_data", destination: "/var/lib/lambdock" },
  { source: "/srv/code", destination: "/var/lib/lambdock/code" },
  { source: "/", destination: "/host" },
]);

test.each([
  ["/var/lib/lambdock", "/var/lib/docker/volumes/lambdock_data/_data"],
  ["/var/lib/lambdock/io/1", "/var/lib/docker/volumes/lambdock_data/_data/io/1"],
  ["/var/lib/lambdock/code/a/b", "/srv/code/a/b"],
  ["/var/lib/lambdock/code/../x", "/var/lib/docker/volumes/lambdock_data/_data/x"],
  ["/host/etc", "/etc"],
])("finds %s of the executor at %s of the host", (path, host) => {
  expect(map(path)).toBe(host);
});

test.each(["/tmp/x", "/var/lib/lambdock2/x", "/"])("refuses %s, which no mount holds", (path) => {
  expect(() => map(path)).toThrow(SandboxUnavailable);
});

test("knows its own container by the hostname file that Docker mounts", () => {
  const id = "a".repeat(64);
  expect(ownContainerId(`823 801 254:0 /var/lib/docker/containers/${id}/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw\n`)).toBe(id);
  expect(ownContainerId("22 1 254:0 / / rw - ext4 /dev/vda rw\n")).toBeUndefined();
});
