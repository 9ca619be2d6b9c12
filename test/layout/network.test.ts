/** The picture of a small network in plain Chromium: names of columns and classes, weights or their gradients as lines, and the same numbers as a table. */
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { openedForTests } from "./opened.ts";

const { host, stageOf } = openedForTests();

const TEXT =
  "model M {\n  input a, b\n  hidden: dense 2 tanh\n  dense 3 softmax\n}\ndata D {\n  features a, b\n  target t\n  0 1 -> red\n  1 0 -> green\n  1 1 -> blue\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n  epochs 3\n}\n";

test("has the names of the columns and classes; its lines show weights or gradients, as the table lists them", async () => {
  const view = host().show("colours.nn");
  await host().train("colours.nn", TEXT);
  const stage = await stageOf(view);
  const { page } = stage;
  await stage.width(571);
  await stage.tab("Network");
  const graph = page.locator(".tab:visible .graph");
  await expect.poll(async () => (await graph.locator("text").allTextContents()).join(" ")).toContain("aa bb");
  const names = await graph.locator("text > title").allTextContents();
  expect(names).toEqual(["a", "b", "blue", "green", "red"]);

  await page.getByRole("button", { name: "Table" }).click();
  const rows = await page.locator(".tab:visible .data-table tr").allInnerTexts();
  expect(rows).toHaveLength(1 + 2 * 2 + 2 * 3 + 2 + 3);
  expect(rows[1]).toMatch(/^a\thidden unit 1\t-?[\d.e-]+\t-?[\d.e-]+$/);
  const column = (k: number): number[] => rows.slice(1, 11).map((row) => Math.abs(Number(row.split("\t")[k])));
  const widths = async (): Promise<number[]> =>
    await graph.locator(".weight").evaluateAll((lines) => lines.map((line) => Number(line.getAttribute("stroke-width"))));
  /** Returns the indices in ascending order of their values. */
  const order = (values: readonly number[]): number[] => values.map((_, k) => k).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const colour = async (value: string): Promise<void> => {
    await page.locator(".tab:visible vscode-single-select").evaluate((select, chosen) => {
      (select as unknown as { value: string }).value = chosen;
      select.dispatchEvent(new Event("change"));
    }, value);
    await stage.settled();
  };
  // For two inputs, each unit's output over their plane is shown first. The inputs' own outputs grow from left to right and from bottom to top.
  const planes = graph.locator(".unit-plane image");
  expect(await planes.count()).toBe(2 + 2 + 3);
  expect(order(await widths())).toEqual(order(column(2)));
  const corners = await planes.evaluateAll((images) =>
    Promise.all(
      images.slice(0, 2).map(async (image) => {
        const picture = new Image();
        picture.src = image.getAttribute("href") ?? "";
        await picture.decode();
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = picture.width;
        const context = canvas.getContext("2d");
        context?.drawImage(picture, 0, 0);
        const last = picture.width - 1;
        return [
          [0, 0],
          [last, 0],
          [0, last],
        ].map(([x = 0, y = 0]) => context?.getImageData(x, y, 1, 1).data.join());
      }),
    ),
  );
  const [[leftTop, rightTop, leftBottom] = [], [leftTopB, rightTopB, leftBottomB] = []] = corners;
  expect([leftTop === leftBottom, leftTop === rightTop, leftTopB === rightTopB, leftTopB === leftBottomB]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  await colour("gradient");
  expect(order(await widths())).toEqual(order(column(3)));
  await colour("activation");
  expect(order(await widths())).toEqual(order(column(2)));
});

/** Returns for each edge whether it turns back in either direction, and whether it crosses a box. */
const edgesIn = (graph: Locator): Promise<{ turnsBack: boolean; crossesBox: boolean }[]> =>
  graph.evaluate((own) => {
    const boxes = [...own.querySelectorAll(".node rect")].map((box) => box.getBoundingClientRect());
    const isInBox = ({ x, y }: DOMPoint): boolean =>
      boxes.some(({ left, right, top, bottom }) => x > left + 1 && x < right - 1 && y > top + 1 && y < bottom - 1);
    const turns = (all: readonly number[]): boolean => {
      const steps = all.slice(1).map((value, k) => value - (all[k] ?? 0));
      return steps.some((step) => step > 0.1) && steps.some((step) => step < -0.1);
    };
    return [...own.querySelectorAll<SVGPathElement>(".edge path:first-child")].map((path) => {
      const matrix = path.getScreenCTM() ?? new DOMMatrix();
      const length = path.getTotalLength();
      const places = Array.from({ length: 101 }, (_, k) => path.getPointAtLength((k / 100) * length).matrixTransform(matrix));
      return { turnsBack: turns(places.map(({ x }) => x)) || turns(places.map(({ y }) => y)), crossesBox: places.some(isInBox) };
    });
  });

test("an edge to the next layer turns back nowhere and is clear of the boxes, from top to bottom and from left to right", async () => {
  const stage = await stageOf(host().show("wide-and-deep.nn"));
  const graph = stage.page.locator(".planned .graph");
  await graph.locator(".node").first().waitFor();
  for (const width of [571, 1200]) {
    await stage.width(width);
    expect([width, await edgesIn(graph)]).toEqual([width, Array(6).fill({ turnsBack: false, crossesBox: false })]);
  }
});
