/** Refactorings, Fix All, partial formatting and semantic tokens, each tested on a text with a cursor. */
import { describe, expect, test } from "vitest";
import { cursorIn } from "../../test/fixtures.ts";
import { analyse } from "../language/analysis.ts";
import { keywordTexts } from "../language/syntax/tokens.ts";
import { codeActions } from "./codeActions.ts";
import { formatting, formattingOnType } from "./formatting.ts";
import { linkedEditing } from "./linkedEditing.ts";
import type { Ranges } from "./ranges.ts";
import { encoded, semanticTokens } from "./semanticTokens.ts";
import { workspaceSymbols } from "./workspaceSymbols.ts";

const ranges: Ranges = { of: ({ start, end }) => ({ start: { line: 0, character: start }, end: { line: 0, character: end } }) };
const URI = "file:///x.nn";

interface Edit {
  readonly range: { readonly start: { readonly character: number }; readonly end: { readonly character: number } };
  readonly newText: string;
}
const edited = (text: string, edits: readonly Edit[]): string =>
  [...edits]
    .sort((a, b) => b.range.start.character - a.range.start.character)
    .reduce((shown, { range, newText }) => shown.slice(0, range.start.character) + newText + shown.slice(range.end.character), text);

/** Returns the text after the action whose title contains `title`; undefined if there is none. */
function changed(fixture: string, title: string, only?: readonly string[]): string | undefined {
  const { text, offset } = cursorIn(fixture);
  const found = codeActions(analyse(text), { start: offset, end: offset }, { uri: URI, ranges }, only).find((one) =>
    one.title.includes(title),
  );
  return found && edited(text, found.edit?.changes?.[URI] ?? []);
}

const layersOf = (text: string): string =>
  JSON.stringify(analyse(text).models.map(({ layers }) => layers.map(({ id, kind, output }) => [id, kind, output])));

describe("repeated lines", () => {
  test("become a repeat with the same layers", () => {
    const before = "model M {\n  input 4\n  dense 8 relu\n  den¦se 8  relu\n  dense 8 relu\n  dense 1\n}\n";
    const result = changed(before, "repeat 3");
    expect(result).toBe("model M {\n  input 4\n  repeat 3 {\n    dense 8 relu\n  }\n  dense 1\n}\n");
    expect(layersOf(result ?? "")).toBe(layersOf(before.replace("¦", "")));
  });
  test("become a repeat of several lines, with the file's line ends", () => {
    const before = "model M {\r\n  input 4\r\n  dense 8\r\n  re¦lu\r\n  dense 8\r\n  relu\r\n  dense 1\r\n}\r\n";
    expect(changed(before, "repeat 2")).toBe(
      "model M {\r\n  input 4\r\n  repeat 2 {\r\n    dense 8\r\n    relu\r\n  }\r\n  dense 1\r\n}\r\n",
    );
  });
  test("don't change if a label, a comment or an input would be lost", () => {
    for (const middle of [
      "h: dense 8 relu\n  den¦se 8 relu",
      "dense 8 relu # why\n  den¦se 8 relu",
      "den¦se 8 relu\n  dense 8 relu from x",
    ])
      expect(changed(`model M {\n  x: input 4\n  ${middle}\n  dense 1\n}\n`, "repeat"), middle).toBeUndefined();
  });
  test("become a repeat inside a repeat", () => {
    expect(changed("model M {\n  input 4\n  repeat 2 {\n    relu\n    re¦lu\n    dense 3\n  }\n}\n", "repeat 2")).toContain(
      "  repeat 2 {\n    repeat 2 {\n      relu\n    }\n    dense 3\n  }",
    );
  });
});

describe("a name for a layer", () => {
  test("depends on the layer's role", () => {
    expect(changed("model M {\n  input 4\n  den¦se 8 relu\n  dense 1\n}", "Name this layer")).toContain("  hidden: dense 8 relu\n");
    expect(changed("model M {\n  input 4\n  hidden: dense 8 relu\n  dense 8¦ relu\n  dense 1\n}", "Name")).toContain(
      "  hidden_2: dense 8 relu\n",
    );
    expect(changed("model M {\n  input 4\n  dense 8 relu\n  dense¦ 1\n}", "Name")).toContain("  out: dense 1\n");
  });
  test("is not offered if it has one, or if a generated name is in use", () => {
    expect(changed("model M {\n  input 4\n  h: den¦se 8 relu\n  dense 1\n}", "Name")).toBeUndefined();
    expect(changed("model M {\n  input 4\n  den¦se 8 relu\n  dense 4\n  concat from dense_1, dense_2\n}", "Name")).toBeUndefined();
  });
});

describe("a `let`", () => {
  test("is replaced with its value", () => {
    expect(changed("let n¦ = 8\nlet rate = 0.1\nmodel M {\n  input 4\n  dense n relu\n  dense n\n}\n", "Replace `n`")).toBe(
      "let rate = 0.1\nmodel M {\n  input 4\n  dense 8 relu\n  dense 8\n}\n",
    );
  });
  test("leaves its comment in place", () =>
    expect(changed("let n¦ = 8 # units\nmodel M {\n  input 4\n  dense n\n}\n", "Replace `n`")).toBe(
      " # units\nmodel M {\n  input 4\n  dense 8\n}\n",
    ));
  test("is removed at the end of the file", () =>
    expect(changed("model M {\n  input 4\n  dense n\n}\nlet n¦ = 8", "Replace `n`")).toBe("model M {\n  input 4\n  dense 8\n}\n"));
  test("that is not used stays", () => expect(changed("let n¦ = 8\n", "Replace")).toBeUndefined());
});

test("Fix All fixes all findings of a code", () => {
  const text = "model M {\n  input 4\n  dense 8 re¦lo\n  dense 8 rleu\n  dense 1 linaer\n}\n";
  expect(changed(text, "Fix all 3 of NN202")).toBe("model M {\n  input 4\n  dense 8 relu\n  dense 8 relu\n  dense 1 linear\n}\n");
  expect(changed("model M {\n  input 4\n  dense 8 re¦lo\n  dense 1\n}\n", "Fix all")).toBeUndefined();
});

test("the first fix of a finding is preferred, the others are not", () => {
  const { text, offset } = cursorIn(
    "model M {\n  input 2\n  t¦lu 1\n}\ndata D {\n  0 0 -> 0\n  1 1 -> 1\n}\ntrain M on D {\n  loss mse\n}\n",
  );
  const actions = codeActions(analyse(text), { start: offset, end: offset }, { uri: URI, ranges }, ["quickfix"]);
  expect(actions.map(({ title, isPreferred }) => [title, isPreferred])).toEqual([
    ["Change to `dense 1 sigmoid`", true],
    ["Change to `optimizer perceptron(learning_rate=1)`", false],
  ]);
});

test("only the kinds that the editor requests are returned", () => {
  const text = "model M {\n  input 4\n  den¦s 8 relu\n  dense 1\n}\n";
  expect(changed(text, "Change to", ["quickfix"])).toContain("dense 8 relu");
  expect(changed(text, "Change to", ["refactor"])).toBeUndefined();
  expect(changed("model M {\n  input 4\n  den¦se 8 relu\n  dense 1\n}\n", "Name", ["refactor"])).toContain("hidden:");
});

describe("formatting", () => {
  const untidy = "model M {\ninput   4\n dense 8    relu\n  dense 1\n}\nmodel N {\ninput 4\n}\n";
  test("consists of small edits that add up to the formatted text", () => {
    const edits = formatting(untidy, ranges);
    expect(edits.length).toBeGreaterThan(2);
    expect(edited(untidy, edits)).toBe("model M {\n  input 4\n  dense 8 relu\n  dense 1\n}\n\nmodel N {\n  input 4\n}\n");
  });
  test("of a selection changes no other line", () => {
    const start = untidy.indexOf(" dense 8");
    expect(edited(untidy, formatting(untidy, ranges, { start, end: start + 3 }))).toBe(
      untidy.replace(" dense 8    relu", "  dense 8 relu"),
    );
  });
  test("after a closing brace changes its block", () => {
    const end = untidy.indexOf("}") + 1;
    expect(edited(untidy, formattingOnType(untidy, end, "}", ranges))).toBe(
      untidy.replace("input   4\n dense 8    relu", "  input 4\n  dense 8 relu"),
    );
  });
  test("after a line break changes the line before it", () => {
    const text = "model M {\n  input 4\n  dense  8   relu\n  \n}\n";
    const at = text.indexOf("  \n}") + 2;
    expect(edited(text, formattingOnType(text, at, "\n", ranges))).toBe("model M {\n  input 4\n  dense 8 relu\n  \n}\n");
  });
});

test("all occurrences of a name change together", () => {
  const { text, offset } = cursorIn("model M {\n  hid¦den: input 4\n  dense 1 from hidden\n}\n");
  expect(linkedEditing(analyse(text), offset, ranges)?.ranges.map(({ start }) => start.character)).toEqual([12, 43]);
  expect(linkedEditing(analyse(text), text.indexOf("dense"), ranges)).toBeNull();
});

test("workspace symbols match a query's letters in order", () => {
  const analysis = analyse(
    "model Iris {\n  wide: input 4\n  dense 1\n}\ndata Flowers {\n  source xor\n}\nslow: train Iris on Flowers {\n}\n",
  );
  const found = (query: string): string[] =>
    workspaceSymbols(analysis, query, URI, ranges).map(({ name, containerName }) => `${containerName ?? ""}/${name}`);
  expect(found("")).toEqual(["/Iris", "/Flowers", "/slow", "Iris/wide"]);
  expect(found("FLW")).toEqual(["/Flowers"]);
  expect(found("wd")).toEqual(["Iris/wide"]);
  expect(found("zz")).toEqual([]);
});

describe("semantic tokens", () => {
  const text =
    "let n = 8\nmodel M {\n  x: input a, b\n  h: dense n relu\n  dense 1 sigmoid from h\n}\ndata D {\n  features a, b\n  target y\n  0 0 -> 0\n  1 1 -> 1\n}\ntrain M on D {\n  loss mse\n  optimizer adam(learning_rate=0.1)\n}\n";
  const tokens = semanticTokens(analyse(text));
  /** The tokens that a grammar has as well. */
  const isPlain = (type: string): boolean => ["comment", "string", "number"].includes(type);
  const own = tokens.filter(({ span, type }) => !isPlain(type) && !keywordTexts.has(text.slice(span.start, span.end)));
  const shown = own.map(({ span, type, modifiers }) => [text.slice(span.start, span.end), type, ...modifiers].join(" "));
  test("distinguish words that look alike", () => {
    expect(shown).toEqual([
      "n variable declaration readonly",
      "M class declaration",
      "x variable declaration",
      "input function",
      "a property",
      "b property",
      "h variable declaration",
      "dense function",
      "n variable readonly",
      "relu enumMember",
      "dense function",
      "sigmoid enumMember",
      "h variable",
      "D struct declaration",
      "features keyword",
      "a property",
      "b property",
      "target keyword",
      "y property",
      "M class",
      "D struct",
      "loss keyword",
      "mse enumMember",
      "optimizer keyword",
      "adam function",
      "learning_rate parameter",
    ]);
  });
  test("are encoded relative to the token before", () => {
    const at = (offset: number): { line: number; character: number } => {
      const lines = text.slice(0, offset).split("\n");
      return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
    };
    // let n, model M, x:
    expect(encoded(own.slice(0, 3), at)).toEqual([0, 4, 1, 3, 3, 1, 6, 1, 0, 1, 1, 2, 1, 3, 1]);
    // x: input a, b, all on one line.
    expect(encoded(own.slice(2, 6), at).filter((_, i) => i % 5 < 3)).toEqual([2, 2, 1, 0, 3, 5, 0, 6, 1, 0, 3, 1]);
  });
  test("of a range are those of the whole text in it", () => {
    const within = { start: text.indexOf("data D"), end: text.indexOf("train") };
    expect(semanticTokens(analyse(text), within)).toEqual(
      tokens.filter(({ span }) => span.start >= within.start && span.start <= within.end),
    );
  });
});
