import { describeSandboxDriver } from "../testing/conformance/sandbox-driver.ts";
import type { Sandbox } from "../port.ts";
import { containerName } from "./container-config.ts";
import { createEngine } from "./engine.ts";
import { connection, makeDockerDriver, describeWithEngine } from "./testing/engine-under-test.ts";

const engine = createEngine(connection, 4);

const traits = {
  readOnlyCode: true,
  takeAway: async ({ id }: Sandbox): Promise<void> => {
    await engine.call((docker) => docker.getContainer(containerName(id)).kill());
  },
};

describeWithEngine("the Docker driver", () => {
  describeSandboxDriver(
    "Docker with named pipes and the memory watch",
    (api, owner) => makeDockerDriver(api, `fifo-${owner}`, { transport: "fifo" }),
    traits,
  );
  describeSandboxDriver(
    "Docker with attached streams and the kernel's limit",
    (api, owner) => makeDockerDriver(api, `attach-${owner}`, { transport: "attach", cgroupRoot: "" }),
    traits,
  );
});
