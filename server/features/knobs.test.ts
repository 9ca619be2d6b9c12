/** Knobs and network edits: the listed knobs, minimal text changes, rejected edits, and random edits of all samples. */
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { conformanceCases, nnFilesIn, seed } from "../../test/fixtures.ts";
import { dataReader } from "../dataFiles.ts";
import { type Analysis, analyse } from "../language/analysis.ts";
import { nodeFiles } from "../nodeFiles.ts";
import type { FileEdit, Knob } from "../protocol.ts";
import { edited, knobs } from "./knobs.ts";

const FILE = `# The first file
let width = 4
let rate = 0.5
model M {
  input a, b # two columns
  # what the network sees
  hidden: dense width tanh # a hidden layer
  dense 1 sigmoid
}
data D {
  features a, b
  target y
  0 0 -> 0
  0 1 -> 1
  1 0 -> 1
  1 1 -> 0
}
train M on D {
  loss binary_crossentropy # for yes or no
  optimizer sgd(learning_rate=rate, momentum=0.9)
  epochs 20   # passes
}
`;

const plain = async (text: string): Promise<Analysis> => analyse(text);
const apply = async (text: string, edit: FileEdit): Promise<string> => {
  const result = await edited(analyse(text), edit, plain);
  return "problem" in result ? `✗ ${result.problem}` : result.text;
};
const knobsOf = (text: string): readonly Knob[] => knobs(analyse(text))[0]?.knobs ?? [];
const turn = (knob: string, value: string, run = "M"): FileEdit => ({ kind: "turn", run, knob, value });

/** Returns the lines changed by an edit, marked with − and +. */
async function difference(text: string, edit: FileEdit): Promise<string[]> {
  const after = await apply(text, edit);
  if (after.startsWith("✗")) return [after];
  const [before, now] = [text.split("\n"), after.split("\n")];
  return [
    ...before.filter((line) => !now.includes(line)).map((line) => `-${line}`),
    ...now.filter((line) => !before.includes(line)).map((line) => `+${line}`),
  ];
}

describe("the knobs of a training", () => {
  test("are its numbers and words, with the catalog's stops, in the order of the file", () => {
    expect(knobsOf(FILE).map(({ group, label, value }) => `${group} ${label} ${value}`)).toEqual([
      "Training optimizer sgd",
      "Training learning_rate 0.5",
      "Training momentum 0.9",
      "Training batch 32",
      "Training epochs 20",
      "Training seed 42",
      "hidden units 4",
      "hidden activation tanh",
      "hidden l2 0",
      "dense_1 activation sigmoid",
    ]);
    const [, rate, momentum, batch] = knobsOf(FILE);
    expect(rate?.stops).toEqual(["0.00001", "0.00003", "0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1"]);
    expect(momentum?.stops.at(-1)).toBe("0.9");
    expect(batch?.stops.slice(-2)).toEqual(["1024", "all"]);
    expect(knobs(analyse(FILE))[0]?.layers.map(({ id, canInsert, canRemove }) => ({ id, canInsert, canRemove }))).toEqual([
      { id: "input_1", canInsert: false, canRemove: false },
      { id: "hidden", canInsert: true, canRemove: true },
      { id: "dense_1", canInsert: true, canRemove: false },
    ]);
  });

  test("are those of a generator, of the split, of a schedule and of the stop, too", () => {
    const text =
      "model M {\n  input 2\n  dense 8 relu\n  dropout 0.2\n  dense 3 softmax\n}\ndata D {\n  source spiral(samples=400, classes=3)\n  split validation=0.2\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n  optimizer adam(exponential_decay(0.001, steps=100, rate=0.9))\n  stop early_stopping(patience=5)\n}\n";
    expect(knobsOf(text).map(({ label, value }) => `${label} ${value}`)).toEqual([
      "optimizer adam",
      "initial 0.001",
      "batch 32",
      "epochs 10",
      "seed 42",
      "patience 5",
      "units 8",
      "activation relu",
      "l2 0",
      "rate 0.2",
      "activation softmax",
      "samples 400",
      "noise 0",
      "classes 3",
      "validation 0.2",
    ]);
  });
});

describe("a turn of a knob", () => {
  test.each<[string, FileEdit, string[]]>([
    [
      "changes a written number and keeps the line's comment",
      turn("train.epochs", "50"),
      ["-  epochs 20   # passes", "+  epochs 50   # passes"],
    ],
    ["adds a line for a default", turn("train.batch", "all"), ["+  batch all"]],
    ["changes a let for all its uses", turn("train.optimizer.learning_rate", "0.1"), ["-let rate = 0.5", "+let rate = 0.1"]],
    [
      "by one step goes to the next round number",
      { kind: "step", run: "M", knob: "train.optimizer.learning_rate", steps: -1 },
      ["-let rate = 0.5", "+let rate = 0.3"],
    ],
    [
      "adds an argument",
      turn("layer.M.hidden.l2", "0.01"),
      ["-  hidden: dense width tanh # a hidden layer", "+  hidden: dense width tanh l2=0.01 # a hidden layer"],
    ],
    [
      "changes an activation",
      turn("layer.M.hidden.activation", "relu"),
      ["-  hidden: dense width tanh # a hidden layer", "+  hidden: dense width relu # a hidden layer"],
    ],
    [
      "changes the optimizer, which keeps the arguments that it has and a usual rate",
      turn("train.optimizer", "rmsprop"),
      ["-  optimizer sgd(learning_rate=rate, momentum=0.9)", "+  optimizer rmsprop(learning_rate=rate, momentum=0.9)"],
    ],
    [
      "leaves out a rate that is unusual for the new optimizer",
      turn("train.optimizer", "adam"),
      ["-  optimizer sgd(learning_rate=rate, momentum=0.9)", "+  optimizer adam"],
    ],
    [
      "that the checker refuses changes nothing and says why",
      turn("layer.M.dense_1.activation", "heaviside"),
      [
        "✗ NN404: The derivative of `heaviside` is 0, so neither this layer nor the layers before it can learn by backpropagation; use `sigmoid`.",
      ],
    ],
    ["to something else than a number is refused", turn("train.epochs", "many"), ['✗ `epochs` can\'t be "many".']],
    ["of a run that is gone is refused", turn("train.epochs", "1", "Other"), ["✗ The text has changed, and this part is no longer in it."]],
  ])("%s", async (_name, edit, lines) => {
    const found = await difference(FILE, edit);
    expect(found).toEqual(lines);
  });

  test("keeps the form that the line has: brackets, places and names", async () => {
    const text = FILE.replace("hidden: dense width tanh", "hidden: dense(width)").replace(
      "optimizer sgd(learning_rate=rate, momentum=0.9)",
      "optimizer sgd",
    );
    expect(await difference(text, turn("layer.M.hidden.activation", "elu"))).toContain("+  hidden: dense(width, elu) # a hidden layer");
    expect(await difference(text, turn("layer.M.hidden.l2", "0.1"))).toContain("+  hidden: dense(width, l2=0.1) # a hidden layer");
    expect(await difference(text, turn("train.optimizer.momentum", "0.9"))).toContain("+  optimizer sgd(momentum=0.9)");
    const line = FILE.replace("  optimizer sgd(learning_rate=rate, momentum=0.9)\n", "").replace("let rate = 0.5\n", "");
    expect(await difference(line, turn("train.optimizer.learning_rate", "0.1"))).toEqual(["+  optimizer rmsprop(learning_rate=0.1)"]);
  });

  test("leaves a computed let alone", async () => {
    const text = FILE.replace("let width = 4", "let width = 8 / 2");
    expect(await difference(text, turn("layer.M.hidden.units", "6"))).toContain("+  hidden: dense 6 tanh # a hidden layer");
  });

  test("is refused while the file has an error elsewhere", async () => {
    const text = `${FILE}model N {\n  dense\n}\n`;
    expect(await apply(text, turn("train.epochs", "1"))).toMatch(/^✗ Correct line \d+ first: NN\d+/);
  });

  test("of a value with a comment inside is refused", async () => {
    const text = FILE.replace("sgd(learning_rate=rate, momentum=0.9)", "sgd(\n    learning_rate=rate, # half\n    momentum=0.9)");
    expect(await apply(text, turn("train.optimizer", "rmsprop"))).toMatch(/^✗ A comment stands within/);
    expect(await difference(text, turn("train.optimizer.momentum", "0.5"))).toEqual(["-    momentum=0.9)", "+    momentum=0.5)"]);
  });
});

describe("a layer", () => {
  const insert = (layer: string): FileEdit => ({ kind: "insert", run: "M", layer });
  const remove = (layer: string): FileEdit => ({ kind: "remove", run: "M", layer });

  test("is inserted after the line before and its comment, like the hidden layers", async () => {
    const after = await apply(FILE, insert("hidden"));
    expect(after).toContain("  input a, b # two columns\n  dense 4 tanh\n  # what the network sees\n  hidden: dense width tanh");
    expect(await apply(FILE, insert("dense_1"))).toContain("# a hidden layer\n  dense 4 tanh\n  dense 1 sigmoid");
    expect(await apply(FILE.replaceAll("\n", "\r\n"), insert("dense_1"))).toContain(
      "# a hidden layer\r\n  dense 4 tanh\r\n  dense 1 sigmoid",
    );
  });

  test("is removed with its line, but not with its comment", async () => {
    expect(await apply(FILE.replace("let width = 4\n", "").replace("width", "4"), remove("hidden"))).toContain(
      "  # what the network sees\n  # a hidden layer\n  dense 1 sigmoid",
    );
    expect(await apply(FILE.replace(" # a hidden layer", ""), remove("hidden"))).toContain("  # what the network sees\n  dense 1 sigmoid");
  });

  test("with a named input takes it, and gives it back when it is removed", async () => {
    const text = FILE.replace("input a, b", "x: input a, b").replace("hidden: dense width tanh", "hidden: dense width tanh from x");
    const after = await apply(text, insert("hidden"));
    expect(after).toContain("  dense 4 tanh from x\n  # what the network sees\n  hidden: dense width tanh # a hidden layer");
    expect(await apply(after, remove("dense_1"))).toBe(text);
  });

  test("is not renumbered where another line names it", async () => {
    const text = FILE.replace("  dense 1 sigmoid\n", "  dense 1 sigmoid\n  output dense_1\n");
    expect(await apply(text, insert("dense_1"))).toBe(
      "✗ Another line names `dense_1`, which would then be another layer; give that layer a label first.",
    );
  });

  test("of a repeat is inserted and removed in each round", async () => {
    const text = FILE.replace("  dense 1 sigmoid", "  repeat 2 {\n    dense 3 relu\n    dropout 0.1\n  }\n  dense 1 sigmoid");
    expect(await apply(text, insert("dropout_1"))).toContain("    dense 3 relu\n    dense 3 relu\n    dropout 0.1");
    expect(await apply(text, remove("dropout_1"))).toContain("  repeat 2 {\n    dense 3 relu\n  }");
  });
});

/** Returns a generator of random numbers from 0 to 1 (mulberry32). */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const commentsOf = ({ tree, text }: Analysis): string[] => tree.comments.map(({ start, end }) => text.slice(start, end));
const hasError = ({ issues }: Analysis): boolean => issues.some(({ severity }) => severity === "error");

test(`every accepted edit of the samples and cases, drawn with the seed ${seed}, keeps all comments, has no error and is undone by its inverse`, async () => {
  const random = randomOf(seed);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const reader = dataReader(nodeFiles);
  const folder = inProject("samples");
  const place = { uri: `file://${folder}/sample.nn`, roots: [`file://${folder}`] };
  const check = async (text: string): Promise<Analysis> => await reader.analyse(text, place);
  const texts = [
    ...nnFilesIn(folder).map(([, text]) => text),
    ...(["contract", "cases"] as const).flatMap((name) => conformanceCases(name).map(([, text]) => text)),
  ];
  let accepted = 0;
  for (const text of texts) {
    const before = await check(text);
    if (hasError(before)) continue;
    for (const { run, knobs: all, layers } of knobs(before)) {
      const knob = pick(all);
      const layer = pick(layers.filter(({ canInsert }) => canInsert));
      const lost = pick(layers.filter(({ canRemove }) => canRemove));
      const edits: FileEdit[] = [
        ...(knob
          ? [turn(knob.key, pick(knob.stops) ?? "", run), { kind: "step", run, knob: knob.key, steps: random() < 0.5 ? 1 : -1 } as const]
          : []),
        ...(layer ? [{ kind: "insert", run, layer: layer.id } as const] : []),
        ...(lost ? [{ kind: "remove", run, layer: lost.id } as const] : []),
      ];
      for (const edit of edits) {
        const what = `${JSON.stringify(edit)} in\n${text}`;
        const result = await edited(before, edit, check);
        if ("problem" in result) continue;
        accepted++;
        const after = await check(result.text);
        expect(hasError(after), what).toBe(false);
        expect(commentsOf(after), what).toEqual(commentsOf(before));
        // The inverse of each change, applied to the changed text.
        let undone = result.text;
        for (const { span, text: own } of [...result.changes].sort((a, b) => a.span.start - b.span.start)) {
          const at = span.start;
          const old = text.slice(span.start, span.end);
          undone = undone.slice(0, at) + old + undone.slice(at + own.length);
        }
        expect(undone, what).toBe(text);
        if (edit.kind !== "turn" || !knob) continue;
        const now = knobs(after)
          .find((one) => one.run === run)
          ?.knobs.find(({ key }) => key === knob.key);
        expect(now?.value, what).toBe(edit.value);
      }
    }
  }
  expect(accepted).toBeGreaterThan(100);
});
