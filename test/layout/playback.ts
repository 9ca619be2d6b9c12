/** Plays a run by the panel's timeline. */
import { expect } from "vitest";
import { faultsOf } from "./matrix.ts";
import { type Stage, TABS, type Tab } from "./stage.ts";

/** Each view's text about the epoch that it shows. */
const EPOCH_TEXTS = [
  ["Overview", ".preview h2 small", (epoch: number) => `after epoch ${epoch}, `],
  ["Gradients", ".gradient-flow h2 small", (epoch: number) => `, epoch ${epoch}`],
  ["Network", ".tab:visible .note", (epoch: number) => (epoch === 0 ? "before the first epoch" : `epoch ${epoch}`)],
  ["Result", ".tab:visible .note", (epoch: number) => `after epoch ${epoch},`],
  ["One Step", ".tab:visible .note", (epoch: number) => (epoch === 0 ? "the start weights" : `after epoch ${epoch}.`)],
] as const;

/** Asserts that the views of a finished run of `last` epochs show the chosen epoch. */
export async function requirePlayback(stage: Stage, last: number, tabs: readonly Tab[] = TABS): Promise<void> {
  const slider = stage.page.getByRole("slider", { name: "Epoch", exact: true });
  const position = stage.page.locator(".position");
  for (const tab of tabs) {
    await stage.tab(tab);
    for (const [key, epoch] of [
      ["Home", 0],
      ["ArrowRight", 1],
      ["End", last],
    ] as const) {
      await slider.focus();
      await stage.page.keyboard.press(key);
      await stage.settled();
      expect(await position.innerText(), tab).toBe(`${epoch.toLocaleString("en")} / ${last.toLocaleString("en")}`);
      const told = EPOCH_TEXTS.find(([name]) => name === tab);
      if (told)
        expect((await stage.page.locator(told[1]).allInnerTexts()).join(" ").replaceAll(",000", "000"), `${tab}, ${key}`).toContain(
          told[2](epoch),
        );
      if (key === "Home") expect(await faultsOf(stage, [])).toEqual([]);
    }
  }
  expect(stage.complaints).toEqual([]);
}

/** Asserts that playing from before the first epoch ends at the last, with the view's own tab open. */
export async function requirePlayed(stage: Stage, tab: Tab, last: number): Promise<void> {
  const { page } = stage;
  await stage.tab(tab);
  await page.getByRole("slider", { name: "Epoch", exact: true }).focus();
  await page.keyboard.press("Home");
  await page.getByRole("button", { name: "Play from this epoch" }).click();
  await page.getByRole("button", { name: "Pause playing" }).waitFor();
  await page.getByRole("button", { name: "Play from this epoch" }).waitFor();
  expect(await page.locator(".position").innerText(), tab).toBe(`${last.toLocaleString("en")} / ${last.toLocaleString("en")}`);
  await stage.settled();
  const told = EPOCH_TEXTS.find(([name]) => name === tab);
  if (told) expect((await page.locator(told[1]).allInnerTexts()).join(" ").replaceAll(",000", "000"), tab).toContain(told[2](last));
  expect(await faultsOf(stage, [])).toEqual([]);
}
