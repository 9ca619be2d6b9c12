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

describe("selected lines", () => {
  const selected = (fixture: string): string | undefined => {
    const start = fixture.indexOf("«");
    const end = fixture.indexOf("»") - 1;
    const text = fixture.replace(/[«»]/g, "");
    const found = codeActions(analyse(text), { start, end }, { uri: URI, ranges }).find(({ title }) => title.includes("as `repeat"));
    return found && edited(text, found.edit?.changes?.[URI] ?? []);
  };
  test.each([
    [
      "some of the equal lines",
      "model M {\n  input 4\n  dense 8 relu\n«  dense 8 relu\n  dense 8 relu\n»  dense 1\n}\n",
      "model M {\n  input 4\n  dense 8 relu\n  repeat 2 {\n    dense 8 relu\n  }\n  dense 1\n}\n",
    ],
    [
      "a pattern of several lines, and from inside the first line to inside the last one",
      "model M {\n  input 4\n  dense «8\n  relu\n  dense 8\n  re»lu # why\n  dense 1\n}\n",
      "model M {\n  input 4\n  repeat 2 {\n    dense 8\n    relu\n  } # why\n  dense 1\n}\n",
    ],
    ["lines that differ", "model M {\n  input 4\n«  dense 8 relu\n  dense 8 relu\n  dense 1»\n}\n", undefined],
    ["a comment between the lines", "model M {\n  input 4\n«  dense 8\n  # why\n  dense 8»\n}\n", undefined],
  ])("%s", (_name, before, after) => expect(selected(before)).toBe(after));
});

describe("a `repeat` is unrolled", () => {
  test.each([
    [
      "with its comments and blank lines",
      "model M {\n  input 4\n  rep¦eat 2 {  # twice\n    dense 8  # why\n\n    # then\n    relu\n  }  # end\n  dense 1\n}\n",
      "model M {\n  input 4\n  # twice\n  dense 8  # why\n\n  # then\n  relu\n  dense 8  # why\n\n  # then\n  relu  # end\n  dense 1\n}\n",
    ],
    [
      "with labels that are those of its copies",
      "model M {\n  input 4\n  repeat 2¦ {\n    h: dense 4 relu\n    add from h, h\n  }\n  last: relu\n  concat from h_1, last\n}\n",
      "model M {\n  input 4\n  h_1: dense 4 relu\n  add from h_1, h_1\n  h_2: dense 4 relu\n  add from h_2, h_2\n  last: relu\n  concat from h_1, last\n}\n",
    ],
    [
      "with a repeat inside it",
      "model M {\n  input 4\n  repeat¦ 2 {\n    repeat 2 {\n      h: dense 4 tanh\n    }\n    relu\n  }\n  last: relu\n  concat from h_1_2, last\n}\n",
      "model M {\n  input 4\n  repeat 2 {\n    h_1: dense 4 tanh\n  }\n  relu\n  repeat 2 {\n    h_2: dense 4 tanh\n  }\n  relu\n  last: relu\n  concat from h_1_2, last\n}\n",
    ],
    [
      "inside another one",
      "model M {\n  input 4\n  repeat 2 {\n    repeat¦ 2 {\n      relu\n    }\n    dense 4\n  }\n}\n",
      "model M {\n  input 4\n  repeat 2 {\n    relu\n    relu\n    dense 4\n  }\n}\n",
    ],
    [
      "with the file's line ends",
      "model M {\r\n  input 4\r\n  repe¦at 2 {\r\n    dense 4\r\n  }\r\n}\r\n",
      "model M {\r\n  input 4\r\n  dense 4\r\n  dense 4\r\n}\r\n",
    ],
    ["not in one line", "model M {\n  input 4\n  rep¦eat 2 { dense 4 }\n}\n", undefined],
    ["not without a count", "model M {\n  input 4\n  rep¦eat {\n    dense 4\n  }\n}\n", undefined],
    ["not into hundreds of lines", "model M {\n  input 4\n  rep¦eat 900 {\n    dense 4\n  }\n}\n", undefined],
    ["not if its `let` would be left without a use", "let n = 2\nmodel M {\n  input 4\n  rep¦eat n {\n    dense 4\n  }\n}\n", undefined],
    [
      "not if names would change",
      "model M {\n  input 4\n  repeat 2 {\n    re¦peat 2 {\n      h: dense 4\n    }\n  }\n  dense 1 from h_2_1\n}\n",
      undefined,
    ],
  ])("%s", (_name, before, after) => {
    const result = changed(before, "Write `repeat");
    expect(result).toBe(after);
    if (result !== undefined) expect(layersOf(result)).toBe(layersOf(before.replace("¦", "")));
  });
});

describe("a value is extracted", () => {
  test.each([
    [
      "with the name of its argument, above the block and its comments",
      "# A first\n# model\nmodel M {\n  input 4\n  dense 8¦ relu\n}\n",
      "let units = 8\n\n# A first\n# model\nmodel M {\n  input 4\n  dense units relu\n}\n",
    ],
    [
      "below the other `let` lines",
      "let n = 2 # two\n\nmodel M {\n  input n\n  dropout rate=0.¦5\n}\n",
      "let n = 2 # two\nlet rate = 0.5\n\nmodel M {\n  input n\n  dropout rate=rate\n}\n",
    ],
    [
      "from a call",
      "train {\n  optimizer sgd(learning_rate=¦0.1)\n}\n",
      "let learning_rate = 0.1\n\ntrain {\n  optimizer sgd(learning_rate=learning_rate)\n}\n",
    ],
    [
      "as a call",
      "train {\n  optimizer sgd(learning_rate=expo¦nential_decay(0.1, steps=10, rate=0.9))\n}\n",
      "let learning_rate = exponential_decay(0.1, steps=10, rate=0.9)\n\ntrain {\n  optimizer sgd(learning_rate=learning_rate)\n}\n",
    ],
    [
      "with another name if the directive or a keyword has it",
      "train {\n  epochs 6¦0\n}\n",
      "let epochs_value = 60\n\ntrain {\n  epochs epochs_value\n}\n",
    ],
    [
      "with another name if a label or a `let` has it",
      "let units_value = 3\nmodel M {\n  units: input 4\n  dense 8¦ from units\n}\n",
      "let units_value = 3\nlet units_2 = 8\nmodel M {\n  units: input 4\n  dense units_2 from units\n}\n",
    ],
    [
      "as a shape, with the file's line ends",
      "let n = 2\r\nmodel M {\r\n  input 4\r\n  reshape 2¦x2\r\n}\r\n",
      "let n = 2\r\nlet shape = 2x2\r\nmodel M {\r\n  input 4\r\n  reshape shape\r\n}\r\n",
    ],
    [
      "as the count of a repeat",
      "model M {\n  input 4\n  repeat 3¦ {\n    dense 4\n  }\n}\n",
      "let copies = 3\n\nmodel M {\n  input 4\n  repeat copies {\n    dense 4\n  }\n}\n",
    ],
    ["but not from a row", "data D {\n  target y\n  0 1¦ -> 1\n}\n", undefined],
    ["but not from a `let`", "let n = 2¦\n", undefined],
    ["but not a name", "model M {\n  input 4\n  dense 8 re¦lu\n}\n", undefined],
  ])("%s", (_name, before, after) => expect(changed(before, "Extract")).toBe(after));
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
  test("is replaced with the result of its arithmetic, and with the arithmetic itself in another `let`", () =>
    expect(
      changed("let n = 16\nlet half¦ = n / 2\nlet more = half + 1\nmodel M {\n  input half\n  dense more\n}\n", "Replace `half`"),
    ).toBe("let n = 16\nlet more = (n / 2) + 1\nmodel M {\n  input 8\n  dense more\n}\n"));
  test("that is not used stays", () => expect(changed("let n¦ = 8\n", "Replace")).toBeUndefined());
});

test("Fix All fixes all findings of a code", () => {
  const text = "model M {\n  input 4\n  dense 8 re¦lo\n  dense 8 rleu\n  dense 1 linaer\n}\n";
  expect(changed(text, "Fix all 3 of NN202")).toBe("model M {\n  input 4\n  dense 8 relu\n  dense 8 relu\n  dense 1 linear\n}\n");
  expect(changed("model M {\n  input 4\n  dense 8 re¦lo\n  dense 1\n}\n", "Fix all")).toBeUndefined();
});

describe("source.fixAll", () => {
  const text = "model M {\n  input 4\n  de¦nse 8 relo\n  dens 8 relu\n  dense 1 linaer\n}\n";
  const fixed = "model M {\n  input 4\n  dense 8 relu\n  dense 8 relu\n  dense 1 linear\n}\n";
  test.each([["source"], ["source.fixAll"], ["source.fixAll.nn"]])("requested as %s fixes every finding of the file", (kind) =>
    expect(changed(text, "Fix all findings", [kind])).toBe(fixed),
  );
  test("is offered only if it is requested", () => {
    expect(changed(text, "Fix all findings")).toBeUndefined();
    expect(changed(text, "Fix all findings", ["quickfix"])).toBeUndefined();
    expect(changed(fixed.replace("dense", "den¦se"), "Fix all findings", ["source.fixAll"])).toBeUndefined();
  });
  test("leaves findings that are turned off, and repairs that are guesses", () => {
    const of = (source: string, severities: Readonly<Record<string, string>>): string[] =>
      codeActions(analyse(source), { start: 0, end: 0 }, { uri: URI, ranges, severities }, ["source.fixAll"]).map((action) =>
        edited(source, action.edit?.changes?.[URI] ?? []),
      );
    expect(of(text.replace("¦", ""), { NN201: "off" })).toEqual([fixed.replace("dense 8 relu\n  dense 1", "dens 8 relu\n  dense 1")]);
    expect(of("data D {\n  source moons\n  split 0.8 0.2\n}\n", {})).toEqual([]);
  });
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
  /** The tokens that a TextMate grammar also has. */
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
