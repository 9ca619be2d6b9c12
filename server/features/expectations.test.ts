/** The list of a document's expectations, and everything needed to test them. */
import { expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { analyse } from "../language/analysis.ts";
import type { ExpectBlocks, TestChoices } from "../protocol.ts";
import { expectBlocks, testChoices } from "./expectations.ts";
import { rangesIn } from "./ranges.ts";

const documentOf = (text: string): TextDocument => TextDocument.create("file:///a.nn", "nn", 1, text);
const blocksIn = (text: string): ExpectBlocks => expectBlocks(analyse(text), rangesIn(documentOf(text)));
const choicesIn = (text: string): TestChoices => {
  const document = documentOf(text);
  return testChoices(analyse(text), rangesIn(document), (offset) => document.positionAt(offset).line);
};

const MODEL = "model M {\n  input a, b\n  dense 1 sigmoid\n}\n";
const DATA = "data D {\n  features a, b\n  target y\n  0 0 -> 0\n  1 1 -> 1\n}\n";
const TRAIN = "train M on D {\n  loss binary_crossentropy\n}\n";

test("each block has its model and data, and each complete line its text and range", () => {
  const { blocks, isDamaged } = blocksIn(
    `${MODEL}${DATA}expect M on D {\n  accuracy  >=  1\n  tolerance 0.1\n  0   1 -> 1\n}\nexpect M {\n}\n`,
  );
  expect(isDamaged).toBe(false);
  expect(blocks.map(({ label, tests }) => [label, tests.map(({ kind, text, range }) => `${range.start.line} ${kind} ${text}`)])).toEqual([
    ["M on D", ["11 claim accuracy >= 1", "13 row 0 1 -> 1"]],
    ["M", []],
  ]);
});

test("an unfinished line is not listed, and the list says that lines may be missing", () => {
  const { blocks, isDamaged } = blocksIn(`${MODEL}expect M {\n  0 0 -> 0\n  0 1 ->\n  accuracy >=\n}\n`);
  expect(isDamaged).toBe(true);
  expect(blocks[0]?.tests.map(({ text }) => text)).toEqual(["0 0 -> 0"]);
});

test("a block is tested on the training of its model and data, else on the model with the weights of the file", () => {
  const other = "model N {\n  input a\n  tlu 1 kernel=[[1]] bias=[0]\n}\n";
  const choices = choicesIn(`${MODEL}${other}${DATA}${TRAIN}expect M on D {\n  0 0 -> 0\n}\nexpect N {\n  1 -> 1\n}\n`);
  expect(choices.blocks.map(({ subject, problem }) => [subject?.kind, problem])).toEqual([
    ["training", null],
    ["untrained", null],
  ]);
  expect(choices.blocks[0]?.plan.tests).toEqual([{ kind: "row", features: [0, 0], targets: [0] }]);
  expect(choices.trainings.map(({ run, planned }) => [run, planned?.plan.training.run])).toEqual([["M", "M"]]);
});

test("a block that can't be tested says why: its own error, or that of its training", () => {
  const own = choicesIn(`${MODEL}expect M {\n  0 -> 0\n}\n`);
  expect(own.blocks[0]).toMatchObject({ subject: null, problem: { line: 5, message: expect.stringMatching(/^NN\d+: /) } });
  const trained = choicesIn(`${MODEL}${DATA}train M on D {\n  loss hinges\n}\nexpect M on D {\n  0 0 -> 0\n}\n`);
  expect(trained.blocks[0]).toMatchObject({ subject: null, problem: { line: 11, message: expect.stringContaining("hinges") } });
});
