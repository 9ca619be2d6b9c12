/** The tree and the cursor's place agree on where a block starts, even after a block without its closing brace. */
import { describe, expect, test } from "vitest";
import { analyse } from "../analysis.ts";
import { placeAt } from "./cursorPlace.ts";

const OPEN = "model Open {\n  input 2\n";
const kindsOf = (text: string): string[] => analyse(text).tree.blocks.map(({ kind }) => kind);
const placeIn = (text: string): unknown[] => {
  const { block, blockName } = placeAt(analyse(text), text.length);
  return [block, blockName];
};

describe("a line that begins a block", () => {
  test.each([
    ["model M {", "model", "M"],
    ["data D {", "data", "D"],
    ["train M on D {", "train", "M"],
    ["train {", "train", undefined],
    ["fast: train M on D {", "train", "M"],
    ["fast: train {", "train", undefined],
    ["expect M {", "expect", "M"],
  ])("%s", (head, kind, name) => {
    expect(kindsOf(`${OPEN}${head}\n  `)).toEqual(["model", kind]);
    expect(placeIn(`${OPEN}${head}\n  `)).toEqual([kind, name]);
  });

  test("let x = 3", () => {
    expect(kindsOf(`${OPEN}let x = 3\n`)).toEqual(["model", "let"]);
    expect(placeIn(`${OPEN}let x = 3\n`)).toEqual([undefined, undefined]);
  });

  test.each(["train M on ", "train ", "fast: train M ", "expect M "])("unfinished: %s", (head) =>
    expect(placeIn(`${OPEN}${head}`)).toEqual([undefined, undefined]),
  );
});

describe("a line that begins no block", () => {
  test.each(["data: dense 3", "model: dense 3", "on: dense 3", "x: data", "dense 3"])("%s", (line) => {
    expect(kindsOf(`${OPEN}  ${line}\n  `)).toEqual(["model"]);
    expect(placeIn(`${OPEN}  ${line}\n  `)).toEqual(["model", "Open"]);
  });
});
