/** Parts with their own source: their rows are evaluated with the fit of the training part. Values are computed by hand. */
import { describe, expect, test } from "vitest";
import { analyse } from "../../server/language/analysis.ts";
import { csvFacts, type DataFiles } from "../../server/language/resolve/dataFacts.ts";
import { atOnce, epochsOf } from "../../test/fixtures.ts";
import type { TrainingEvent } from "../events.ts";
import type { FileReader } from "../host.ts";
import type { TrainingPlan } from "../plan.ts";
import { train } from "../training/trainer.ts";
import { type Examples, loadExamples } from "./examples.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** File texts by path. The checker and the engine read the same text. */
class Tables {
  private readonly tables: Readonly<Record<string, string>>;
  constructor(tables: Readonly<Record<string, string>>) {
    this.tables = tables;
  }
  private text(path: string): string {
    const text = this.tables[path];
    if (text === undefined) throw new Error(`There is no ${path}.`);
    return text;
  }
  readonly facts: DataFiles = { csv: (path, format) => csvFacts(bytes(this.text(path)), format, path), idx: () => undefined };
  readonly reader: FileReader = { read: async (path) => bytes(this.text(path)) };
}

const fileText = (layers: string, data: string, settings: string): string =>
  `model M {\n  ${layers}\n}\ndata D {\n  source csv("train.csv")\n  ${data}\n}\ntrain M on D {\n  ${settings}\n}\n`;
function planWith(tables: Tables, layers: string, data: string, settings = "loss mse"): TrainingPlan {
  const { plans, issues } = analyse(fileText(layers, data, settings), tables.facts);
  if (!plans[0]) throw new Error(issues.map(({ message }) => message).join("\n"));
  return plans[0].plan;
}
const load = (plan: TrainingPlan, tables: Tables): Promise<Examples> => loadExamples(plan, tables.reader, "float64");
const partsOf = ({ parts }: Examples): Record<string, number[]> => ({
  train: [...parts.train],
  validation: [...parts.validation],
  test: [...parts.test],
});

describe("rows of own sources", () => {
  const tables = new Tables({ "train.csv": "a,y\n0,1\n10,2\n20,3\n", "v.csv": "y,a\n5,40\n", "t.csv": "a,y\n-20,6\n50,7\n" });

  test("follow the source's, and are scaled by the training part", async () => {
    const examples = await load(
      planWith(tables, "input a\n  dense 1", 'validation csv("v.csv")\n  test csv("t.csv")\n  target y\n  scale minmax'),
      tables,
    );
    expect(partsOf(examples)).toEqual({ train: [0, 1, 2], validation: [3], test: [4, 5] });
    expect([...examples.features]).toEqual([0, 0.5, 1, 2, -1, 2.5]);
    expect([...(examples.targets[0]?.values ?? [])]).toEqual([1, 2, 3, 5, 6, 7]);
    expect(examples.fit.features[0]?.scaler).toEqual({ offset: 0, factor: 20 });
  });

  test("leave the source's rows to the other parts", async () => {
    const examples = await load(planWith(tables, "input a\n  dense 1", 'test csv("t.csv")\n  target y\n  split validation=0.34'), tables);
    expect(examples.parts.train.length).toBe(2);
    expect(examples.parts.validation.length).toBe(1);
    expect([...examples.parts.test]).toEqual([3, 4]);
  });

  test("are what `val_loss` measures", async () => {
    const plan = planWith(
      tables,
      "input a\n  dense 1 kernel=[[0]]",
      'validation csv("t.csv")\n  target y\n  scale minmax',
      "loss mse\n  optimizer sgd(learning_rate=0.00001)\n  batch all\n  epochs 1",
    );
    const events: TrainingEvent[] = [];
    await train(plan, { host: atOnce, files: tables.reader, emit: (event) => events.push(event), precision: "float64" });
    // Targets 6 and 7, outputs near 0.
    expect(epochsOf(events)[0]?.valLoss).toBeCloseTo((36 + 49) / 2, 2);
  });
});

describe("the fit is the training part's", () => {
  test("gaps get its mean, and rows with gaps are dropped from their own part", async () => {
    const tables = new Tables({ "train.csv": "a,y\n1,1\n,2\n3,3\n", "t.csv": "a,y\n,4\n100,5\n" });
    const written = (missing: string): TrainingPlan =>
      planWith(tables, "input a\n  dense 1", `test csv("t.csv")\n  target y\n  missing ${missing}`);
    expect([...(await load(written("mean"), tables)).features]).toEqual([1, 2, 3, 2, 100]);
    const dropped = await load(written("drop"), tables);
    expect([...dropped.features]).toEqual([1, 3, 100]);
    expect(partsOf(dropped)).toEqual({ train: [0, 1], validation: [], test: [2] });
  });

  test("class names and words keep their order, whatever the test rows have", async () => {
    const tables = new Tables({ "train.csv": "c,y\nred,no\nblue,yes\nred,maybe\n", "t.csv": "c,y\nblue,yes\nblue,maybe\n" });
    const plan = planWith(
      tables,
      "input 2\n  dense 3 softmax",
      'test csv("t.csv")\n  features c\n  one_hot c\n  target y',
      "loss sparse_categorical_crossentropy",
    );
    const examples = await load(plan, tables);
    expect([...examples.features]).toEqual([0, 1, 1, 0, 0, 1, 1, 0, 1, 0]);
    expect([...(examples.targets[0]?.values ?? [])]).toEqual([1, 2, 0, 2, 0]);
  });

  test("a word that it lacks stops the training with its place", async () => {
    const tables = new Tables({ "train.csv": "a,y\n1,no\n2,yes\n", "t.csv": "a,y\n1,yes\n" });
    const plan = planWith(tables, "input a\n  dense 2 softmax", 'test csv("t.csv")\n  target y', "loss sparse_categorical_crossentropy");
    const changed: FileReader = { read: async (path) => (path === "t.csv" ? bytes("a,y\n1,perhaps\n") : await tables.reader.read(path)) };
    await expect(loadExamples(plan, changed, "float64")).rejects.toThrow(
      /t\.csv, row 2, column y: "perhaps" is not one of the classes no, yes/,
    );
  });
});

describe("what the checker says of own sources", () => {
  const faults = (test: string, data: string, train = "a,c,y\n0.5,red,no\n2.5,blue,yes\n"): [string, string, string][] => {
    const text = fileText("input 3\n  dense 2 softmax", `${data}\n  one_hot c\n  target y`, "loss sparse_categorical_crossentropy");
    const tables = new Tables({ "train.csv": train, "t.csv": test });
    return analyse(text, tables.facts).issues.map(({ code, span, message }) => [code, text.slice(span.start, span.end), message]);
  };
  const OWN = 'test csv("t.csv")';

  test("nothing if they fit, in any order of columns", () => expect(faults("y,extra,c,a\nno,9,blue,7\n", OWN)).toEqual([]));

  test.each([
    [
      "a class that training lacks",
      "a,c,y\n1,red,no\n1,red,perhaps\n",
      /t\.csv, row 3, column y: training lacks the class "perhaps" of y; it has no(,| and) yes/,
    ],
    ["a word that training lacks", "a,c,y\n1,green,no\n", /t\.csv, row 2, column c: training lacks the word "green" of c/],
    ["a missing column", "a,y\n1,no\n", /t\.csv has no column `c`/],
    ["text among numbers", "a,c,y\n1,red,no\n2,red,no\nx,red,no\n", /t\.csv, row 4, column a: "x" is text/],
    ["a gap", "a,c,y\n,red,no\n2,red,yes\n", /t\.csv, row 2, column a: the value is missing/],
  ])("%s is NN406 on its line", (_name, test, message) =>
    expect(faults(test, OWN)).toEqual([["NN406", OWN, expect.stringMatching(message)]]),
  );

  test("a part given twice is NN210 where it is given the second time", () => {
    const own = "a,c,y\n1,red,no\n";
    expect(faults(own, `${OWN}\n  split test=0.5`).map(([code, at]) => [code, at])).toEqual([["NN210", "test"]]);
    expect(faults(own, `split validation=0.5 test=0.5\n  ${OWN}`).map(([code, at]) => [code, at])).toEqual([["NN210", "test"]]);
  });

  test("images beside a table are an error on their line", () => {
    const own = 'test idx("a", "b")';
    expect(faults("", own).map(([code, at]) => [code, at])).toEqual([["NN213", own]]);
  });
});
