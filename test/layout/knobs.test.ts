/** Knobs and layer cards in plain Chromium with the real host: a turn is one edit of the file, a refused edit says why, and Train on change trains. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { faultsNow, WIDTHS } from "./matrix.ts";
import { openedForTests } from "./opened.ts";
import type { Stage } from "./stage.ts";

const { host, stageOf } = openedForTests();

const textOf = (file: string): string => readFileSync(join(host().folder, file), "utf8");
/** Waits until the file has the line. */
const written = async (file: string, line: string | RegExp): Promise<void> => await expect.poll(() => textOf(file)).toMatch(line);
/** Returns the file's text after each edit from now on. */
function editsOf(view: ReturnType<ReturnType<typeof host>["show"]>, file: string): readonly string[] {
  const edits: string[] = [];
  const { onMessage } = view;
  view.onMessage = (message) => {
    if ((message as { kind: string }).kind === "edited") edits.push(textOf(file));
    onMessage(message);
  };
  return edits;
}
const openKnobs = async ({ page }: Stage): Promise<void> => await page.getByRole("button", { name: "Knobs of the file's numbers" }).click();

test("a turn of a knob changes the file once; the keys, a drag and a typed number work; a refused one says why", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(571);
  await openKnobs(stage);
  const before = textOf("xor.nn");
  const edits = editsOf(view, "xor.nn");
  const knobs = page.getByRole("region", { name: "Knobs" });

  await knobs.getByRole("button", { name: "More learning_rate" }).click();
  await written("xor.nn", /learning_rate=1\b/);
  await knobs.getByRole("button", { name: "Less learning_rate" }).click();
  await knobs.getByRole("textbox", { name: "learning_rate" }).fill("0.5");
  await page.keyboard.press("Enter");
  await written("xor.nn", /learning_rate=0\.5/);
  expect(textOf("xor.nn")).toBe(before);

  // A number that is being typed stays while the file changes.
  const units = knobs.getByRole("textbox", { name: "units of hidden" });
  await units.fill("6");
  host().write("xor.nn", before.replace("learning_rate=0.5", "learning_rate=0.4"));
  await expect.poll(() => knobs.getByRole("textbox", { name: "learning_rate" }).inputValue()).toBe("0.4");
  await units.press("Enter");
  await written("xor.nn", /hidden: dense 6 tanh/);
  host().write("xor.nn", before);
  await expect.poll(() => units.inputValue()).toBe("4");

  await units.press("ArrowUp");
  await written("xor.nn", /hidden: dense 5 tanh/);
  // The field has the new number, and the focus as before.
  await expect.poll(() => knobs.getByRole("textbox", { name: "units of hidden" }).inputValue()).toBe("5");
  await page.keyboard.press("ArrowDown");
  await written("xor.nn", /hidden: dense 4 tanh/);

  // Two steps, two typed numbers, two keys.
  await expect.poll(() => edits).toHaveLength(6);
  const slider = knobs.getByRole("slider", { name: "l2 of hidden, slider" });
  const box = await slider.boundingBox();
  if (!box) throw new Error("The slider is not drawn.");
  await page.mouse.move(box.x + 6, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 6 });
  await page.mouse.move(box.x + box.width - 6, box.y + box.height / 2, { steps: 6 });
  await page.mouse.up();
  await written("xor.nn", /hidden: dense 4 tanh l2=0\.1/);
  await expect.poll(() => edits).toHaveLength(7);

  await knobs.getByRole("combobox", { name: "activation of dense_1" }).selectOption("heaviside");
  await expect.poll(() => knobs.getByRole("status").innerText()).toMatch(/^NN404: The derivative of heaviside is 0/);
  await expect.poll(() => knobs.getByRole("combobox", { name: "activation of dense_1" }).inputValue()).toBe("sigmoid");
  expect(textOf("xor.nn")).toContain("dense 1 sigmoid");
  // The drag was one edit, and the refused turn has an answer.
  expect(edits).toHaveLength(8);
  for (const width of WIDTHS) {
    await stage.width(width);
    expect(await faultsNow(stage, `knobs, ${width} px`)).toEqual([]);
  }
  expect(stage.complaints).toEqual([]);
});

test("a number typed before the panel knows of the last edit is written", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  const stage = await stageOf(view);
  await stage.width(571);
  await openKnobs(stage);
  const before = textOf("xor.nn");
  const knobs = stage.page.getByRole("region", { name: "Knobs" });
  const rate = knobs.getByRole("textbox", { name: "learning_rate" });
  const shown = await rate.inputValue();
  const edits = editsOf(view, "xor.nn");
  const more = await knobs.getByRole("button", { name: "More learning_rate" }).elementHandle();
  // The panel receives no message between the click and the typed number.
  await rate.evaluate((field: HTMLInputElement, button) => {
    if (!(button instanceof HTMLElement)) throw new Error("There is no button.");
    const typed = field.value;
    button.click();
    field.value = typed;
    field.dispatchEvent(new Event("input"));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  }, more);
  await expect.poll(() => edits).toHaveLength(2);
  expect(textOf("xor.nn")).toBe(before);

  // A step by key starts from the typed number.
  await rate.fill("0.1");
  await rate.press("ArrowUp");
  await written("xor.nn", "learning_rate=0.3)");
  await rate.fill(shown);
  await rate.press("Enter");
  await written("xor.nn", `learning_rate=${shown})`);

  // A selected number stays selected while the file changes.
  await rate.selectText();
  host().write("xor.nn", before.replace(`learning_rate=${shown}`, "learning_rate=0.4"));
  await expect.poll(() => rate.inputValue()).toBe("0.4");
  await stage.page.keyboard.insertText(shown);
  await stage.page.keyboard.press("Enter");
  await written("xor.nn", `learning_rate=${shown})`);

  // The file's own number in other digits changes nothing, and the field shows the file's text again.
  await rate.fill(`${shown}0`);
  await rate.press("Enter");
  await expect.poll(() => rate.inputValue()).toBe(shown);
  expect(textOf("xor.nn")).toBe(before);
  expect(stage.complaints).toEqual([]);
});

test("the cards of Network add and remove a layer, change its units and its activation", async () => {
  const view = host().show("iris.nn");
  await host().train("iris.nn");
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(571);
  await stage.tab("Network");
  const before = textOf("iris.nn");
  const cards = page.getByRole("group", { name: "The layers of the file" });
  await cards.getByRole("button", { name: "Add a layer before dense_1" }).press("Enter");
  await written("iris.nn", /hidden: dense 16 relu[^\n]*\n {2}dense 16 relu\n {2}dense 3 softmax/);
  await cards.getByRole("combobox", { name: "activation of dense_1" }).selectOption("tanh");
  await written("iris.nn", / {2}dense 16 tanh\n/);
  await cards.getByRole("button", { name: "Less units of dense_1" }).click();
  await written("iris.nn", / {2}dense 15 tanh\n/);
  for (const width of WIDTHS) {
    await stage.width(width);
    expect(await faultsNow(stage, `cards, ${width} px`)).toEqual([]);
  }
  await cards.getByRole("button", { name: "Remove dense_1" }).click();
  await expect.poll(() => textOf("iris.nn")).toBe(before);
  expect(stage.complaints).toEqual([]);
});

test("with train on change a turn trains the file, and replaces the run of the last turn", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  const first = await host().newestRun();
  const stage = await stageOf(view);
  const { page } = stage;
  await openKnobs(stage);
  await page.getByText("Train on change").click();
  const knobs = page.getByRole("region", { name: "Knobs" });
  const newestAfter = async (run: string): Promise<string> => {
    await expect.poll(() => host().newestRun()).not.toBe(run);
    await page.locator(".status").filter({ hasText: "finished" }).waitFor();
    return await host().newestRun();
  };
  // The host computes the result of the retrained network without the panel's question.
  const { say } = view;
  view.say = (message) => {
    const { kind, question } = message as { kind: string; question?: { kind: string } };
    if (kind !== "ask" || question?.kind !== "result") say.call(view, message);
  };
  const answered: string[] = [];
  const { onMessage } = view;
  view.onMessage = (message) => {
    const { kind, run, answer } = message as { kind: string; run: string; answer?: { kind: string } };
    if (kind === "answer" && answer?.kind === "result") answered.push(run);
    onMessage(message);
  };
  await knobs.getByRole("button", { name: "More seed" }).click();
  const second = await newestAfter(first);
  await expect.poll(() => answered).toContain(second);
  await knobs.getByRole("button", { name: "More seed" }).click();
  const third = await newestAfter(second);
  await expect.poll(async () => (await host().runs()).slice(0, 2)).toEqual([third, first]);
  // The panel shows the new run.
  await expect.poll(() => page.locator(".fact[data-fact=epoch] .value").innerText()).toMatch(/^1,000 of 1,000/);
  expect(stage.complaints).toEqual([]);
});
