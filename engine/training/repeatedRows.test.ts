import { describe, expect, test } from "vitest";
import { randomFrom } from "../random.ts";
import { repeatedRows } from "./repeatedRows.ts";

/** Returns 60 training and 40 validation rows. The first `repeated` validation rows repeat training rows with the given targets. */
function split(repeated: number, targetOf: (row: number) => number = () => 0, featureOf: (row: number) => number = (row) => row) {
  const features = Float64Array.from({ length: 100 }, (_, row) => featureOf(row < 60 + repeated ? row % 60 : row));
  const targets = [{ values: Float64Array.from({ length: 100 }, (_, row) => targetOf(row)), width: 1 }];
  const part = (from: number, to: number): Uint32Array => Uint32Array.from({ length: to - from }, (_, k) => from + k);
  return { features, featureCount: 1, targets, parts: { train: part(0, 60), validation: part(60, 100), test: new Uint32Array() } };
}

describe("rows of the validation part that are in the training part, too", () => {
  test("are a finding if they are many", () => {
    expect(repeatedRows(split(10))).toMatchObject({
      code: "NN611",
      at: "data",
      message: expect.stringMatching(/^25 % of the validation rows are in the training part, too/),
    });
  });

  test.each([
    ["few of them", split(4)],
    ["another target", split(40, (row) => Number(row >= 60))],
    ["a truth table", split(40, undefined, (row) => row % 4)],
    ["none", split(0)],
    ["whole numbers of few values, such as ages", split(40, undefined, (row) => row % 25)],
  ])("no finding: %s", (_name, examples) => expect(repeatedRows(examples)).toBeUndefined());
});

describe("rows that are drawn from few values", () => {
  const random = randomFrom(Number(process.env["SEED"] ?? 20_261_124), "generator", 0);
  const draw = (values: number): number => Math.floor(random.uniform() * values);

  /** Returns 400 training and 100 validation rows. */
  function drawn(row: () => number[], copies = 1) {
    const different = Array.from({ length: 500 / copies }, row);
    const all = Array.from({ length: 500 }, (_, k) => different[(k * 7) % different.length] ?? []);
    const part = (from: number, to: number): Uint32Array => Uint32Array.from({ length: to - from }, (_, k) => from + k);
    return {
      features: Float64Array.from(all.flat()),
      featureCount: all[0]?.length ?? 0,
      targets: [{ values: new Float64Array(500), width: 1 }],
      parts: { train: part(0, 400), validation: part(400, 500), test: new Uint32Array() },
    };
  }

  test.each([
    ["two dice", () => [draw(6), draw(6)]],
    ["three answers from 1 to 5", () => [draw(5), draw(5), draw(5)]],
    ["an age and a sex", () => [18 + draw(60), draw(2)]],
  ])("are no finding: %s", (_name, row) => expect(repeatedRows(drawn(row))).toBeUndefined());

  test.each([
    ["two measurements", () => [random.normal(), random.normal()]],
    ["measurements and a sex", () => [random.normal(), draw(2), random.normal()]],
    ["sixteen yes or no", () => Array.from({ length: 16 }, () => draw(2))],
  ])("are a finding if the table has each row twice: %s", (_name, row) =>
    expect(repeatedRows(drawn(row, 2))).toMatchObject({ code: "NN611" }),
  );
});
