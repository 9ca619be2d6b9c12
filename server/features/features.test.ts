/** Editor features, each tested on a text with a cursor. */
import { describe, expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { cursorIn } from "../../test/fixtures.ts";
import { analyse } from "../language/analysis.ts";
import { csvFacts, type DataFiles } from "../language/resolve/dataFacts.ts";
import { codeActions } from "./codeActions.ts";
import { codeLens } from "./codeLens.ts";
import { completion } from "./completion.ts";
import { diagnostics } from "./diagnostics.ts";
import { documentSymbols } from "./documentSymbols.ts";
import { formatting } from "./formatting.ts";
import { hover } from "./hover.ts";
import { type Ranges, rangesIn } from "./ranges.ts";
import { trainings } from "./trainings.ts";

const IRIS = csvFacts(new TextEncoder().encode("length,petal width,species\n5,3,setosa\n7,2,virginica\n"), CSV_FORMAT, "iris.csv");
const files: DataFiles = { csv: () => IRIS, idx: () => undefined };
const DATA = 'data D {\n  source csv("iris.csv")\n  target species\n}\n';
const ranges: Ranges = { of: ({ start, end }) => ({ start: { line: 0, character: start }, end: { line: 0, character: end } }) };

function complete(marked: string, { offers = [], hides = [] }: { offers?: string[]; hides?: string[] }): string[] {
  const { text, offset } = cursorIn(marked);
  const labels = completion(analyse(text, files), offset, { files: ["iris.csv", "data/more.csv"] }).map(({ item }) => item.label);
  expect(labels).toEqual(expect.arrayContaining(offers));
  for (const label of hides) expect(labels).not.toContain(label);
  return labels;
}

describe("completion", () => {
  test("at the beginning of the file: blocks", () => void complete("¦", { offers: ["model", "data", "train", "let"], hides: ["dense"] }));
  test("a line of a model: layers", () =>
    void complete("model M {\n  input 4\n  ¦\n}", { offers: ["dense", "dropout", "relu", "repeat"], hides: ["loss", "model"] }));
  test("after a label: layers", () => void complete("model M {\n  input 4\n  h: de¦\n}", { offers: ["dense"], hides: ["loss"] }));
  test("where the units belong: nothing", () => expect(complete("model M {\n  input 4\n  dense ¦\n}", {})).toEqual([]));
  test("after the units: activations and options only", () =>
    void complete("model M {\n  input 4\n  dense 3 ¦\n}", {
      offers: ["relu", "tanh", "init=", "from"],
      hides: ["dense", "train", "units="],
    }));
  test("after the activation: options only", () =>
    void complete("model M {\n  input 4\n  dense 3 relu ¦\n}", { offers: ["init=", "l2="], hides: ["relu", "tanh"] }));
  test("after init=: initializers", () =>
    void complete("model M {\n  input 4\n  dense 3 relu init=¦\n}", { offers: ["he_normal"], hides: ["relu"] }));
  test("after from: labels above that are not named yet", () =>
    void complete("model M {\n  i: input 4\n  a: dense 3\n  concat from a, ¦\n  later: dense 2\n}", {
      offers: ["i"],
      hides: ["a", "later", "dense"],
    }));
  test("after input: the columns that are not targets", () =>
    void complete(`${DATA}model M {\n  input ¦\n}\ntrain M on D {\n  loss mse\n}`, {
      offers: ["length", '"petal width"'],
      hides: ["species"],
    }));
  test("after target: columns", () =>
    void complete('data D {\n  source csv("iris.csv")\n  target ¦\n}', { offers: ["species", "length"] }));
  test("after test and validation: sources, and the files in a path", () => {
    complete("data D {\n  test ¦\n}", { offers: ["csv", "idx", "moons"] });
    complete('data D {\n  validation csv("¦")\n}', { offers: ["iris.csv"] });
  });
  test("after missing: words first, then the list of values", () => {
    expect(complete("data D {\n  missing ¦\n}", {})).toEqual(["error", "drop", "mean", "values="]);
    expect(complete("data D {\n  missing mean ¦\n}", {})).toEqual(["values="]);
  });
  test("after split: shares and options; after by=: columns", () => {
    const data = 'data D {\n  source csv("iris.csv")\n  target species\n  split ';
    complete(`${data}validation=0.2 ¦\n}`, { offers: ["test=", "shuffle=", "by="], hides: ["validation="] });
    complete(`${data}test=0.2 by=¦\n}`, { offers: ["length", '"petal width"'], hides: ["test="] });
    complete(`${data}shuffle=¦\n}`, { offers: ["true", "false"], hides: ["0.2"] });
  });
  test("after target: the features, for an autoencoder, only as the first word", () => {
    complete('data D {\n  source csv("iris.csv")\n  target ¦\n}', { offers: ["features"] });
    complete('data D {\n  source csv("iris.csv")\n  target species, ¦\n}', { hides: ["features"] });
  });
  test("after one_hot: text columns, then those of few whole numbers", () =>
    expect(complete('data D {\n  source csv("iris.csv")\n  one_hot ¦\n}', {})).toEqual(["species", "length", '"petal width"']));
  test("items keep their order when an editor sorts them", () => {
    const { text, offset } = cursorIn("model M {\n  input 4\n  ¦\n}");
    const offers = completion(analyse(text), offset).map(({ item }) => item);
    expect(offers.length).toBeGreaterThan(10);
    expect(offers.toSorted((a, b) => ((a.sortText ?? a.label) < (b.sortText ?? b.label) ? -1 : 1))).toEqual(offers);
  });
  test("after start: its word, and inside its quotes files of weights", () => {
    void complete("train M on D {\n  start ¦\n}", { offers: ["weights"] });
    const text = 'train M on D {\n  start weights("¦")\n}';
    const offset = text.indexOf("¦");
    const labels = completion(analyse(text.replace("¦", "")), offset, { files: ["a.csv", "run/", "w.safetensors"] }).map(
      ({ item }) => item.label,
    );
    expect(labels).toEqual(["run/", "w.safetensors"]);
  });
  test("after class_weight: its word and the classes", () => {
    complete("model M {\n  input a\n  dense 1 sigmoid\n}\ndata D {\n  class_weight ¦\n  1 -> no\n  2 -> yes\n}", {
      offers: ["balanced", "no=", "yes="],
    });
    complete('data D {\n  class_weight ¦\n  1 -> "<=50K"\n  2 -> ">50K"\n}', { offers: ['"<=50K"=', '">50K"='] });
    complete("data D {\n  class_weight ¦\n  1 -> 0\n  2 -> 1\n}", { offers: ["0=", "1="] });
  });
  test("inside a path: files", () => expect(complete('data D {\n  source csv("¦")\n}', {})).toEqual(["iris.csv", "data/more.csv"]));
  test("inside a path that is not closed: files", () =>
    expect(complete('data D {\n  source csv("ir¦\n}', {})).toEqual(["iris.csv", "data/more.csv"]));
  test("after loss: losses, those that fit the output first", () => {
    const labels = complete("model M {\n  input 4\n  dense 3 softmax\n}\ntrain M on D {\n  loss ¦\n}", {});
    expect(labels.slice(0, 2).sort()).toEqual(["categorical_crossentropy", "sparse_categorical_crossentropy"]);
  });
  test("inside an optimizer: the arguments that are not written yet", () =>
    void complete("train M on D {\n  optimizer adam(beta_1=0.8, ¦)\n}", {
      offers: ["learning_rate=", "epsilon="],
      hides: ["beta_1=", "momentum=", "sgd"],
    }));
  test("after learning_rate=: schedules", () =>
    void complete("train M on D {\n  optimizer adam(learning_rate=¦)\n}", { offers: ["exponential_decay"], hides: ["sgd"] }));
  test("after metrics: the metrics that are not written yet", () =>
    void complete("train M on D {\n  metrics accuracy, ¦\n}", { offers: ["mae"], hides: ["accuracy"] }));
  test("after train: models, then on, then data", () => {
    const blocks = `${DATA}model M {\n  input 2\n}\n`;
    complete(`${blocks}train ¦`, { offers: ["M"], hides: ["D"] });
    complete(`${blocks}train M ¦`, { offers: ["on"] });
    complete(`${blocks}train M on ¦`, { offers: ["D"], hides: ["M"] });
  });
  test("in a comment: nothing", () => expect(complete("model M {\n  # den¦\n}", {})).toEqual([]));
  test("between lines with errors: the same as without", () =>
    void complete('model A {\n  dense ( 3\nmodel M {\n  input 4\n  dense 3 ¦\n  "\n', { offers: ["relu"] }));
});

test("the hover of `features` on a target line says what an autoencoder learns", () => {
  const { text, offset } = cursorIn('data D {\n  source csv("iris.csv")\n  target feat¦ures\n}\n');
  expect(hover(analyse(text, files), offset)?.markdown).toContain("`target features` makes an autoencoder");
});

describe("hover", () => {
  const at = (marked: string): string => {
    const { text, offset } = cursorIn(marked);
    return hover(analyse(text, files), offset)?.markdown ?? "";
  };
  test("a layer: shape, parameters, initializer, formula", () => {
    const text = at("model M {\n  input 784\n  h: d¦ense 300 relu\n}");
    for (const part of [
      "output 300",
      "235,500 parameters (kernel 784x300, bias 300)",
      "kernel starts as he_uniform (Keras' Dense starts with glorot_uniform, which is `init=glorot_uniform`)",
      "x · W + b",
      "**init**".replaceAll("*", ""),
    ])
      expect(text).toContain(part);
  });
  test("a layer: its initializer alone if Keras starts with it, too, or if it is written", () => {
    expect(at("model M {\n  input 4\n  d¦ense 3 tanh\n}")).toMatch(/kernel starts as glorot_uniform$/m);
    expect(at("model M {\n  input 4\n  d¦ense 3 relu init=he_normal\n}")).toMatch(/kernel starts as he_normal$/m);
  });
  test("an activation: formula", () => expect(at("model M {\n  input 4\n  dense 3 ta¦nh\n}")).toContain("(eᶻ − e⁻ᶻ)"));
  test("a loss, an optimizer's argument, a directive", () => {
    expect(at("train M on D {\n  loss m¦se\n}")).toContain("mean (t − a)²");
    expect(at("train M on D {\n  optimizer sgd(mom¦entum=0.9)\n}")).toContain("share of the last step");
    expect(at("train M on D {\n  ep¦ochs 3\n}")).toContain("number of passes");
  });
  test("a column: its kind and range", () =>
    expect(at('data D {\n  source csv("iris.csv")\n  features le¦ngth\n  target species\n}')).toContain("numbers from 5 to 7, mean 6"));
  test("a let: what is written and its result", () => {
    const text = "let half = 64 / 2\nmodel M {\n  input 4\n  dense half\n}";
    for (const marked of [text.replace("let half", "let ha¦lf"), text.replace("dense half", "dense ha¦lf")])
      expect(at(marked)).toBe("**half** (`let`) = 64 / 2 = 32");
  });
  test("the metric of a claim, alone and with its output", () => {
    expect(at("expect M on D {\n  acc¦uracy >= 0.9\n}")).toContain("classified correctly");
    expect(at("expect M on D {\n  price_m¦ae < 1\n}")).toContain("mean |t − a|");
  });
  test("an output's name in a training and in a claim: its layer", () => {
    const wide = "model M {\n  i: input 2\n  price: dense 1\n  aux: dense 3 from i\n  output price, aux\n}\n";
    expect(at(`${wide}train M {\n  loss price=mse au¦x=mae\n}`)).toContain("**aux**: output 3");
    expect(at(`${wide}expect M {\n  pri¦ce_mae < 1\n}`)).toContain("**price**: output 1");
  });
  test("keywords, and no keyword before an equals sign", () => {
    expect(at("tr¦ain M on D {\n}")).toContain("Trains a model");
    expect(at("train M o¦n D {\n}")).toContain("Names the data");
    expect(at("model M {\n  a: input 2\n  dense 3 fr¦om a\n}")).toContain("in place of the one");
    expect(at("model M {\n  input a, b\n  neuron a, no¦t b threshold=1\n}")).toContain("inhibiting");
    expect(at("data D {\n  split tr¦ain=0.8\n}")).toContain("**train** (option of split)");
  });
  test("a model: the number of parameters", () => expect(at("model M¦ {\n  input 2\n  dense 3\n}")).toContain("9 parameters"));
});

test("the outline has blocks, and layers with their shapes", () => {
  const symbols = documentSymbols(analyse("model M {\n  input 4\n  h: dense 3 relu\n}\nfast: train M {\n}\n"), ranges);
  expect(symbols.map(({ name, children }) => [name, children?.map((child) => `${child.name} ${child.detail}`)])).toEqual([
    ["M", ["input_1 input → 4", "h dense → 3"]],
    ["fast", []],
  ]);
});

test("each training has lenses with its index and run, each expect block has one", () => {
  const lenses = codeLens(analyse("train A on D {\n}\nslow: train B on D {\n}\nexpect B on D {\n}\n"), "file:///x.nn", ranges);
  expect(lenses.map(({ command }) => [command?.command, ...(command?.arguments ?? []).slice(1)])).toEqual([
    ["backprop.train", 0, ""],
    ["backprop.debug", ""],
    ["backprop.gradcheck", ""],
    ["backprop.train", 1, "slow"],
    ["backprop.debug", "slow"],
    ["backprop.gradcheck", "slow"],
    ["backprop.test", 0],
  ]);
});

test("each model of a file without a training has a lens that shows its network", () => {
  const text = "model A {\n  input a\n  neuron a threshold=1\n}\nmodel B {\n  input a\n  neuron not a threshold=0\n}\n";
  const titles = (of: string): string[] => codeLens(analyse(of), "file:///x.nn", ranges).map(({ command }) => command?.title ?? "");
  expect(titles(text)).toEqual(["$(graph-line) Show Network", "$(graph-line) Show Network"]);
  expect(titles(`${text}train A on D {\n}\n`)).toEqual(["$(play) Train Model", "$(debug-alt) Debug", "Check Gradients"]);
});

test("a training by the perceptron rule, which has no gradient, has no lens that checks it", () => {
  const text = "train A on D {\n  optimizer perceptron(learning_rate=1)\n}\n";
  expect(codeLens(analyse(text), "file:///x.nn", ranges).map(({ command }) => command?.title)).toEqual([
    "$(play) Train Model",
    "$(debug-alt) Debug",
  ]);
});

test("a quick fix inserts the nearest name", () => {
  const text = "model M {\n  input 4\n  dense 3 rleu\n}\n";
  const [action] = codeActions(analyse(text), { start: 30, end: 30 }, { uri: "file:///x.nn", ranges });
  expect(action?.title).toBe("Change to `relu`");
  expect(action?.edit?.changes?.["file:///x.nn"]).toEqual([
    { range: ranges.of({ start: text.indexOf("rleu"), end: text.indexOf("rleu") + 4 }), newText: "relu" },
  ]);
});

test("Fix All leaves out a fix that would change the same text differently", () => {
  const text = `model M {
  input 2
  dense 2 tanh
}
model N {
  input 2
  dense 1 tanh
}
data D {
  0 0 -> 0
  1 1 -> 1
}
train M on D {
  loss sparse_categorical_crossentropy
}
second: train M on D {
  loss binary_crossentropy
}
train N on D {
  loss binary_crossentropy
}
`;
  const document = TextDocument.create("file:///x.nn", "nn", 1, text);
  const analysis = analyse(text);
  // Three findings: the fixes of the first two would change the same `tanh` into `softmax` and into `sigmoid`.
  expect(analysis.issues.map(({ code }) => code)).toEqual(["NN402", "NN402", "NN402"]);
  const actions = codeActions(analysis, { start: 0, end: text.length }, { uri: document.uri, ranges: rangesIn(document) }, ["quickfix"]);
  const [all, ...others] = actions.filter(({ title }) => title.startsWith("Fix all"));
  expect(others).toEqual([]);
  expect(all?.title).toBe("Fix all 2 of NN402 in this file");
  expect(TextDocument.applyEdits(document, all?.edit?.changes?.[document.uri] ?? [])).toBe(
    text.replace("dense 2 tanh", "dense 2 softmax").replace("dense 1 tanh", "dense 1 sigmoid"),
  );
});

test("Fix All counts findings with the same change, and makes the change once", () => {
  const text =
    "model M {\n  input 2\n  dense 1 tanh\n}\ndata D {\n  0 0 -> 0\n  1 1 -> 1\n}\n" +
    "train M on D {\n  loss binary_crossentropy\n}\n".repeat(2);
  const document = TextDocument.create("file:///x.nn", "nn", 1, text);
  const actions = codeActions(analyse(text), { start: 0, end: text.length }, { uri: document.uri, ranges: rangesIn(document) });
  const all = actions.find(({ title }) => title === "Fix all 2 of NN402 in this file");
  expect(TextDocument.applyEdits(document, all?.edit?.changes?.[document.uri] ?? [])).toBe(text.replace("tanh", "sigmoid"));
});

test("a layer's hover shows a line that separates two classes, if there is one", () => {
  const { text, offset } = cursorIn(
    "model M {\n  input a, b\n  den¦se 1 sigmoid\n}\ndata D {\n  0 0 -> 0\n  0 1 -> 0\n  1 0 -> 0\n  1 1 -> 1\n}\ntrain M on D {\n  loss binary_crossentropy\n}",
  );
  // By hand: 2a + 2b − 3 is −3, −1, −1 and 1 at the four points, each at least 1 away from 0.
  expect(hover(analyse(text), offset)?.markdown).toContain("2·a + 2·b − 3 = 0 divides y 0 from 1");
});

test("a target's hover shows the classes with their numbers and shares", () => {
  const { text, offset } = cursorIn(DATA.replace("target species", "target spec¦ies"));
  expect(hover(analyse(text, files), offset)?.markdown).toContain("| 1 | virginica | 1 | 50 % |");
});

describe("a diagnostic's severity and page", () => {
  const analysis = analyse("model M {\n  input 4\n  dense 8\n  dense 1\n}\n");
  const shown = (severities: Record<string, string>): unknown =>
    diagnostics(analysis, { uri: "file:///x.nn", ranges, severities, docs: "file:///docs" }).map(({ code, severity, codeDescription }) => [
      code,
      severity,
      codeDescription?.href,
    ]);
  test("are by default those of the table", () => expect(shown({})).toEqual([["NN505", 2, "file:///docs/NN505.md"]]));
  test("are the user's if set", () => expect(shown({ NN505: "hint" })).toEqual([["NN505", 4, "file:///docs/NN505.md"]]));
  test("hide the diagnostic if off", () => expect(shown({ NN505: "off" })).toEqual([]));
  test("are the default if the user's is unknown", () => expect(shown({ NN505: "loud" })).toEqual([["NN505", 2, "file:///docs/NN505.md"]]));
});

test("a training that can't run reports the first error of its own blocks, before those of others", () => {
  const text = `model A {
  input 2
  dense 1
}
model B {
  input 2
  dens 1
}
data D {
  0 0 -> 0
  1 1 -> 1
}
train A on D {
  loss mze
}
second: train A on D {
  loss mse
}
`;
  const lineOf = (offset: number): number => text.slice(0, offset).split("\n").length - 1;
  const choices = trainings(analyse(text), lineOf);
  expect(choices.map(({ run, line, problem, planned }) => [run, line, problem?.line, planned === null])).toEqual([
    ["A", 12, 13, true],
    ["second", 15, undefined, false],
  ]);
  expect(choices[0]?.problem?.message).toMatch(/^NN203: /);
});

test("formatting changes only the lines that differ", () => {
  const text = "model M {\n  input 4\n    dense 3   relu\n  dense 1\n}\n";
  expect(formatting(text, ranges)).toEqual([
    { range: ranges.of({ start: text.indexOf("    dense"), end: text.indexOf("  dense 1") }), newText: "  dense 3 relu\n" },
  ]);
  expect(formatting("model M {\n  dense )\n}\n", ranges)).toEqual([]);
});

describe("pictures", () => {
  const pictureIn = (fixture: string): string => {
    const { text, offset } = cursorIn(fixture);
    return decodeURIComponent(/data:image\/svg\+xml,([^)]+)\)/.exec(hover(analyse(text), offset)?.markdown ?? "")?.[1] ?? "");
  };
  test("show an activation and its derivative, from the catalog", () => {
    const svg = pictureIn("model M {\n  input 4\n  dense 3 si¦gmoid\n}\n");
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    // sigmoid goes from 0.018 at −4 to 0.982 at 4: from near the bottom (112) to near the top (8).
    const points = /points="([^"]+)"/.exec(svg)?.[1]?.split(" ") ?? [];
    expect(points[0]).toMatch(/^8\.0,11\d/);
    expect(points.at(-1)).toMatch(/^252\.0,8\.0$/);
  });
  test("show a schedule, and nothing for softmax", () => {
    expect(pictureIn("model M {\n  input 4\n  dense 3 soft¦max\n}\n")).toBe("");
    expect(pictureIn("train M on D {\n  optimizer sgd(learning_rate=cosine_¦decay(0.1, steps=10))\n}\n").match(/<polyline/g)).toHaveLength(
      1,
    );
  });
});

test("completion finds an entry by its name in another library", () => {
  const { text, offset } = cursorIn("model M {\n  input 4\n  ¦\n}\n");
  const items = completion(analyse(text), offset).map(({ item }) => item);
  expect(items.find(({ label }) => label === "dense")?.filterText).toContain("linear");
  expect(items.find(({ label }) => label === "swish")?.filterText).toContain("silu");
});
