/** What axe-core finds on the panel's page. */
import { readFileSync } from "node:fs";
import type { AxeResults, RunOptions } from "axe-core";
import { inProject } from "../../scripts/project.ts";
import { type Stage, TABS, type Tab, type Theme } from "./stage.ts";
import { themes } from "./themes.ts";

const SOURCE = readFileSync(inProject("node_modules/axe-core/axe.min.js"), "utf8");
const THEMES = Object.keys(themes) as Theme[];

interface Look {
  readonly theme: Theme;
  readonly tab: Tab;
}

export const ALL_LOOKS: readonly Look[] = THEMES.flatMap((theme) => TABS.map((tab) => ({ theme, tab })));
/** Each tab in one of the themes. */
export const SOME_LOOKS: readonly Look[] = TABS.map((tab, k) => ({ theme: THEMES[k % THEMES.length] ?? "dark", tab }));

/** Returns the serious and critical faults of the looks, each with its rule and element. */
export async function accessFaults(stage: Stage, looks: readonly Look[]): Promise<string[]> {
  const found: string[] = [];
  for (const { theme, tab } of looks) {
    await stage.paint(theme);
    await stage.tab(tab);
    found.push(...(await seriousFaults(stage)).map((fault) => `${tab}, ${theme}: ${fault}`));
  }
  return found;
}

/** Returns the serious and critical faults of what is on the screen. */
export async function seriousFaults({ page }: Stage): Promise<string[]> {
  // The page's policy refuses added scripts. The browser's debugger runs them nevertheless.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(SOURCE);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { readonly axe: { run(context: Document, options: RunOptions): Promise<AxeResults> } };
    // The style sheets are of the page's own origin.
    return (await axe.run(document, { preload: false, resultTypes: ["violations"] })).violations;
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html, failureSummary = "" }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`));
}
