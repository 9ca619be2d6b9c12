/** Renames that are rejected, since they would change the meaning of a file, and renames of columns. */
import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { cursorIn } from "../../test/fixtures.ts";
import { analyse } from "../language/analysis.ts";
import { wordAt } from "../language/query/wordAt.ts";
import { csvFacts, type DataFiles } from "../language/resolve/dataFacts.ts";
import type { Ranges } from "./ranges.ts";
import { definition, references } from "./references.ts";
import { rename } from "./rename.ts";

const ranges: Ranges = { of: ({ start, end }) => ({ start: { line: 0, character: start }, end: { line: 0, character: end } }) };
const CSV = csvFacts(new TextEncoder().encode("size,living area,price\n1,2,3\n4,5,6\n"), CSV_FORMAT, "h.csv");
const files: DataFiles = { csv: () => CSV, idx: () => undefined };

function renamed(fixture: string, name: string): { readonly text: string; readonly hint: string | undefined } {
  const { text, offset } = cursorIn(fixture);
  const found = rename(analyse(text, files), offset, name, ranges);
  if ("problem" in found) throw new Error(found.problem);
  return {
    hint: found.hint,
    text: found.edits
      .toSorted((a, b) => b.range.start.character - a.range.start.character)
      .reduce((shown, { range, newText }) => shown.slice(0, range.start.character) + newText + shown.slice(range.end.character), text),
  };
}

const GATES = "model G {\n  input a, b\n  both: neuron a, b threshold=2\n  neuron both, not a threshold=1\n}\n";
const LETS = "let rate = 0.1\nlet other = 3\nmodel M {\n  input 4\n  h: dense other relu\n  dense 1\n}\n";
const HOUSES =
  'model P {\n  input size, "living area"\n  dense 1\n}\ndata H {\n  source csv("h.csv")\n  features size, "living area"\n  target price\n}\n';
const at = (text: string, word: string): string => text.replace(word, `${word.slice(0, 1)}¦${word.slice(1)}`);

describe("a rename is refused", () => {
  test.each([
    ["a let to an activation", at(LETS, "rate"), "relu", "word of the language"],
    ["a let to an optimizer", at(LETS, "rate"), "adam", "word of the language"],
    ["a let to a word of a directive", at(LETS, "rate"), "minmax", "word of the language"],
    ["a let to a keyword", at(LETS, "rate"), "train", "keyword"],
    ["a let to true", at(LETS, "rate"), "true", "keyword"],
    ["a let to another one", at(LETS, "rate"), "other", "already"],
    ["a let to a label", at(LETS, "rate"), "h", "layer"],
    ["a let to a column", `let rate = 1\n${GATES}`.replace("rate", "ra¦te"), "a", "column"],
    ["a label to a column", at(GATES, "both"), "a", "column"],
    ["a label to a let", LETS.replace("h: dense", "h¦: dense"), "rate", "`let`"],
    ["a label to a keyword", at(GATES, "both"), "from", "keyword"],
    ["a label to another layer's name", LETS.replace("h: dense", "h¦: dense"), "dense_1", "another layer"],
    ["a column to a label", GATES.replace("input a", "input ¦a"), "both", "layer"],
    ["a column to another one", GATES.replace("input a", "input ¦a"), "b", "already"],
    ["a column to a let", `let two = 2\n${GATES}`.replace("input a", "input ¦a"), "two", "`let`"],
    ["a model to a keyword", GATES.replace("model G", "model ¦G"), "data", "keyword"],
    ["a run to a model's name", `${GATES}f¦irst: train G {\n  loss mse\n}\n`, "G", "name of"],
  ])("%s", (_what, fixture, name, reason) => expect(() => renamed(fixture, name)).toThrow(reason));
});

describe("a column", () => {
  test("is renamed in the input, in neurons and after not", () =>
    expect(renamed(GATES.replace("input a", "input ¦a"), "left").text).toBe(
      "model G {\n  input left, b\n  both: neuron left, b threshold=2\n  neuron both, not left threshold=1\n}\n",
    ));

  test("is renamed in the data and in the model, with a hint that the file keeps its header", () => {
    const { text, hint } = renamed(HOUSES.replace("features size", "features s¦ize"), "rooms");
    expect(text).toBe(HOUSES.replaceAll("size", "rooms"));
    expect(hint).toContain("h.csv");
  });

  test("gets and loses its quotes", () => {
    expect(renamed(HOUSES.replace('features size, "living', 'features size, "li¦ving'), "area").text).toBe(
      HOUSES.replaceAll('"living area"', "area"),
    );
    expect(renamed(HOUSES.replace("input size", "input s¦ize"), "a b").text).toBe(HOUSES.replaceAll("size", '"a b"'));
  });

  test("of a table in the file has no hint", () => {
    const table = "data T {\n  features a¦, b\n  target y\n  0 0 -> 1\n}\n";
    expect(renamed(table, "left")).toEqual({ text: "data T {\n  features left, b\n  target y\n  0 0 -> 1\n}\n", hint: undefined });
  });

  test("has references and a definition", () => {
    const { text, offset } = cursorIn(HOUSES.replace("input size", "input s¦ize"));
    const analysis = analyse(text, files);
    const starts = references(analysis, offset, true, "file:///x.nn", ranges).map(({ range }) => range.start.character);
    expect(starts).toEqual([text.indexOf("input size") + 6, text.indexOf("features size") + 9]);
    expect(definition(analysis, offset, "file:///x.nn", ranges)?.range.start.character).toBe(text.indexOf("features size") + 9);
  });

  describe("is found and renamed in every place where a column is named", () => {
    const PLACES: readonly (readonly [place: string, model: string, data: string])[] = [
      ["features", "input 2", "features size, price"],
      ["features, in quotes", "input 2", 'features "size", price'],
      ["features, as the first of a range", "input 2", "features size..price"],
      ["features, as the last of a range in quotes", "input 2", 'features "living area".."size"'],
      ["target", "input 2", "target size"],
      ["target of an output", "input 2\n  y: dense 1", "target y=size"],
      ["target of an output, in a list", "input 2\n  y: dense 2", 'target y=["size", price]'],
      ["ignore", "input 2", "ignore price, size"],
      ["one_hot", "input 2", "one_hot size"],
      ["sample_weight", "input 2", "sample_weight size"],
      ["split by", "input 2", "split test=0.2 by=size"],
      ["split by, in quotes", "input 2", 'split by="size" test=0.2 shuffle=true'],
      ["input", "input price, size", "target price"],
      ["input, as the end of a range", "input price..size", "target price"],
      ["input with a label, in parentheses", 'x: input("size")', "target price"],
      ["input of two", "x: input price\n  z: input size\n  concat from x, z", "target price"],
      ["neuron", "input 2\n  neuron size, price threshold=1", "target price"],
      ["neuron, after not", "input 2\n  neuron price, not size threshold=1", "target price"],
      ["neuron in a repeat", "input 2\n  repeat 2 {\n    neuron(size, not price)\n  }", "target price"],
    ];
    test.each(PLACES)("%s", (place, model, data) => {
      // The line `features` in a second data block for the same model also names the column.
      const text = `data Other {\n  source csv("h.csv")\n  features s¦ize\n}\nmodel P {\n  ${model}\n}\ndata H {\n  source csv("h.csv")\n  ${data}\n}\ntrain P on H {\n  loss mse\n}\nb: train P on Other {\n  loss mse\n}\n`;
      const plain = text.replace("¦", "");
      expect(plain.match(/\bsize\b/g)).toHaveLength(2);
      const expected = plain.replace(/"?\bsize\b"?/g, "rooms");
      expect(renamed(text, "rooms").text).toBe(expected);
      const other = plain.lastIndexOf("size");
      expect(renamed(`${plain.slice(0, other)}¦${plain.slice(other)}`, "rooms").text).toBe(expected);
      const analysis = analyse(plain, files);
      expect(references(analysis, other, true, "file:///x.nn", ranges)).toHaveLength(2);
      expect(definition(analysis, other, "file:///x.nn", ranges)?.range.start.character).toBe(plain.indexOf("size"));
      // The statistics of an ignored column are not read, so its hover is empty.
      if (place !== "ignore") expect(wordAt(analysis, other + 1)).toMatchObject({ kind: "column", column: { name: "size" } });
    });
  });

  test("of the same name in unrelated data is another column", () => {
    const two = "data A {\n  features x¦\n  target y\n  1 -> 2\n}\ndata B {\n  features x\n  target y\n  1 -> 2\n}\n";
    expect(renamed(two, "z").text.match(/features \w/g)).toEqual(["features z", "features x"]);
  });
});
