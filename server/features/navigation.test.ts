/** Names, folding, selection, hints, links and signatures, each tested on a text with a cursor. */
import { describe, expect, test } from "vitest";
import { cursorIn } from "../../test/fixtures.ts";
import { analyse } from "../language/analysis.ts";
import { documentLinks } from "./documentLinks.ts";
import { folding } from "./folding.ts";
import { inlayHints } from "./inlayHints.ts";
import { linkedEditing } from "./linkedEditing.ts";
import type { Ranges } from "./ranges.ts";
import { definition, highlights, references } from "./references.ts";
import { rename, renameRange } from "./rename.ts";
import { selectionRange } from "./selectionRanges.ts";
import { signatureHelp } from "./signatureHelp.ts";

/** Converts offsets to characters of a single line, so that a range slices the text. */
const ranges: Ranges = { of: ({ start, end }) => ({ start: { line: 0, character: start }, end: { line: 0, character: end } }) };
const URI = "file:///x.nn";

/** Returns the text with each reference to the name under the cursor in ‹ › and its declaration in « ». */
function marked(fixture: string): string {
  const { text, offset } = cursorIn(fixture);
  const analysis = analyse(text);
  const places = highlights(analysis, offset, ranges);
  expect(references(analysis, offset, true, URI, ranges).map(({ range }) => range)).toEqual(places.map(({ range }) => range));
  return places
    .toSorted((a, b) => b.range.start.character - a.range.start.character)
    .reduce((shown, { range, kind }) => {
      const [open, close] = kind === 3 ? "«»" : "‹›";
      return `${shown.slice(0, range.start.character)}${open}${shown.slice(range.start.character, range.end.character)}${close}${shown.slice(range.end.character)}`;
    }, text);
}

function renamed(fixture: string, name: string): string {
  const { text, offset } = cursorIn(fixture);
  const found = rename(analyse(text), offset, name, ranges);
  if ("problem" in found) return found.problem;
  return found.edits
    .toSorted((a, b) => b.range.start.character - a.range.start.character)
    .reduce((shown, { range, newText }) => shown.slice(0, range.start.character) + newText + shown.slice(range.end.character), text);
}

const WIDE = `model M {
  x: input a, b
  hid¦den: dense 3 relu
  price: dense 1
  aux: dense 1 from hidden
  output price, aux
}
data D {
  source line
}
train M on D {
  loss price=mse aux=mae
  loss_weights price=0.9 aux=0.1
  metrics mae
  stop early_stopping(monitor=val_price_mae)
}
expect M on D {
  price_mae < 1
}
`;

describe("names", () => {
  test("a label, from its declaration", () => {
    expect(marked(WIDE)).toContain("«hidden»: dense 3 relu");
    expect(marked(WIDE)).toContain("from ‹hidden›");
  });
  test("an output's label, in train and expect blocks", () => {
    const shown = marked(WIDE.replace("hid¦den", "hidden").replace("output price", "output pri¦ce"));
    for (const place of [
      "«price»: dense 1",
      "output ‹price›",
      "loss ‹price›=mse",
      "loss_weights ‹price›=0.9",
      "monitor=val_‹price›_mae",
      "‹price›_mae < 1",
    ])
      expect(shown).toContain(place);
  });
  test("rename changes all occurrences and nothing else", () => {
    const text = WIDE.replace("hid¦den", "hidden").replace("price: dense", "pri¦ce: dense");
    expect(renamed(text, "value")).toBe(text.replace("¦", "").replaceAll("price", "value"));
  });
  test("models, data and runs", () => {
    const text =
      "model ¦M {\n  input 2\n  dense 1\n}\ndata D {\n  0 1 -> 1\n}\nfast: train M on D {\n  loss mse\n}\nexpect M on D {\n  0 1 -> 1\n}\n";
    expect(marked(text)).toContain("fast: train ‹M› on D");
    expect(marked(text.replace("¦", "").replace("on D", "on ¦D"))).toContain("data «D» {");
    expect(marked(text.replace("¦", "").replace("fast", "fa¦st"))).toContain("«fast»: train M");
  });
  test("let names, wherever a value is allowed, including another let", () => {
    const text = "let n = 3\nlet rate = 0.1\nlet both = n\nmodel M {\n  input ¦n\n  repeat n {\n    dense n relu\n  }\n  dense 1\n}\n";
    expect(marked(text)).toBe(
      "let «n» = 3\nlet rate = 0.1\nlet both = ‹n›\nmodel M {\n  input ‹n›\n  repeat ‹n› {\n    dense ‹n› relu\n  }\n  dense 1\n}\n",
    );
  });
  test("equal labels in two models are different names", () => {
    const text =
      "model A {\n  input 2\n  ¦h: dense 2 relu\n  dense 1 from h\n}\nmodel B {\n  input 2\n  h: dense 2 relu\n  dense 1 from h\n}\n";
    expect(marked(text).split("model B")[1]).not.toMatch(/[«‹]/);
  });
  test("a label in a repeat, referenced by its name inside and by a copy's name outside", () => {
    const text = "model M {\n  input 2\n  repeat 2 {\n    h: dense 2 relu\n    add from h, ¦h\n  }\n  dense 1 from h_2\n}\n";
    expect(marked(text)).toContain("from ‹h›_2");
    expect(renamed(text, "block")).toContain("dense 1 from block_2");
  });
  test("a neuron's inputs", () => {
    expect(marked("model M {\n  input a, b\n  ¦both: neuron a, b threshold=2\n  neuron not both, a threshold=1\n}\n")).toContain(
      "neuron not ‹both›, a",
    );
  });
  test("references without the declaration", () => {
    const { text, offset } = cursorIn("model M {\n  input 2\n  ¦h: dense 2 relu\n  dense 1 from h\n}\n");
    const places = (withDeclaration: boolean): number[] =>
      references(analyse(text), offset, withDeclaration, URI, ranges).map(({ range }) => range.start.character);
    expect(places(true)).toEqual([text.indexOf("h: dense"), text.lastIndexOf("h")]);
    expect(places(false)).toEqual([text.lastIndexOf("h")]);
  });
  test("a name can be renamed to itself", () => {
    const text = "model M {\n  input 2\n  ¦h: dense 2 relu\n  dense 1 from h\n}\n";
    expect(renamed(text, "h")).toBe(text.replace("¦", ""));
  });
  test("a name that occurs once has no linked editing", () => {
    const edited = (fixture: string): number | undefined => {
      const { text, offset } = cursorIn(fixture);
      return linkedEditing(analyse(text), offset, ranges)?.ranges.length;
    };
    expect(edited("model M {\n  input 2\n  ¦h: dense 2 relu\n  dense 1 from h\n}\n")).toBe(2);
    expect(edited("model M {\n  input 2\n  ¦h: dense 2 relu\n  dense 1\n}\n")).toBeUndefined();
  });
  test("definition, and renames that are refused", () => {
    const { text, offset } = cursorIn("model M {\n  input 2\n  h: dense 2 relu\n  dense 1 from ¦h\n}\n");
    expect(definition(analyse(text), offset, URI, ranges)?.range.start.character).toBe(text.indexOf("h: dense"));
    expect(renameRange(analyse(text), text.indexOf("relu"), ranges)).toBeNull();
    expect(renameRange(analyse(text), offset, ranges)?.placeholder).toBe("h");
    expect(renamed("model M {\n  input 2\n  ¦h: dense 2 relu\n  k: dense 1\n}\n", "k")).toBe("There is already a layer named `k`.");
    expect(renamed("model ¦M {\n  input 2\n}\n", "2x")).toMatch(/^`2x` is not a name/);
  });
});

describe("folding", () => {
  const folded = (text: string): string[] =>
    folding(analyse(text), (offset) => text.slice(0, offset).split("\n").length - 1).map(
      ({ startLine, endLine, kind }) => `${startLine}-${endLine}${kind ? ` ${kind}` : ""}`,
    );
  test("blocks and repeats fold, and their closing brace stays visible", () =>
    expect(folded("model M {\n  input 2\n  repeat 2 {\n    dense 2\n  }\n}\n")).toEqual(["0-4", "2-3"]));
  test("tables of five or more rows fold, and lists over several lines", () => {
    expect(folded(`data D {\n  target y\n${"  0 -> 1\n".repeat(5)}  scale none\n}\n`)).toEqual(["0-7", "2-6"]);
    expect(folded("model M {\n  dense 2 kernel=[[1, 2],\n    [3, 4]]\n}\n")).toEqual(["0-2", "1-2"]);
  });
  test("a table of four rows does not fold", () => expect(folded(`data D {\n  target y\n${"  0 -> 1\n".repeat(4)}}\n`)).toEqual(["0-5"]));
  test("consecutive comment lines fold", () =>
    expect(folded("# one\n# two\n\n# three\nlet a = 1 # four\n# five\n")).toEqual(["0-1 comment"]));
});

test("hints show shapes, parameters, totals and copies", () => {
  const text = "model M {\n  input 4\n  repeat 2 {\n    dense 4 relu\n  }\n  dense 3 softmax\n}\n";
  const shown = (settings = { shapes: true, totals: true }): string[] =>
    inlayHints(analyse(text), { start: 0, end: text.length }, ranges, settings).map(
      ({ position, label }) => `${position.character} ${label}`,
    );
  // 2 · (16 + 4) + 12 + 3
  expect(shown()).toEqual([
    `${text.indexOf("{") + 1} 55 parameters`,
    `${text.indexOf("input 4") + 7} → 4`,
    `${text.indexOf("relu") + 4} → 4 · 20 × 2`,
    `${text.indexOf("softmax") + 7} → 3 · 15`,
  ]);
  expect(shown({ shapes: false, totals: true })).toHaveLength(1);
  expect(shown({ shapes: true, totals: false })).toHaveLength(3);
});

test("after an error, hints are shown where shapes are known", () => {
  const text = "model M {\n  input 28x28\n  dense 10 relu\n  dense 3 softmax\n}\n";
  const labels = inlayHints(analyse(text), { start: 0, end: text.length }, ranges, { shapes: true, totals: true }).map(
    ({ label }) => label,
  );
  expect(labels).toEqual(["→ 28x28", "→ 10", "→ 3 · 33"]);
});

test("the selection grows: word, argument, line, block, file", () => {
  const { text, offset } = cursorIn("model M {\n  input 2\n  h: dense 2 init=he_n¦ormal\n}\n");
  const grown: string[] = [];
  for (let one: ReturnType<typeof selectionRange> | undefined = selectionRange(analyse(text), offset, ranges); one; one = one.parent)
    grown.push(text.slice(one.range.start.character, one.range.end.character));
  expect(grown).toEqual(["he_normal", "init=he_normal", "h: dense 2 init=he_normal", text.trimEnd(), text]);
});

test("data files are links if the file may read them", () => {
  const text =
    'data D {\n  source csv("a.csv", delimiter=";", decimal=",", comment="#")\n}\ndata E {\n  source idx("i.gz", "../l.gz")\n}\n';
  const links = documentLinks(analyse(text), ranges, (path) => (path.startsWith("..") ? undefined : `file:///${path}`));
  expect(links.map(({ range, target }) => `${text.slice(range.start.character, range.end.character)} ${target}`)).toEqual([
    "a.csv file:///a.csv",
    "i.gz file:///i.gz",
  ]);
});

describe("signatures", () => {
  const shown = (fixture: string): string => {
    const { text, offset } = cursorIn(fixture);
    const help = signatureHelp(analyse(text), offset);
    const [signature] = help?.signatures ?? [];
    const active = signature?.parameters?.[help?.activeParameter ?? 0];
    const [from, to] = Array.isArray(active?.label) ? active.label : [0, 0];
    return signature ? `${signature.label} @ ${signature.label.slice(from, to)}` : "";
  };
  test("a layer's line", () => {
    expect(shown("model M {\n  dropout ¦\n}")).toBe("dropout rate @ rate");
    expect(shown("model M {\n  dense 3 ¦\n}")).toMatch(/^dense units activation=linear init bias .* @ activation=linear$/);
    expect(shown("model M {\n  h: dense 3 relu l2=¦\n}")).toMatch(/@ l2=0$/);
  });
  test("a layer's line with too many values, and with a named one", () => {
    expect(shown("model M {\n  dropout 0.1 0.2 ¦\n}")).toBe("dropout rate @ rate");
    expect(shown("model M {\n  dense units=3 ¦\n}")).toMatch(/@ activation=linear$/);
  });
  test("a call, with arguments by position and by name", () => {
    expect(shown("train {\n  optimizer adam(¦)\n}")).toMatch(/^adam\(learning_rate=0\.001, beta_1=0\.9, .*\) @ learning_rate=0\.001$/);
    expect(shown("train {\n  optimizer sgd(0.1, ¦\n}")).toMatch(/@ momentum=0$/);
    expect(shown("train {\n  optimizer sgd(nesterov=¦true)\n}")).toMatch(/@ nesterov=false$/);
    expect(shown("data D {\n  source moons(samples=10, ¦)\n}")).toMatch(/^moons\(samples=200, noise=0\.1, seed=42\)/);
  });
  test("are not shown elsewhere", () => {
    expect(shown("model M {\n  flatten ¦\n}")).toBe("");
    expect(shown("train {\n  # adam(¦\n}")).toBe("");
    expect(shown("¦")).toBe("");
  });
});
