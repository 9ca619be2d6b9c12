/** Export and import in the real workbench: a run leaves as a Keras model, which is shown and comes back as a .nn file. */
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { expect, inject, onTestFinished, test } from "vitest";
import { isOnnx } from "../../engine/exchange/onnx/read.ts";
import { isZip } from "../../engine/exchange/zip.ts";
import { inProject } from "../../scripts/project.ts";
import { startWorkbench, THEMES } from "../../scripts/run/workbench.ts";
import { command, finished, newFolder, screenshot, trainByLens, windows } from "./windows.ts";

const { open, openOn } = windows();

test("a run is exported from the panel's menu after its notes; a double click shows the file, and a button there imports it", async () => {
  const { page, panel, folder, complaints } = await open("xor.nn");
  await trainByLens(page);
  await finished(panel);
  await panel.locator("[aria-haspopup=menu]").first().click();
  await panel.getByText("Export for Keras, ONNX and others…").click();
  await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: "Keras" }).first().click();
  const dialog = page.locator(".monaco-dialog-box");
  await dialog.waitFor();
  expect(await dialog.innerText()).toContain("Read back and compared with the engine on the first");
  await dialog.getByRole("button", { name: "Choose Location..." }).click();
  const place = page.locator(".quick-input-widget input").first();
  await expect.poll(() => place.inputValue()).toContain(".keras");
  await place.fill(join(folder, "xor-out.keras"));
  await page.keyboard.press("Enter");
  await expect.poll(() => existsSync(join(folder, "xor-out.keras"))).toBe(true);
  await expect.poll(() => isZip(readFileSync(join(folder, "xor-out.keras")))).toBe(true);

  await page.getByRole("treeitem", { name: "xor-out.keras" }).dblclick();
  const model = shownModel(page);
  await model.getByRole("rowheader", { name: "hidden/kernel" }).waitFor();
  await model.getByRole("cell", { name: "dense 4 tanh" }).waitFor();
  await screenshot(page, "model-file");
  await model.getByRole("button", { name: "Import as .nn..." }).click();
  await expect.poll(() => place.inputValue()).toContain("xor-out.nn");
  await page.keyboard.press("Enter");
  await expect.poll(() => existsSync(join(folder, "xor-out.nn"))).toBe(true);
  expect(readFileSync(join(folder, "xor-out.nn"), "utf8")).toContain('start weights("xor-out.safetensors")');

  await page.getByRole("treeitem", { name: "xor-out.safetensors" }).dblclick();
  const tensors = shownModel(page);
  await tensors.getByText("A safetensors file").waitFor();
  await tensors.getByRole("button", { name: "Compute statistics" }).click();
  await tensors.getByText("deviation").waitFor();

  // The menu of a run in the history exports the same.
  await page.getByRole("tab", { name: "Backprop" }).first().click();
  await page.locator(".pane-body .monaco-list-row").filter({ hasText: "loss" }).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Export...", exact: true }).hover();
  await page.keyboard.press("Enter");
  await page.locator(".quick-input-list .monaco-list-row").filter({ hasText: "ONNX" }).first().click();
  await dialog.waitFor();
  expect(await dialog.innerText()).toContain("Read back and compared with the engine on the first");
  await screenshot(page, "export-notes");
  await dialog.getByRole("button", { name: "Choose Location..." }).click();
  await expect.poll(() => place.inputValue()).toContain(".onnx");
  await place.fill(join(folder, "xor-out.onnx"));
  await page.keyboard.press("Enter");
  const onnx = join(folder, "xor-out.onnx");
  await expect.poll(() => existsSync(onnx) && isOnnx(readFileSync(onnx))).toBe(true);
  expect(complaints).toEqual([]);
});

test("an untrusted workspace shows what a file contains, and says why it imports nothing", async () => {
  const careful = await startWorkbench({
    extensionsFolder: join(inject("dataFolder"), "extensions"),
    builtIns: THEMES,
    settings: { "window.autoDetectColorScheme": true },
    trust: "ask",
  });
  onTestFinished(careful.stop);
  const folder = newFolder();
  const names = ["every.keras", "every.onnx"];
  for (const name of names) cpSync(inProject("test/exchange/golden", name), join(folder, name));
  const files = readdirSync(folder);
  const { page } = await openOn(folder, { workbench: careful.url });
  // The workbench opens binary files itself until it has registered the extension's editors.
  await page.getByRole("treeitem", { name: "xor.nn" }).click();
  await page.locator(".codelens-decoration a").first().waitFor();
  for (const name of names) {
    await page.getByRole("treeitem", { name }).dblclick();
    const model = shownModel(page);
    await model.getByRole("rowheader", { name: "class/kernel" }).waitFor();
    expect(await model.getByRole("button", { name: "Import as .nn..." }).isDisabled()).toBe(true);
    await model.getByText("needs a workspace that you trust").waitFor();
    await model.getByRole("button", { name: "Compute statistics" }).click();
    await model.getByText("deviation").waitFor();
    await screenshot(page, `untrusted-${name}`);
  }
  await command(page, "Backprop: Import Model...");
  await page.getByText("only in workspaces that you trust").first().waitFor();
  expect(readdirSync(folder)).toEqual(files);
});

const shownModel = (page: Page): FrameLocator => page.frameLocator("iframe.webview:visible").last().frameLocator("#active-frame");
