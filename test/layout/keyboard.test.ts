/** Everything in the panel works with only the keyboard: every control is a visible stop of Tab, and the keys act on it. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openedForTests } from "./opened.ts";
import { TABS } from "./stage.ts";

const { host, stageOf } = openedForTests();

/** Returns the element with the focus: its role or tag, its name, and whether a person can see it. */
const focused = (page: Page): Promise<{ readonly what: string; readonly isVisible: boolean }> =>
  page.evaluate(() => {
    let own: Element | null = document.activeElement;
    while (own?.shadowRoot?.activeElement) own = own.shadowRoot.activeElement;
    const outer = document.activeElement;
    const { width, height } = own?.getBoundingClientRect() ?? { width: 0, height: 0 };
    const name = outer?.getAttribute("aria-label") || outer?.textContent?.trim();
    return {
      what: `${outer?.getAttribute("role") ?? outer?.tagName.toLowerCase()} ${name}`,
      isVisible: width > 0 && height > 0 && own?.checkVisibility({ opacityProperty: true, visibilityProperty: true }) === true,
    };
  });

/** Returns the stops of Tab, in order, once around. */
async function stopsOf(page: Page): Promise<string[]> {
  const stops: string[] = [];
  // The last stop is followed by the browser's own controls, then by the first one again.
  for (let leaves = 0; leaves < 2; ) {
    await page.keyboard.press("Tab");
    const { what, isVisible } = await focused(page);
    if (what.startsWith("body")) leaves++;
    else if (leaves === 1) {
      expect(isVisible, `the stop "${what}" can be seen`).toBe(true);
      stops.push(what);
    }
    if (stops.length > 200) throw new Error("Tab does not leave the page.");
  }
  return stops;
}

/** Presses Tab until the element with that name has the focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let k = 0; k < 200; k++) {
    const { what } = await focused(page);
    if (typeof name === "string" ? what === name : name.test(what)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${name}.`);
}

test("tabs, menus, charts, the timeline, One Step and the table of runs", async () => {
  const view = host().show("xor.nn");
  for (let k = 0; k < 2; k++) await host().train("xor.nn");
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(571);

  for (const name of TABS) {
    await stage.tab(name);
    const stops = await stopsOf(page);
    for (const stop of [
      "button Stay with xor.nn",
      "button More actions",
      `tab ${name}`,
      "button Play from this epoch",
      "input Epoch",
      "button Final",
    ])
      expect(stops, name).toContainEqual(expect.stringMatching(new RegExp(`^${stop}`)));
  }

  // The arrow keys move between the tabs in the line; the others are in a menu.
  await stage.tab("Overview");
  await tabTo(page, "tab Overview");
  const shown = async (): Promise<string> => {
    await stage.settled();
    return await page.getByRole("tab", { selected: true }).innerText();
  };
  await page.keyboard.press("ArrowRight");
  expect(await shown()).toBe("Loss");
  await page.keyboard.press("ArrowLeft");
  expect(await shown()).toBe("Overview");
  await stage.width(480);
  await tabTo(page, /more$/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("End");
  expect((await focused(page)).what).toBe("menuitem Runs");
  await page.keyboard.press("Enter");
  expect(await shown()).toBe("Runs");

  // A column's head sorts, a tick compares.
  const losses = async (): Promise<string[]> => await page.locator(".run-table tbody tr:not(.details)").allInnerTexts();
  expect(await losses()).toHaveLength(2);
  await tabTo(page, /^button Batch/);
  await page.keyboard.press("Enter");
  await stage.settled();
  expect(await page.locator(".run-table th").filter({ hasText: "Batch" }).getAttribute("aria-sort")).not.toBe("none");

  // A chart's keys zoom and show all again; the menu of the run opens, moves and closes.
  await stage.tab("Loss");
  await tabTo(page, /^img Loss/);
  const picture = (): Promise<string> =>
    page
      .locator(".view:visible .chart canvas")
      .first()
      .evaluate((own) => (own as HTMLCanvasElement).toDataURL());
  const all = await picture();
  await page.keyboard.press("+");
  await expect.poll(picture).not.toBe(all);
  await page.keyboard.press("0");
  await expect.poll(picture).toBe(all);
  await tabTo(page, "button More actions");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  expect((await focused(page)).what).toBe("menuitem Train with another seed");
  await page.keyboard.press("Escape");
  expect((await focused(page)).what).toBe("button More actions");

  // The timeline's slider moves by epochs; One Step by stages.
  await tabTo(page, /^input Epoch/);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await stage.settled();
  expect(await page.locator(".position").innerText()).toBe("1 / 1,000");
  await stage.tab("One Step");
  await tabTo(page, /One step in stages/);
  const title = page.locator(".stage h2");
  const first = await title.innerText();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => title.innerText()).not.toBe(first);
  expect(stage.complaints).toEqual([]);
});
