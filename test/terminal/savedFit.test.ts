/** `nn predict` uses what the weights were trained with: the plan, the scales, the words and the classes saved with them. The file is long because its tests share the trained weights. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { metadataFrom, parseSafetensors, safetensorsFrom } from "../../engine/files/safetensors.ts";
import { inProject } from "../../scripts/project.ts";
import { type Result, runNn } from "./run.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-fit-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nn = (...args: string[]): Promise<Result> => runNn(folder, args);
const write = (name: string, text: string | Uint8Array): void => writeFileSync(join(folder, name), text);
const read = (name: string): Buffer => readFileSync(join(folder, name));
const numbersIn = (out: string): number[] => out.trim().split("\n").slice(1).map(Number);

/** Predicts with the weights of the folder `run`. */
const predict = (file: string, run: string, data: string, ...more: string[]): Promise<Result> =>
  nn("predict", file, "--weights", `${run}/weights.safetensors`, "--data", data, ...more);

const SIX = "x,y\n1,30\n2,20\n3,90\n4,40\n5,10\n60,600\n";
const LINE = `model Line {
  input x
  dense 1
}
data Six {
  source csv("six.csv")
  features x
  target y
  scale standard
  scale_target standard
  split validation=0.5
}
train Line on Six {
  loss mse
  optimizer sgd
  epochs 1000
}
`;

describe("numbers, with a seed on the command line", () => {
  let before: Result;
  beforeAll(async () => {
    write("six.csv", SIX);
    write("asked.csv", "x\n1\n2\n60\n");
    write("line.nn", LINE);
    expect((await nn("train", "line.nn", "--seed", "1", "--out", "line")).code).toBe(0);
    before = await predict("line.nn", "line", "asked.csv");
  });

  test("the prediction is the trained network's own", async () => {
    expect(before.code).toBe(0);
    expect(numbersIn(before.out)[0]).toBeCloseTo(41.43, 2);
    // The file says seed 42, but the split and so the scales are those of seed 1.
    expect(before.err).toBe("");
    // The weights and scales in the file suffice for the same numbers.
    const { tensors, metadata } = parseSafetensors(new Uint8Array(read("line/weights.safetensors")));
    const fit = JSON.parse(metadata["fit"] ?? "");
    const [x, y] = [fit.features[0].scaler, fit.targets[0].scalers[0]];
    const [w = 0, b = 0] = ["kernel", "bias"].map((name) => tensors.get(`dense_1/${name}`)?.values[0]);
    const own = [1, 2, 60].map((value) => (((value - x.offset) / x.factor) * w + b) * y.factor + y.offset);
    for (const [k, value] of numbersIn(before.out).entries()) expect(value).toBeCloseTo(own[k] ?? Number.NaN, 3);
    expect(metadata["epoch"]).toBe("1000");
    expect(metadata["nn"]).toBe(LINE);
  });

  test.each([
    [
      "changed",
      SIX.replaceAll("0\n", "5\n"),
      /^The data of line\.nn changed since line\/weights\.safetensors was trained: y has the mean and standard deviation 58\.333 and 26\.247 now, but had 53\.333 and 26\.247\. The saved fit is used\.\n$/,
    ],
    [
      "shortened",
      SIX.split("\n").slice(0, 5).join("\n"),
      /^The data of line\.nn changed since .+ now, but had .+ The saved fit is used\.\n$/,
    ],
    [
      "with a word among the numbers",
      SIX.replace("2,20", "two,20"),
      /^line\.nn:6:3: error NN406: six\.csv, row 3, column x: "two" is text.+\nThe plan saved with line\/weights\.safetensors is used\.\n$/,
    ],
    [
      "deleted",
      undefined,
      /^line\.nn:6:\d+: error NN406: There is no file six\.csv.+\nThe plan saved with line\/weights\.safetensors is used\.\n$/,
    ],
  ])("the training CSV is %s: the same predictions, and a message", async (_what, csv, message) => {
    if (csv === undefined) rmSync(join(folder, "six.csv"));
    else write("six.csv", csv);
    const after = await predict("line.nn", "line", "asked.csv");
    expect([after.code, after.out]).toEqual([0, before.out]);
    expect(after.err).toMatch(message);
    write("six.csv", SIX);
  });

  test.each([
    ["scale standard", "scale minmax", "scale is minmax in the file, but was standard"],
    ["scale_target standard", "scale_target none", "scale_target is none in the file, but was standard"],
    ["dense 1", "dense 1 tanh", "the activation of dense_1 is tanh in the file, but was linear"],
  ])("%s is changed to %s: the same predictions, and a message with both", async (line, other, difference) => {
    write("other.nn", LINE.replace(line, other));
    const after = await predict("other.nn", "line", "asked.csv");
    expect([after.code, after.out]).toEqual([0, before.out]);
    expect(after.err).toBe(
      `other.nn differs from what line/weights.safetensors was trained with: ${difference}. What is saved with the weights is used.\n`,
    );
  });

  test("other layers are refused, with both shapes", async () => {
    write("wider.nn", LINE.replace("dense 1", "dense 4 tanh\n  dense 1"));
    const { code, out, err } = await predict("wider.nn", "line", "asked.csv");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe(
      "wider.nn has other layers than line/weights.safetensors: dense_1/kernel is 1x4 in the file, but 1x1 in the weights; dense_1/bias is 4 in the file, but 1 in the weights; dense_2/kernel is 4x1 in the file, but absent in the weights; train again, or name the .nn file that trained them.\n",
    );
  });

  test("weights without metadata are read with a warning, and the data are fitted anew", async () => {
    const { tensors } = parseSafetensors(new Uint8Array(read("line/weights.safetensors")));
    mkdirSync(join(folder, "old"), { recursive: true });
    write("old/weights.safetensors", safetensorsFrom([...tensors.values()]));
    const { code, out, err } = await predict("line.nn", "old", "asked.csv");
    expect(code).toBe(0);
    expect(numbersIn(out)[0]).not.toBeCloseTo(41.43, 0);
    expect(err).toBe(
      "old/weights.safetensors has no fit of its data, so scales, words and classes are fitted anew to the data of line.nn; train again to save them with the weights.\n",
    );
  });

  test("damaged metadata is refused in one sentence", async () => {
    const { tensors, metadata } = parseSafetensors(new Uint8Array(read("line/weights.safetensors")));
    mkdirSync(join(folder, "damaged"), { recursive: true });
    const fit = (metadata["fit"] ?? "").replace(/"factor":[\d.]+/, '"factor":0');
    write("damaged/weights.safetensors", safetensorsFrom([...tensors.values()], { ...metadata, fit }));
    const { code, out, err } = await predict("line.nn", "damaged", "asked.csv");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(
      /^damaged\/weights\.safetensors can't be used: its fit is damaged or of another version \(features\.0\.scaler\.factor: .+\); train again\.\n$/,
    );
  });

  test("--epochs 0 writes the start weights with the fit", async () => {
    const { code } = await nn("train", "line.nn", "--seed", "1", "--epochs", "0", "--out", "start");
    expect(code).toBe(0);
    const start = parseSafetensors(new Uint8Array(read("start/weights.safetensors")));
    expect(start.metadata).toMatchObject({ epoch: "0", fit: metadataFrom(new Uint8Array(read("line/weights.safetensors")))["fit"] });
    expect(start.tensors.get("dense_1/bias")?.values).toEqual(Float32Array.of(0));
    expect((await predict("line.nn", "start", "asked.csv")).code).toBe(0);
    // Training continues from them to the same weights.
    expect((await nn("train", "line.nn", "--seed", "1", "--resume", "start")).code).toBe(0);
    expect(read("start/weights.safetensors").equals(read("line/weights.safetensors"))).toBe(true);
  });
});

describe("nn test --weights", () => {
  const EXPECT = `${LINE}expect Line {\n  mae <= 75.3\n  mae >= 75.2\n  tolerance 0.01\n  1 -> 41.43\n}\n`;

  test("tests the weights instead of training, by the fit saved with them", async () => {
    write("six.csv", SIX);
    write("expect.nn", EXPECT);
    expect((await nn("train", "expect.nn", "--seed", "1", "--out", "tested")).code).toBe(0);
    const tested = await nn("test", "expect.nn", "--weights", "tested/weights.safetensors");
    expect([tested.code, tested.err]).toEqual([0, ""]);
    // The validation part is x = 2, 5 and 60: the errors 28.57, 60 and 137.14 have the mean 75.24.
    expect(tested.out).toContain("3 passed, 0 failed");
    // A training with the file's own seed ends elsewhere.
    expect((await nn("test", "expect.nn")).code).toBe(1);
    // With other data the row passes as before, and the claim is about these data.
    write("six.csv", SIX.replaceAll("0\n", "5\n"));
    const other = await nn("test", "expect.nn", "--weights", "tested/weights.safetensors");
    expect(other.out).toMatch(/passed: 1 -> 41\.43/);
    expect(other.err).toMatch(
      /^The data of expect\.nn changed since tested\/weights\.safetensors was trained: .+ now, but had .+ The saved fit is used\.\n$/,
    );
    write("six.csv", SIX);
  });

  test("takes one file, and weights of one of its trainings", async () => {
    const two = await nn("test", "expect.nn", "line.nn", "--weights", "tested/weights.safetensors");
    expect([two.code, two.err]).toEqual([2, "--weights belong to one file; test the files one by one.\n"]);
  });
});

describe("nn train --resume", () => {
  beforeAll(async () => {
    write("six.csv", SIX);
    write("line.nn", LINE);
    expect((await nn("train", "line.nn", "--epochs", "20", "--out", "resumed")).code).toBe(0);
    expect((await nn("train", "line.nn", "--epochs", "40", "--out", "whole")).code).toBe(0);
  });

  test("refuses other data, and says what changed with both values", async () => {
    const before = read("resumed/weights.safetensors");
    write("six.csv", SIX.replaceAll("0\n", "5\n"));
    const { code, err } = await nn("train", "line.nn", "--epochs", "40", "--resume", "resumed");
    expect(code).toBe(1);
    expect(err).toMatch(
      /^line\.nn:6:1: error NN406: .*y has the mean and standard deviation .+ now, but had .+\. Restore the data to continue it, or train again\.\n$/,
    );
    expect(read("resumed/weights.safetensors").equals(before)).toBe(true);
    write("six.csv", SIX);
  });

  test.each([
    ["loss mse", "loss mae", "training", "loss is mae in the file, but was mse"],
    ["dense 1", "dense 1 l2=0.1", "network", "l2 of dense_1 is 0.1 in the file, but was 0"],
    ["dense 1", "dense 1 init=zeros", "network", "the start of dense_1/kernel is zeros in the file, but was glorot_uniform"],
    ['csv("six.csv")', 'csv("sixes.csv")', "data", "the path of the source is sixes.csv in the file, but was six.csv"],
    [
      "split validation=0.5",
      "split validation=0.3",
      "data",
      "split is train=0.7 validation=0.3 test=0 in the file, but was train=0.5 validation=0.5 test=0",
    ],
  ])("refuses %j changed to %j with both", async (before, after, part, difference) => {
    write("sixes.csv", SIX);
    write("changed.nn", LINE.replace(before, after));
    const { code, err } = await nn("train", "changed.nn", "--epochs", "40", "--resume", "resumed");
    expect([code, err]).toEqual([
      1,
      `The ${part} of this file changed since resumed was trained (only \`epochs\` may): ${difference}, so the training can't be resumed; train it again.\n`,
    ]);
  });

  test("refuses another scale with both, and goes on with the data of its beginning", async () => {
    write("other.nn", LINE.replace("scale standard", "scale minmax"));
    const refused = await nn("train", "other.nn", "--epochs", "40", "--resume", "resumed");
    expect([refused.code, refused.err]).toEqual([
      1,
      "The data of this file changed since resumed was trained (only `epochs` may): scale is minmax in the file, but was standard, so the training can't be resumed; train it again.\n",
    ]);
    expect((await nn("train", "line.nn", "--epochs", "40", "--resume", "resumed")).code).toBe(0);
    expect(read("resumed/weights.safetensors").equals(read("whole/weights.safetensors"))).toBe(true);
  });
});

const PETS = "size,colour,kind\n1,red,cat\n2,blue,dog\n3,red,cat\n9,green,dog\n8,blue,dog\n2.5,red,cat\n";
const KINDS = `model Kinds {
  input 4
  dense 2 softmax
}
data Pets {
  source csv("pets.csv")
  target kind
  classes dog, cat
  one_hot colour
  scale minmax
  missing mean
}
train Kinds on Pets {
  loss sparse_categorical_crossentropy
  optimizer adam(learning_rate=0.1)
  epochs 60
}
`;

describe("classes, words and gaps", () => {
  let before: Result;
  beforeAll(async () => {
    write("pets.csv", PETS);
    write("kinds.nn", KINDS);
    write("strays.csv", "kind,colour,size\n,red,1.5\n,green,8.5\n");
    expect((await nn("train", "kinds.nn", "--out", "kinds")).code).toBe(0);
    before = await predict("kinds.nn", "kinds", "strays.csv");
    expect(before.out.split("\n").map((line) => line.split(",")[0])).toEqual(["kind", "cat", "dog", ""]);
    expect([before.code, before.err]).toEqual([0, ""]);
  });

  test("a changed `classes` line: the names of the training, and a message with both", async () => {
    write("swapped.nn", KINDS.replace("classes dog, cat", "classes cat, dog"));
    const after = await predict("swapped.nn", "kinds", "strays.csv");
    expect([after.code, after.out]).toEqual([0, before.out]);
    expect(after.err).toBe(
      "swapped.nn differs from what kinds/weights.safetensors was trained with: the classes are cat, dog in the file, but were dog, cat. What is saved with the weights is used.\n",
    );
  });

  test("classes that the CSV has now: the names of the training, and a message with both", async () => {
    // Without `classes`, the sorted words are the classes.
    const sorted = KINDS.replace("  classes dog, cat\n", "").replace("pets.csv", "zoo.csv");
    write("zoo.nn", sorted);
    write("zoo.csv", PETS);
    expect((await nn("train", "zoo.nn", "--out", "zoo")).code).toBe(0);
    const own = await predict("zoo.nn", "zoo", "strays.csv");
    write("zoo.csv", PETS.replaceAll("dog", "ape"));
    const after = await predict("zoo.nn", "zoo", "strays.csv");
    expect([after.code, after.out]).toEqual([0, own.out]);
    expect(after.err).toMatch(/zoo\.csv, row 3, column kind: "ape" is not one of the classes cat, dog/);
  });

  test("another word in the CSV: the words of the training, and a message with both", async () => {
    write("pets.csv", PETS.replace("green", "teal"));
    const after = await predict("kinds.nn", "kinds", "strays.csv");
    expect([after.code, after.out]).toEqual([0, before.out]);
    expect(after.err).toContain("the words of colour are blue, red, teal in the file, but were blue, green, red");
    write("pets.csv", PETS);
  });

  test.each(["?", "NA", "nan", "", "null", "N/A", "-", "none", "#N/A"])(
    "a gap written as %j is filled with the training's mean",
    async (gap) => {
      write("gaps.csv", `size,colour\n${gap},red\n`);
      // The mean of the six sizes.
      write("mean.csv", `size,colour\n${(1 + 2 + 3 + 9 + 8 + 2.5) / 6},red\n`);
      const filled = await predict("kinds.nn", "kinds", "gaps.csv");
      expect(filled.code).toBe(0);
      expect(filled.out).toBe((await predict("kinds.nn", "kinds", "mean.csv")).out);
    },
  );

  test.each([
    ["1,purple", 'strays-2.csv, row 3, column colour: "purple" is not one of the known words of this column: blue, green, red'],
    ["big,red", 'strays-2.csv, row 3, column size: "big" is text where a number belongs; correct the cell.'],
    ["1,?", "strays-2.csv, row 3, column colour: the word is missing"],
    ["1e308,red", "strays-2.csv, row 3, column size: 1e+308 is too large for the network, which computes in float32"],
    ["1e400,red", "strays-2.csv, row 3, column size: "],
  ])("a row of %s is refused by file, row and column", async (row, message) => {
    write("strays-2.csv", `size,colour\n1,red\n${row}\n`);
    const { code, out, err } = await predict("kinds.nn", "kinds", "strays-2.csv");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  test("`missing error` names the place of a gap; `missing drop` leaves its answer empty and says so", async () => {
    for (const missing of ["error", "drop"]) {
      write(`${missing}.nn`, KINDS.replace("missing mean", `missing ${missing}`));
      expect((await nn("train", `${missing}.nn`, "--out", missing)).code).toBe(0);
    }
    write("gap.csv", "size,colour\n1,red\n?,red\n8,green\n");
    const refused = await predict("error.nn", "error", "gap.csv");
    expect([refused.code, refused.out]).toEqual([1, ""]);
    expect(refused.err).toContain("gap.csv, row 3, column size: the value is missing");
    const dropped = await predict("drop.nn", "drop", "gap.csv");
    expect(dropped.code).toBe(0);
    expect(dropped.out.split("\n").map((line) => line.split(",")[0])).toEqual(["kind", "cat", "", "dog", ""]);
    expect(dropped.err).toBe(
      "1 row of gap.csv has a missing value and no prediction, as `missing drop` left such rows out of the training: row 3.\n",
    );
    const json = await predict("drop.nn", "drop", "gap.csv", "--json");
    expect(JSON.parse(json.out)[1]).toEqual({ kind: null, score_dog: null, score_cat: null });
  });

  test("a row without a prediction keeps its line in a table of one column: readers skip blank lines, so the empty cell is quoted", async () => {
    write(
      "one.nn",
      'model M {\n  input a\n  dense 1\n}\ndata D {\n  source csv("one.csv")\n  target y\n  missing drop\n}\ntrain M on D {\n  loss mse\n}\n',
    );
    write("one.csv", "a,y\n1,2\n2,4\n3,6\n");
    expect((await nn("train", "one.nn", "--out", "one")).code).toBe(0);
    write("one-gap.csv", "a\n1\n?\n1\n");
    const { out } = await predict("one.nn", "one", "one-gap.csv");
    const [title, first, gap, last] = out.split("\n");
    expect([title, gap, last]).toEqual(["y", '""', first]);
  });

  test("a data file that is missing is looked for in the working folder, and says so", async () => {
    const { code, err } = await predict("kinds.nn", "kinds", "nowhere.csv");
    expect(code).toBe(2);
    expect(err).toMatch(/^There is no file nowhere\.csv; check the name, which is relative to \/.+\.\n$/);
    expect(err).not.toContain(".nn file");
  });

  test("weights that are not numbers are refused", async () => {
    const { tensors, metadata } = parseSafetensors(new Uint8Array(read("kinds/weights.safetensors")));
    const kernel = tensors.get("dense_1/kernel");
    if (!kernel) throw new Error("The weights have no kernel.");
    kernel.values[3] = Number.NaN;
    mkdirSync(join(folder, "nan"), { recursive: true });
    write("nan/weights.safetensors", safetensorsFrom([...tensors.values()], metadata));
    const { code, out, err } = await predict("kinds.nn", "nan", "strays.csv");
    expect([code, out, err]).toEqual([
      1,
      "",
      "nan/weights.safetensors can't be used: its dense_1/kernel has values that are not finite numbers.\n",
    ]);
  });
});

test("images of an IDX file are predicted, plain or compressed", async () => {
  const idx = (axes: number[], values: number[]): Uint8Array =>
    Uint8Array.from([0, 0, 8, axes.length, ...axes.flatMap((axis) => [0, 0, 0, axis]), ...values]);
  const image = (k: number): number[] => (k % 2 === 0 ? [255, 250, 0, 5, 0, 0] : [0, 10, 0, 0, 250, 255]);
  const images = Array.from({ length: 12 }, (_, k) => image(k)).flat();
  write("images.gz", gzipSync(idx([12, 2, 3], images)));
  write(
    "labels",
    idx(
      [12],
      Array.from({ length: 12 }, (_, k) => k % 2),
    ),
  );
  write(
    "pictures.nn",
    `model Pictures {\n  input 2x3\n  flatten\n  dense 2 softmax\n}\ndata Digits {\n  source idx("images.gz", "labels")\n  scale minmax\n}\ntrain Pictures on Digits {\n  loss sparse_categorical_crossentropy\n  optimizer adam(learning_rate=0.1)\n  epochs 50\n}\n`,
  );
  const trained = await nn("train", "pictures.nn", "--out", "pictures");
  expect(trained.err).toBe("");
  write("new", idx([3, 2, 3], [...image(1), ...image(0), ...image(1)]));
  write("new.gz", gzipSync(read("new")));
  for (const name of ["new", "new.gz"]) {
    const { code, out, err } = await predict("pictures.nn", "pictures", name);
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n").map((line) => line.split(",")[0])).toEqual(["class", "1", "0", "1", ""]);
  }
  write("small", idx([1, 2, 2], [1, 2, 3, 4]));
  const small = await predict("pictures.nn", "pictures", "small");
  expect([small.code, small.err]).toEqual([1, "small holds images of 2x2, but the network takes 2x3; name images of that size.\n"]);
  const labels = await predict("pictures.nn", "pictures", "labels");
  expect([labels.code, labels.err]).toEqual([1, "labels holds 12 labels, not images; name the file of the images.\n"]);
  cpSync(inProject("samples/iris.csv"), join(folder, "iris.csv"));
  const table = await predict("pictures.nn", "pictures", "iris.csv");
  expect([table.code, table.err]).toEqual([
    1,
    "iris.csv has 5 columns, but the network takes images of 2x3, which are 6 pixels; name an IDX file, or a CSV file with a column for each pixel.\n",
  ]);
});
