/** One Step on paper: it shows every number's arithmetic, runs and loads nothing, and escapes texts from the file. */
import { describe, expect, test } from "vitest";
import { openInspector } from "../../engine/inspect/inspector.ts";
import type { Walk } from "../../engine/inspect/views.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { stepPage } from "./stepPage.ts";

const XOR = `model Xor {
  input a, b
  hidden: dense 4 tanh
  dense 1 sigmoid
}
data D {
  features a, b
  target y
  0 0 -> 0
  0 1 -> 1
  1 0 -> 1
  1 1 -> 0
}
train Xor on D {
  loss binary_crossentropy
  seed 3
}`;

async function walked(text: string): Promise<{ plan: TrainingPlan; walk: Walk }> {
  const plan = planOf(text);
  const inspector = await openInspector(plan, noFiles, { precision: "float64" });
  return { plan, walk: await inspector.walk({ weights: "start", rows: "batch", row: 0 }) };
}

/** Returns a page's text without tags. */
const readText = (page: string): string =>
  page
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

/** Returns tags that are opened but not closed, or closed but not opened. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name = ""] of page.matchAll(/<(\/?)([a-z]\w*)[^>]*>/g)) {
    if (name === "meta") continue;
    if (slash === "") open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

describe("One Step as a page to print", () => {
  test("has every stage, every number's arithmetic, the layers and the path of a weight", async () => {
    const { plan, walk } = await walked(XOR);
    const page = stepPage("xor.nn", plan, walk);
    const text = readText(page);
    const lines = walk.stages
      .flatMap(({ matrices }) => matrices.flatMap(({ workings }) => (workings ?? []).flat()))
      .flatMap((one) => one.lines);
    expect(lines.length).toBeGreaterThan(60);
    for (const line of [...lines, ...(walk.path?.lines ?? ["no path"])]) expect(text).toContain(line);
    expect([...page.matchAll(/<h2>/g)]).toHaveLength(walk.stages.length);
    for (const part of ["xor.nn, model Xor. A mini-batch of 4 rows", "with the start weights", "17 parameters", "2 × 4"])
      expect(text).toContain(part);
    expect(unbalanced(page)).toEqual([]);
  });

  test("runs nothing, loads nothing, and shows markup of the file as text", async () => {
    const column = "<img src=x onerror=alert(1)>&amp;";
    const { plan, walk } = await walked(XOR.replace("features a, b", `features "${column}", b`).replace("input a, b", "input 2"));
    const page = stepPage("<script>alert(1)</script>.nn", plan, walk);
    expect(page).not.toMatch(/<(?:script|img|link|iframe|object|svg)\b|\b(?:src|href|on\w+)="|https?:/i);
    expect(readText(page)).toContain(column);
    expect(readText(page)).toContain("<script>alert(1)</script>.nn");
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(unbalanced(page)).toEqual([]);
  });
});
