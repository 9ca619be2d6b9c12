/** Parts of the workbench that these tests use. */
import { extname } from "node:path";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { PATIENCE } from "../../scripts/run/patience.ts";

/** Shows a view of the side bar by the name of its tab. */
async function showView(page: Page, name: RegExp): Promise<void> {
  const view = page.locator(".activitybar").getByRole("tab", { name });
  if ((await view.getAttribute("aria-selected")) !== "true") await view.click();
}

/** Shows the runs in the side bar. */
export async function showRunsView(page: Page): Promise<void> {
  await showView(page, /^Backprop/);
  await runItems(page).first().waitFor();
}

/** Returns the items of the runs in the side bar, below those of their files. */
export const runItems = (page: Page): Locator => page.locator(".pane-body .monaco-list-row[aria-level='2']");

/** Opens a file of the window's folder by its path in the explorer. */
export async function openFile(page: Page, ...path: readonly string[]): Promise<void> {
  await showView(page, /^Explorer/);
  for (const [k, name] of path.entries()) {
    const item = page.getByRole("treeitem", { name: startOf(name) }).first();
    if (k === path.length - 1) await item.dblclick();
    else if ((await item.getAttribute("aria-expanded")) === "false") await item.click();
  }
  await page
    .getByRole("tab", { name: startOf(path.at(-1) ?? ""), selected: true })
    .first()
    .waitFor();
  await page.locator(".monaco-editor .view-line").first().waitFor();
}

/** After the file name, the names of items and tabs contain the file's state, such as its number of findings. */
const startOf = (name: string): RegExp => new RegExp(`^${name.replaceAll(".", "\\.")}`);

/** Chooses an item of a run's menu, until the answer is visible. The view is drawn again every second during a training, and a click at that moment is lost. */
export async function chooseInMenu(run: Locator, name: string, answer: Locator): Promise<void> {
  const page = run.page();
  const isAnswered = async (): Promise<boolean> => {
    try {
      await run.click({ button: "right", timeout: 5000 });
      await page.getByRole("menuitem", { name }).click({ timeout: 5000 });
      await answer.waitFor({ timeout: 5000 });
      return true;
    } catch {
      await page.keyboard.press("Escape");
      return false;
    }
  };
  await expect.poll(isAnswered).toBe(true);
}

/** Answers the question for the location of a new file. */
export async function saveAt(page: Page, path: string): Promise<void> {
  const place = page.locator(".quick-input-widget input").first();
  await expect.poll(() => place.inputValue()).toContain(extname(path));
  // The dialog writes its own name again when it has listed the folder.
  const isFilled = async (): Promise<boolean> => {
    if ((await place.inputValue()) === path) return true;
    await place.fill(path);
    return false;
  };
  await expect.poll(isFilled, { interval: 1000 }).toBe(true);
  await page.keyboard.press("Enter");
}

/** Clicks the button Delete of a run in the side bar. */
export async function chooseDelete(run: Locator, timeout = PATIENCE.event): Promise<void> {
  await run.hover({ timeout });
  await run.getByRole("button", { name: "Delete" }).click({ timeout });
}

/** Deletes a run of the side bar and confirms it. */
export async function deleteRun(page: Page, run: Locator): Promise<void> {
  const confirm = page.getByRole("dialog").getByRole("button", { name: "Delete" });
  // The view may be drawn again at the moment of the click, which is then lost.
  const isAsked = async (): Promise<boolean> => {
    await chooseDelete(run, PATIENCE.attempt);
    await confirm.waitFor({ timeout: PATIENCE.attempt });
    return true;
  };
  await expect.poll(() => isAsked().catch(() => false)).toBe(true);
  await confirm.click();
}
