/** The layouts to test: every tab of every sample's runs, at every width, in both themes. */
import { readdirSync } from "node:fs";
import { inProject } from "../../scripts/project.ts";
import { layoutFaults } from "./faults.ts";
import { type Stage, TABS, type Tab, type Theme } from "./stage.ts";

/** Widths of a panel: beside an editor on a small screen and on a usual one, half of a wide screen, a whole screen. */
export const WIDTHS = [480, 571, 760, 1200] as const;
const COLOURS: readonly Theme[] = ["dark", "light"];

/** These samples have no training. */
export const UNTRAINED: readonly string[] = ["gates.nn", "tlu.nn"];
export const SAMPLES: readonly string[] = readdirSync(inProject("samples")).filter(
  (name) => name.endsWith(".nn") && !UNTRAINED.includes(name),
);

/** The most faults reported per layout, since many often have one cause. */
const MOST_REPORTED = 3;

export interface Layout {
  readonly theme: Theme;
  readonly tab: Tab;
  readonly width: number;
}

export const ALL_LAYOUTS: readonly Layout[] = COLOURS.flatMap((theme) =>
  TABS.flatMap((tab) => WIDTHS.map((width) => ({ theme, tab, width }))),
);

/** Returns a layout for each tab: a few samples together have every tab at every width and in both themes. */
export const someLayouts = (sample: string): readonly Layout[] => {
  const at = SAMPLES.indexOf(sample);
  return TABS.map((tab, k) => ({
    theme: COLOURS[(at + Math.floor(k / 2)) % COLOURS.length] ?? "dark",
    tab,
    width: WIDTHS[(at + k) % WIDTHS.length] ?? 760,
  }));
};

/** Returns the faults of the layouts, and the errors of the page's console. */
export async function faultsOf(stage: Stage, layouts: readonly Layout[]): Promise<string[]> {
  const found: string[] = [];
  for (const { theme, tab, width } of layouts) {
    await stage.paint(theme);
    await stage.width(width);
    await stage.tab(tab);
    found.push(...(await faultsNow(stage, `${tab}, ${width} px, ${theme}`)));
  }
  return [...found, ...stage.complaints];
}

/** Returns the faults of the panel of a file with nothing to train. */
export async function faultsOfUntrained(stage: Stage, layouts: readonly Omit<Layout, "tab">[]): Promise<string[]> {
  const found: string[] = [];
  for (const { theme, width } of layouts) {
    await stage.paint(theme);
    await stage.width(width);
    found.push(...(await faultsNow(stage, `${width} px, ${theme}`)));
  }
  return [...found, ...stage.complaints];
}

/** Returns the faults of each stage of the walk through one step. */
export async function faultsOfWalk(stage: Stage, width: number): Promise<string[]> {
  await stage.width(width);
  await stage.tab("One Step");
  const found: string[] = [];
  const stages = await stage.page.locator(".stages li").count();
  await stage.page.locator(".tab.step").focus();
  for (let k = 1; k < stages; k++) {
    await stage.page.keyboard.press("ArrowRight");
    await stage.settled();
    found.push(...(await faultsNow(stage, `${await stage.page.locator(".stage h2").innerText()}, ${width} px`)));
  }
  return found;
}

/** Returns the faults of what is on the screen. */
export async function faultsNow({ page }: Stage, where: string): Promise<string[]> {
  const faults = await layoutFaults(page);
  const more = faults.length > MOST_REPORTED ? [`… and ${faults.length - MOST_REPORTED} more`] : [];
  return [...faults.slice(0, MOST_REPORTED), ...more].map((fault) => `${where}: ${fault}`);
}
