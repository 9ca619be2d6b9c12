/** Tests that a float32 inspector shows the data's own numbers although the network reads scaled ones. */
import { expect, test } from "vitest";
import { planOf } from "../../test/fixtures.ts";
import { type Inspector, openInspector } from "./inspector.ts";

/** Numbers that neither float32 nor unscaling reproduces: 0 among large numbers, and decimals. */
const X = [0, 0.1, 5.3, 7.9];
const Y = [0.7, 0, -3.1, 900.1];

const inspectorOf = async (model: string, data: string, train: string, csv = ""): Promise<Inspector> =>
  await openInspector(
    planOf(`model M {\n  input x1, x2\n${model}\n}\ndata D {\n  features x1, x2\n  target y\n${data}\n}\ntrain M on D {\n${train}\n}\n`),
    { read: async () => new TextEncoder().encode(csv) },
    { precision: "float32" },
  );
const regression = async (): Promise<Inspector> =>
  await inspectorOf(
    "  dense 1",
    `${X.map((x, k) => `  ${x} ${Y[k]} -> ${Y[k]}`).join("\n")}\n  scale standard\n  scale_target standard`,
    "  loss mse",
  );

test("the rows in the result have the file's numbers", async () => {
  const { outputs, surface } = (await regression()).result();
  const [output] = outputs;
  if (output?.kind !== "numbers" || !surface) throw new Error("The result has other parts.");
  expect(output.units[0]?.truth).toEqual(Y);
  expect(surface.points.map(({ at, target }) => [...at, target])).toEqual(X.map((x, k) => [x, Y[k], Y[k]]));
  expect(
    output.mistakes.toSorted((a, b) => a.row - b.row).map(({ truth, features }) => [truth, ...features.map(({ value }) => value)]),
  ).toEqual(X.map((x, k) => [Y[k], x, Y[k]].map(String)));
});

test("the form of a row and a row of the data have the file's numbers", async () => {
  const inspector = await regression();
  expect(inspector.result().form.cells).toMatchObject([
    { from: 0, to: 7.9 },
    { from: -3.1, to: 900.1 },
  ]);
  const rows = X.map((_, k) => inspector.answerTo({ by: "number", row: k + 1 }));
  expect(rows.map(({ cells }) => cells)).toEqual(X.map((x, k) => [x, Y[k]].map(String)));
  expect(rows.map(({ outputs: [output] }) => output?.kind === "numbers" && output.values[0]?.truth)).toEqual(Y);
});

test("the points beside Rosenblatt's rule have the file's numbers", async () => {
  const inspector = await inspectorOf(
    "  tlu 1",
    `${X.map((x, k) => `  ${x} ${Y[k]} -> ${k % 2}`).join("\n")}\n  scale standard`,
    "  optimizer perceptron(learning_rate=1)\n  epochs 3",
  );
  expect((await inspector.rule()).plane?.points.map(({ at }) => at)).toEqual(X.map((x, k) => [x, Y[k]]));
});

test("a gap has the mean that replaces it", async () => {
  const csv = "x1,x2,y\n0.1,1,1\n,2,2\n0.3,0,0\n";
  const inspector = await inspectorOf("  dense 1", '  source csv("d.csv")\n  scale standard\n  missing mean', "  loss mse", csv);
  expect(inspector.result().surface?.points.map(({ at }) => at)).toEqual([
    [0.1, 1],
    [0.2, 2],
    [0.3, 0],
  ]);
});
