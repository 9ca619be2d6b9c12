/** The text after each quick fix, with the file's indentation and line ends. */
import { describe, expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { rangesIn } from "../../features/ranges.ts";
import { analyse } from "../analysis.ts";

/** Returns the text after applying the first fix of the first finding with the code; undefined if there is no fix. */
function fixed(text: string, code: string): string | undefined {
  const fix = analyse(text).issues.find((issue) => issue.code === code)?.fixes[0];
  const document = TextDocument.create("file:///x.nn", "nn", 1, text);
  const edits = fix?.changes.map((change) => ({ range: rangesIn(document).of(change.span), newText: change.text }));
  return edits && TextDocument.applyEdits(document, edits);
}

const BLOCKS = "model M {\n  input 2\n  dense 1\n}\ndata D {\n  0 0 -> 0\n  1 1 -> 1\n}\n";
const model = (...lines: readonly string[]): string => `model M {\n  input 2\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;

describe("a line is removed", () => {
  test("whole, with its comment", () => expect(fixed(model("dense 1", "dropout 0.1 # last"), "NN510")).toBe(model("dense 1")));
  test("except for the brace after it", () =>
    expect(fixed("model M {\n  input 2\n  dense 1\n  dropout 0.1 }\n", "NN510")).toBe("model M {\n  input 2\n  dense 1\n   }\n"));
  test("at the end of the file", () =>
    expect(fixed("model M {\n  input 2\n  dense 1\n  dropout 0.1", "NN510")).toBe("model M {\n  input 2\n  dense 1\n"));
});

describe("a line is added", () => {
  const LINE = "train M on D {\n  loss mse\n}\n";
  test("to an empty block", () => expect(fixed(`${BLOCKS}train M on D {\n}\n`, "NN401")).toBe(BLOCKS + LINE));
  test("after the last line of a block", () =>
    expect(fixed(`${BLOCKS}train M on D {\n\tepochs 3\n}\n`, "NN401")).toBe(`${BLOCKS}train M on D {\n\tepochs 3\n\tloss mse\n}\n`));
  test("with the file's line ends", () =>
    expect(fixed(`${BLOCKS}train M on D {\n}\n`.replaceAll("\n", "\r\n"), "NN401")).toBe((BLOCKS + LINE).replaceAll("\n", "\r\n")));
  test("nowhere if the block has no brace, whatever brace comes later", () => {
    expect(analyse(`train M on D\n${BLOCKS}`).issues.map(({ code }) => code)).toEqual(["NN101"]);
  });
  test("before a line, indented as it is", () =>
    expect(fixed("model M {\r\n  input 28x28\r\n\tdense 1\r\n}\r\n", "NN303")).toBe(
      "model M {\r\n  input 28x28\r\n\tflatten\r\n\tdense 1\r\n}\r\n",
    ));
});

describe("an argument", () => {
  test.each([
    ["is removed with the space before it", "NN507", "dense 3 init=zeros tanh", "dense 3 tanh"],
    ["is removed at the line's end", "NN507", "dense 3 tanh init=zeros", "dense 3 tanh"],
    [
      "is added after the others",
      "NN513",
      "dense 8 init=he_normal\n  batch_norm\n  relu",
      "dense 8 init=he_normal bias=false\n  batch_norm\n  relu",
    ],
    ["is changed where it is written", "NN514", "dense 8 relu init=glorot_uniform", "dense 8 relu init=he_uniform"],
    ["is added if it is an activation: after the units", "NN505", "dense 8 bias=false", "dense 8 relu bias=false"],
  ])("%s", (_name, code, before, after) => expect(fixed(model(before, "dense 1"), code)).toBe(model(after, "dense 1")));

  test.each([
    ["nesterov=true", "nesterov=true, momentum=0.9"],
    ["nesterov=true, momentum=0", "nesterov=true, momentum=0.9"],
  ])("of a call: sgd(%s)", (before, after) => {
    const text = (settings: string): string => `${BLOCKS}train M on D {\n  loss mse\n  optimizer sgd(${settings})\n}\n`;
    expect(fixed(text(before), "NN515")).toBe(text(after));
  });
});

describe("a layer's units and activation are changed", () => {
  const TRAIN = (loss: string): string => `data D {\n  0 0 -> 0\n  1 1 -> 1\n}\ntrain M on D {\n  loss ${loss}\n}\n`;
  test.each([
    ["dense 3", "dense 1"],
    ["dense units=3", "dense units=1"],
  ])("%s", (before, after) => expect(fixed(model(before) + TRAIN("mse"), "NN304")).toBe(model(after) + TRAIN("mse")));
  test("but not if a `let` name is written", () => expect(fixed(`let u = 3\n${model("dense u")}${TRAIN("mse")}`, "NN304")).toBeUndefined());
  test.each([
    ["dense 1 tanh", "dense 1 sigmoid"],
    ["dense 1 activation=tanh", "dense 1 activation=sigmoid"],
    ["dense 1 elu(alpha=2)", "dense 1 sigmoid"],
    ["dense 1\n  tanh", "dense 1\n  sigmoid"],
    ["dense 1", "dense 1 sigmoid"],
  ])("%j", (before, after) =>
    expect(fixed(model(before) + TRAIN("binary_crossentropy"), "NN402")).toBe(model(after) + TRAIN("binary_crossentropy")),
  );
});
