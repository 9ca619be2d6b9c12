/**
 * Tests a written derivation: its numbers yield the gradient, and names from the file are never markup. test/long/derivation.long.test.ts covers all
 * weights.
 */
import { describe, expect, test } from "vitest";
import { readDerivation } from "../../test/derived.ts";
import { expectDerived } from "../../test/derivedGradients.ts";
import { noFiles, planOf } from "../../test/fixtures.ts";
import { latexDocument, markdownDocument } from "./documents.ts";
import { derivedDocument } from "./open.ts";

const plan = (layers: string, training = "loss mse", targets = "t"): Parameters<typeof derivedDocument>[0] =>
  planOf(
    `model M {\n  input a, b, c\n${layers}}\ndata D {\n  features a, b, c\n  target ${targets}\n  0.31 -0.72 1.13 -> 0.4${targets === "t" ? "" : " 0.1"}\n  -1.41 0.55 0.23 -> -0.2${targets === "t" ? "" : " 0.6"}\n  0.87 1.29 -0.68 -> 1.1${targets === "t" ? "" : " 0.3"}\n}\ntrain M on D {\n  ${training}\n  batch all\n}\n`,
  );

describe("the gradient of the document's own numbers is the engine's", () => {
  test.each<[string, ReturnType<typeof plan>, string]>([
    ["two layers", plan("  hidden: dense 3 tanh\n  dense 1\n"), "hidden.kernel[2, 1]"],
    ["a bias", plan("  hidden: dense 3 relu\n  dense 1\n"), "hidden.bias[-1]"],
    ["a weight of the output", plan("  dense 3 sigmoid\n  out: dense 1\n"), "out[1, 0]"],
    [
      "an activation line and a penalty",
      plan("  hidden: dense 3 l2=0.1\n  gelu\n  out: dense 1\n", "loss mse\n  clip norm=0.01"),
      "hidden[0, 2]",
    ],
    [
      "several paths, one of which skips a layer",
      plan("  first: dense 2 tanh\n  dense 2 tanh from first\n  second: dense 2\n  add from first, second, first\n  dense 1\n"),
      "first[1, 1]",
    ],
    [
      "two outputs",
      plan(
        "  hidden: dense 2 tanh\n  p: dense 1 from hidden\n  q: dense 1 sigmoid from hidden\n  output p, q\n",
        "loss p=mse q=binary_crossentropy\n  loss_weights p=0.3 q=0.7",
        "t, u",
      ),
      "hidden[0, 1]",
    ],
    ["layers that mix the numbers of a row", plan("  hidden: dense 3\n  layer_norm\n  softmax\n  dense 1\n"), "hidden[0, 1]"],
  ])("%s", async (_name, own, weight) => {
    for (const format of ["markdown", "latex"] as const) {
      expect(await expectDerived(own, noFiles, { weight, format })).toBeGreaterThan(10);
      expect(await expectDerived(own, noFiles, { weight, format, rows: [2] })).toBeGreaterThan(3);
      expect(await expectDerived(own, noFiles, { weight, format, rows: [3, 1] })).toBeGreaterThan(6);
    }
  });
});

test.each([
  ["hidden", '"hidden" is not a weight, such as hidden.kernel[0, 1] or hidden.bias[0].'],
  ["none[0, 0]", "There is no layer none; layers with a kernel are hidden, out."],
  ["input_1[0]", "input_1 has no kernel, so its gradient is not written out; layers with a kernel are hidden, out."],
  ["hidden[3, 0]", "Index 3 is outside an axis of 3 (0 to 2)."],
  ["hidden.kernel[1]", "hidden.kernel has 2 axes; write hidden.kernel[0, 0]."],
])("%s is refused", async (weight, message) => {
  const own = plan("  hidden: dense 3 tanh\n  out: dense 1\n");
  await expect(derivedDocument(own, noFiles, { weight, format: "markdown" })).rejects.toThrow(message);
});

test("each weight has a symbol of its own, with its layer and the two units that it connects", async () => {
  const own = plan("  hidden: dense 3 tanh\n  out: dense 1\n");
  const lines = async (weight: string): Promise<readonly string[]> =>
    readDerivation(await derivedDocument(own, noFiles, { weight, rows: [1], format: "markdown" })).lines;
  const ofHidden = await lines("hidden[0, 1]");
  const expected = [
    "z^((1))_(2) = Σ a^((0)) · w^((1)) + b^((1))_(2) =",
    "∂L/∂a^((1))_(2) = Σ w^((2)) · ∂L/∂a^((2)) =",
    "p_(1) = a^((0))_(1) · f'(z^((1))_(2)) · w^((2))_(2,1) · ∂L/∂a^((2))_(1) =",
    "share = a^((0))_(1) · ∂L/∂z^((1))_(2) =",
    "∂L/∂w^((1))_(1,2) =",
  ];
  for (const begin of expected) expect(ofHidden).toContainEqual(expect.stringContaining(begin));
  expect(await lines("out.bias[0]")).toContainEqual(expect.stringContaining("∂L/∂b^((2))_(1) ="));
});

test("the words of the document are written without escapes", async () => {
  const own = plan("  hidden: dense 3 tanh\n  out: dense 1\n");
  const markdown = await derivedDocument(own, noFiles, { weight: "hidden[0, 1]", format: "markdown" });
  expect(markdown).toContain("(a = z without an activation function f)");
});

test("names of the file are never markup", () => {
  const text = "[x](command:y) <img src=z> $\\input{/etc/passwd}$ a_b 50% & | #1 ~ ^ `c`\n\u202e";
  const blocks = [
    { kind: "heading", level: 1, text },
    { kind: "text", text },
    { kind: "table", columns: ["name"], rows: [[text]] },
  ] as const;
  const markdown = markdownDocument(blocks);
  expect(markdown.match(/(?<!\\)[[\]<>$&~`]/g) ?? []).toEqual([]);
  expect(markdown.match(/(?<!\\)\|/g)).toHaveLength(6);
  const latex = latexDocument(blocks).split("\\begin{document}")[1] ?? "";
  expect(latex).not.toContain("\\input");
  expect(
    latex
      .replaceAll("\\begin{longtable}{l}", "")
      .match(/(?<!\\)[$#%~^`]|(?<!\\)_/g)
      ?.filter((sign) => sign !== "`") ?? [],
  ).toEqual([]);
  expect(`${markdown}${latex}`).not.toMatch(/\u202e/);
});
