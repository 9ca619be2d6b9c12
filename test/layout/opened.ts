/** Shared by the tests of the panel's page: one browser and one host for each test file. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { openBrowser } from "../../scripts/run/browser.ts";
import type { FakeView } from "../fakeVscode.ts";
import { type Host, openHost } from "./host.ts";
import { Stage } from "./stage.ts";

export interface Opened {
  readonly host: () => Host;
  /** Opens the view's page in the browser. */
  readonly stageOf: (view: FakeView) => Promise<Stage>;
}

/** Opens a browser and a host before the file's tests and closes them after. */
export function openedForTests(): Opened {
  let browser: Browser | undefined;
  let host: Host | undefined;
  beforeAll(async () => {
    browser = await openBrowser();
    host = openHost();
  });
  afterAll(async () => {
    await browser?.close();
    await host?.close();
  });
  const required = <T>(part: T | undefined): T => {
    if (!part) throw new Error("The browser and the host are open only while a test runs.");
    return part;
  };
  return { host: () => required(host), stageOf: (view) => Stage.open(required(browser), view) };
}
