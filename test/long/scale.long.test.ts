/** The panel at the scale of a projector, in plain Chromium. */
import { expect, test } from "vitest";
import { faultsOf } from "../layout/matrix.ts";
import { openedForTests } from "../layout/opened.ts";

const { host, stageOf } = openedForTests();

test("at a scale of 1.5 no text is cut off, and the pointer's numbers are those under it", async () => {
  const view = host().show("xor.nn");
  await host().train("xor.nn");
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(1200);
  await stage.scale(1.5);
  const tabs = ["Overview", "Network", "One Step", "Result"] as const;
  expect(
    await faultsOf(
      stage,
      tabs.map((tab) => ({ theme: "light", tab, width: 1200 })),
    ),
  ).toEqual([]);
  // At the bottom right of the plane both features are largest and smallest: a near 1.15, b near −0.15.
  const plane = page.locator(".view:visible canvas.plane");
  const box = await plane.boundingBox();
  if (!box) throw new Error("The plane is not drawn.");
  await page.mouse.move(box.x + box.width - 1.5 * 12, box.y + box.height - 1.5 * 40);
  const readout = page.locator(".view:visible .readout").first();
  await expect.poll(() => readout.innerText()).toMatch(/^a 1\.1\d*, b −?-?0\.1\d* → /);
});
