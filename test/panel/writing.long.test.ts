/** The pictures in hovers, in the packaged extension. */
import { expect, test } from "vitest";
import { drawnWidth, screenshot, windows } from "./windows.ts";

const { open } = windows();

const files = {
  "hovers.nn":
    "let rate = exponential_decay(0.1, steps=200, rate=0.9)\n\nmodel M {\n  input 28x28\n  dense 30 gelu\n  dense 10 softmx\n}\n",
};

test("the hover of an activation shows its curve and slope, that of a schedule its curve", async () => {
  const { page } = await open("hovers.nn", { files });
  // The server has started when it has reported the error.
  await page.locator(".squiggly-error").first().waitFor();
  for (const [word, name] of [
    ["gelu", "hover"],
    ["exponential_decay", "schedule"],
  ] as const) {
    await page.locator(".view-line span").filter({ hasText: word }).last().hover();
    const picture = page.locator(`.monaco-hover img[alt^="${word}"]`);
    await picture.waitFor();
    expect(await drawnWidth(picture)).toBeGreaterThan(100);
    await screenshot(page, name);
    await page.keyboard.press("Escape");
    await page.mouse.move(900, 700);
  }
});
