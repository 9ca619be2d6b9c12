/** Commands without an active `.nn` file, in the real workbench: which file they use, and that they name it. */
import { test } from "vitest";
import { command, ENDLESS, finished, trainByLens, windows } from "./windows.ts";
import { openFile } from "./workbenchParts.ts";

const { open } = windows();

test("the only open file is trained, then that of the visible panel is checked, and the status bar says which", async () => {
  const { page, panel } = await open("xor.nn");
  await openFile(page, "xor.nn");
  await openFile(page, "README.md");
  await command(page, "Backprop: Train Model");
  await page.locator(".statusbar").getByText("Train Model: xor.nn").waitFor();
  await finished(panel);
  await command(page, "Backprop: Check Gradients");
  await page.locator(".statusbar").getByText("Check Gradients: xor.nn").waitFor();
});

test("with several open files and none visible, the user chooses; with none the command offers a new one", async () => {
  const { page, panel } = await open("xor.nn");
  await openFile(page, "xor.nn");
  await openFile(page, "gates.nn");
  await openFile(page, "README.md");
  await command(page, "Backprop: Train Model");
  await page.getByRole("option", { name: "xor.nn" }).click();
  await finished(panel);
  await command(page, "View: Close All Editor Groups");
  await page.locator(".monaco-editor").first().waitFor({ state: "hidden" });
  await command(page, "Backprop: Test Expectations");
  await page.getByText("Test Expectations needs a .nn file, and none is open.").first().waitFor();
});

test("with two trainings in progress and neither file active, Stop Training asks which", async () => {
  const { page, panel } = await open("a.nn", { files: { "a.nn": ENDLESS, "b.nn": ENDLESS } });
  await trainByLens(page);
  await panel.locator(".status").filter({ hasText: "training" }).waitFor();
  await openFile(page, "b.nn");
  await trainByLens(page);
  await page.locator(".statusbar").getByText("2 trainings").waitFor();
  await openFile(page, "README.md");
  await command(page, "Backprop: Stop Training");
  await page.getByRole("option", { name: "b.nn" }).click();
  await page
    .locator(".statusbar")
    .getByText(/Xor \d+/)
    .waitFor();
  await command(page, "Backprop: Stop Training");
  await page
    .locator(".statusbar")
    .getByText(/Xor \d+/)
    .waitFor({ state: "hidden" });
});
