import { describeModules } from "../testing/conformance/modules.ts";
import { describeWithEngine, makeDockerDriver } from "./testing/engine-under-test.ts";

describeWithEngine("the Docker driver's images", () => {
  describeModules("Docker", (api, owner) => makeDockerDriver(api, owner));
});
