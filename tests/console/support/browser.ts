/** Debian's Chromium, driven by Playwright. */
import { existsSync } from "node:fs";
import { afterAll } from "@jest/globals";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { endpoint } from "../../e2e/target/config.ts";
import { ACCOUNT } from "../../e2e/support/clients.ts";

/** Where browsers are found that speak its protocol. */
const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A page, and what went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  /** Exceptions that nobody caught. */
  readonly faults: string[];
}

/** Opens pages of the console; all are closed after the file's last test. */
export function createBrowser(): (hash: string, options?: BrowserContextOptions & { readonly url?: string }) => Promise<OpenPage> {
  let browser: Promise<Browser> | undefined;
  afterAll(async () => (await browser)?.close());
  return async (hash, { url = endpoint(), ...options } = {}) => {
    browser ??= chromium.launch({
      executablePath: PROGRAMS.find(existsSync) ?? PROGRAMS[0]!,
      // Root has no sandbox, containers have little shared memory.
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    });
    const context = await (await browser).newContext({ viewport: { width: 1_280, height: 860 }, ...options });
    await context.addInitScript((account) => localStorage.setItem("lambdock.account", JSON.stringify(account)), ACCOUNT);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
    await page.goto(`${url}/_lambdock${hash}`);
    return { page, faults };
  };
}
