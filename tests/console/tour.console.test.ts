import { ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "@jest/globals";
import { lambdaClient } from "../e2e/support/clients.ts";
import { createBrowser } from "./support/browser.ts";

const open = createBrowser();

test("The tour plays from end to end, tells what happened, and takes away what it made", async () => {
  const { page, faults } = await open("#/tour");
  await page.getByRole("button", { name: "Play the tour" }).click();
  const told = [
    /^All three are Active/,
    // How many start depends on how fast the machine starts them.
    /^Second burst: 12 answers/,
    /^Three attempts failed: the event is in the dead-letter queue/,
    /^Nine orders are done, the poison message is in the dead-letter queue/,
    /^3 ran, 12 were throttled/,
  ];
  for (const line of told) {
    await page.getByText(line).waitFor({ timeout: 120_000 });
    // Whoever reads fast goes on by hand; otherwise it goes on by itself.
    await page
      .getByRole("button", { name: /^(Next step|Finish)$/ })
      .click({ timeout: 8_000 })
      .catch(() => undefined);
  }
  await page.getByText("That was the tour.").waitFor({ timeout: 60_000 });
  const { Functions = [] } = await lambdaClient().send(new ListFunctionsCommand({}));
  expect(Functions.map(({ FunctionName }) => FunctionName).filter((name) => name!.startsWith("lambdock-tour-"))).toEqual([]);
  expect(faults).toEqual([]);
}, 300_000);
