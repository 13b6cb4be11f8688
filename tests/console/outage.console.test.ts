/** What the page shows when Lambdock, or a part of it, is killed. On a target of its own. */
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { CreateFunctionCommand } from "@aws-sdk/client-lambda";
import { lambdaClient } from "../e2e/support/clients.ts";
import { creation, untilActive } from "../e2e/support/deploy.ts";
import { testWhere } from "../e2e/support/test-where.ts";
import { chosenTarget } from "../e2e/target/config.ts";
import { createTarget } from "../e2e/target/create-target.ts";
import type { Target } from "../e2e/target/target.ts";
import { createBrowser } from "./support/browser.ts";
import { OBEDIENT } from "./support/functions.ts";

const kind = chosenTarget();
const onOwnTarget = testWhere(kind !== "external");
const open = createBrowser();
let target: Target;

beforeAll(async () => {
  if (kind === "external") return;
  target = await createTarget(kind, { project: `lambdock-console-outage-${process.pid}` });
  await target.start();
}, 300_000);

afterAll(async () => target?.dispose(), 120_000);

onOwnTarget(
  "A killed service shows as down, its environments as gone, and the page goes on when it is back",
  async () => {
    const client = lambdaClient(target.endpoint);
    const input = await creation({ code: OBEDIENT });
    await client.send(new CreateFunctionCommand(input));
    await untilActive(client, input.FunctionName!);
    const call = async (): Promise<unknown> =>
      client.send(new InvokeCommand({ FunctionName: input.FunctionName!, Payload: Buffer.from("{}") }));
    const { page, faults } = await open("", { url: target.endpoint });
    await call();
    const alive = page.getByRole("group", { name: new RegExp(`${input.FunctionName}: [1-9]\\d* environments?`) });
    await alive.waitFor();
    await target.killExecutor();
    const outage = page.getByRole("alert");
    // In one process all of it is killed.
    await outage.getByText(kind === "compose" ? "executor is down." : "Lambdock is down.").waitFor();
    await page.getByText("Interrupted").waitFor();
    await page.getByRole("group", { name: /[1-9]\d* environments?/ }).waitFor({ state: "detached" });
    await target.reviveExecutor();
    await outage.waitFor({ state: "detached" });
    await page.getByRole("status").getByText("Live").or(page.locator(".connection-live")).first().waitFor();
    await call();
    await alive.waitFor();
    expect(faults).toEqual([]);
  },
  240_000,
);
