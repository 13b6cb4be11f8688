/** What people do with the console, on a target that other tests share. */
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { lambdaClient } from "../e2e/support/clients.ts";
import { createDeployer, uniqueName } from "../e2e/support/deploy.ts";
import { until } from "../e2e/target/wait.ts";
import { createBrowser } from "./support/browser.ts";
import { OBEDIENT } from "./support/functions.ts";

const client = lambdaClient();
const deploy = createDeployer(client);
const open = createBrowser();

/** Fills in the form of a function's page and sends it. */
async function invokeByForm(page: Page, payload: unknown, how = "Wait for the answer"): Promise<void> {
  await page.getByRole("radio", { name: how }).click();
  await page.getByLabel("Payload (JSON)").fill(JSON.stringify(payload));
  await page.getByRole("button", { name: "Invoke", exact: true }).click();
}

test("An invocation from the form shows its answer, its log and its cold start, and is seen in the lanes", async () => {
  const name = await deploy({ code: OBEDIENT });
  const { page, faults } = await open(`#/functions/${name}`);
  await invokeByForm(page, { hello: "console" });
  const answer = page.getByLabel("Answer");
  await answer.getByText("200 succeeded").waitFor();
  await answer.getByText("Cold start").waitFor();
  expect(await answer.getByLabel("Payload").textContent()).toContain('"hello": "console"');
  expect(await answer.getByLabel("Log").textContent()).toContain('handling {"hello":"console"}');
  const requestId = (await answer.locator(".copyable").last().textContent())!.slice(0, 36);
  // The lanes are drawn; what they point at is also told to screen readers.
  await page.getByText(new RegExp(`^Request ${requestId}, cold start, success`)).waitFor({ state: "attached" });
  await invokeByForm(page, { hello: "again" });
  await answer.getByText("Warm").waitFor();
  expect(faults).toEqual([]);
});

test("A function's error is shown as one, and a payload that is no JSON is not sent", async () => {
  const name = await deploy({ code: OBEDIENT });
  const { page } = await open(`#/functions/${name}`);
  await invokeByForm(page, { fail: true });
  await page.getByText("Function error: Unhandled").waitFor();
  await page.getByText('"errorMessage": "as you wish"').waitFor();
  await page.getByLabel("Payload (JSON)").fill("{");
  await page.getByText(/^Not JSON/).waitFor();
  expect(await page.getByRole("button", { name: "Invoke", exact: true }).isDisabled()).toBe(true);
});

test("A dry run answers 204, AWS's samples and saved payloads fill the form", async () => {
  const name = await deploy({ code: OBEDIENT });
  const { page } = await open(`#/functions/${name}`);
  await page.getByLabel("Fill in").selectOption({ label: "SQS" });
  expect(await page.getByLabel("Payload (JSON)").inputValue()).toContain('"eventSource": "aws:sqs"');
  await page.getByLabel("Name to save the payload under").fill("my order");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByLabel("Payload (JSON)").fill("{}");
  await page.reload();
  await page.getByLabel("Fill in").selectOption({ label: "my order" });
  expect(await page.getByLabel("Payload (JSON)").inputValue()).toContain('"eventSource": "aws:sqs"');
  await page.getByRole("radio", { name: "Dry run" }).click();
  await page.getByRole("button", { name: "Invoke", exact: true }).click();
  await page.getByText("204 may be invoked").waitFor();
});

test("An event's attempts and retries appear as they happen; once dead it is redriven, and purged", async () => {
  const name = await deploy({ code: OBEDIENT });
  const { page } = await open(`#/functions/${name}`);
  await invokeByForm(page, { fail: true }, "Asynchronous");
  await page.getByText("202 accepted").waitFor();
  await page.getByRole("main").getByRole("link", { name: "Async" }).click();
  const steps = page.getByLabel("Steps");
  for (const step of ["Attempt 1", "Attempt 2", "Attempt 3"]) await steps.getByText(step, { exact: true }).waitFor();
  expect(await steps.getByText(/^To be tried again at/).count()).toBe(2);
  await steps.getByText(/^Dead/).waitFor();
  const events = page.getByLabel(`Events of ${name}`);
  await events.getByRole("button", { name: "Redrive", exact: true }).click();
  await page.getByText("1 event redriven.").waitFor();
  await steps.getByText("Attempt 3", { exact: true }).nth(1).waitFor();
  // By keyboard: the question takes the focus, Escape gives it back.
  const purge = events.getByRole("button", { name: "Purge dead" });
  await purge.press("Enter");
  await events.getByRole("button", { name: "No" }).press("Escape");
  await page.waitForFunction('document.activeElement.textContent === "Purge dead"');
  await purge.click();
  await events.getByRole("button", { name: "Yes" }).click();
  await page.getByText("1 event purged.").waitFor();
  await page.getByText("Nothing waits, nothing failed").waitFor();
});

test("Log lines appear as they are written, and a pattern narrows them", async () => {
  const name = await deploy({ code: OBEDIENT });
  const { page } = await open(`#/functions/${name}/logs`);
  await page.getByText("Nothing was logged in this time").waitFor();
  for (const word of ["apple", "pear"])
    await client.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(`{"fruit":"${word}"}`) }));
  await page.getByText('{"fruit":"pear"}').waitFor();
  await page.getByLabel("Filter pattern").fill("apple");
  await page.getByText('{"fruit":"pear"}').waitFor({ state: "detached" });
  await page.getByText('{"fruit":"apple"}').waitFor();
});

test("A long log begins with its newest lines, and follows however much is written at once", async () => {
  const name = await deploy({ code: OBEDIENT });
  const call = async (word: string): Promise<unknown> =>
    client.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify({ lines: 300, word })) }));
  await call("first");
  const { page } = await open(`#/functions/${name}/logs`);
  const isAtEnd = async (word: string): Promise<void> => {
    await page.getByText(`${word} 299`).waitFor();
    await page.waitForFunction(
      'document.querySelector(".log").scrollTop + document.querySelector(".log").clientHeight > document.querySelector(".log").scrollHeight - 60',
    );
  };
  await isAtEnd("first");
  await call("second");
  await isAtEnd("second");
});

test("A timeout is counted out of what runs, and its environment is idle again", async () => {
  const name = await deploy({ code: OBEDIENT, Timeout: 1 });
  const { page } = await open(`#/functions/${name}`);
  await invokeByForm(page, { ms: 3_000 });
  await page.getByText("Function error: Unhandled").waitFor();
  await page.getByRole("group", { name: new RegExp(`${name}: [1-9]\\d* environments?, 0 running`) }).waitFor();
});

test("The lanes can be walked through by keyboard, stopped, zoomed and read as a table", async () => {
  const name = await deploy({ code: OBEDIENT });
  const { page } = await open("");
  await client.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from("{}") }));
  const lanes = page.getByRole("group", { name: new RegExp(`Execution environments.*${name}`) });
  await lanes.focus();
  await until("a request to be chosen, once the page has heard of it", async () => {
    await page.keyboard.press("ArrowRight");
    return (await page.getByText(/^Request [0-9a-f-]{36}/).count()) > 0;
  });
  await page.keyboard.press(" ");
  await page.getByRole("button", { name: "Go on" }).waitFor();
  await page.keyboard.press("-");
  await page.getByText("1 min", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Table" }).click();
  await page
    .getByRole("row", { name: new RegExp(name) })
    .first()
    .waitFor();
});

test("A long name and a narrow screen make no page wider than the screen", async () => {
  const name = await deploy({
    FunctionName: uniqueName("a-function-with-quite-a-long-name-that-goes-on-and-on").slice(0, 64),
    code: OBEDIENT,
  });
  await client.send(new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload: Buffer.from('{"fail":true}') }));
  for (const hash of [
    "",
    "#/functions",
    `#/functions/${name}`,
    `#/functions/${name}/configuration`,
    `#/async?function=${name}`,
    "#/sources",
    "#/tour",
  ]) {
    const { page } = await open(hash, { viewport: { width: 360, height: 740 } });
    await page.getByRole("heading", { level: 1 }).waitFor();
    const widths = await page.evaluate<number[]>('["html", "main"].map((part) => document.querySelector(part).scrollWidth)');
    expect({ hash, wide: widths.some((width) => width > 360) }).toEqual({ hash, wide: false });
    await page.close();
  }
});
