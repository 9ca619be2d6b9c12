/** `missing values=`: additional texts and numbers that mean "no value", for checking and training. Values are computed by hand. */
import { describe, expect, test } from "vitest";
import { analyse } from "../../server/language/analysis.ts";
import { csvFacts, type DataFiles } from "../../server/language/resolve/dataFacts.ts";
import { planOf } from "../../test/fixtures.ts";
import { cellRules } from "./cells.ts";
import { readColumns } from "./columns.ts";
import { CSV_FORMAT } from "./csvFormat.ts";
import { type Examples, loadExamples } from "./examples.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const filesOf = (csv: string): DataFiles => ({
  csv: (path, format, missing) => csvFacts(bytes(csv), format, path, missing),
  idx: () => undefined,
});
const textOf = (lines: string, input = "1"): string =>
  `model M {\n  input ${input}\n  dense 1\n}\ndata D {\n  source csv("d.csv")\n  ${lines}\n}\ntrain M on D {\n  loss mse\n}\n`;
const codes = (text: string, csv: string): string[] => analyse(text, filesOf(csv)).issues.map(({ code, message }) => `${code} ${message}`);
const load = async (text: string, csv: string): Promise<Examples> =>
  await loadExamples(planOf(text, filesOf(csv)), { read: async () => bytes(csv) }, "float64");

test("a cell is a gap if its text or its number is named, in any case", () => {
  const rules = cellRules({ decimal: ",", thousands: null }, ["-999", "n.a."]);
  expect(["-999", " -999,0 ", "-9,99e2", "N.A.", "", "?"].map(rules.isGap)).toEqual([true, true, true, true, true, true]);
  expect(["-99", "-999,5", "na.", "9"].map(rules.isGap)).toEqual([false, false, false, false]);
  expect(["-999", "-999,0", "n.a."].map(rules.number)).toEqual([undefined, undefined, undefined]);
  expect(rules.number("-99,5")).toBe(-99.5);
});

test.each([
  // A table of plain numbers is read from its bytes, other tables by their cells.
  ["of plain numbers", "a,y\n1,1\n-999,2\n3,3\n"],
  ["with words", "a,y\n1,1\nn.a.,2\n3,3\n"],
  ["with another writing of the number", "a,y\n1,1\n-999.0,2\n3,3\n"],
])("the mean of a table %s fills the gap", async (_what, csv) => {
  const text = textOf('target y\n  missing mean values=[-999, "n.a."]');
  expect(codes(text, csv)).toEqual([]);
  expect([...(await load(text, csv)).features]).toEqual([1, 2, 3]);
});

test("rows are dropped, also for the target", async () => {
  const csv = "a,y\n1,1\n2,-1\n3,3\n";
  const text = textOf("target y\n  missing drop values=-1");
  expect(codes(text, csv)).toEqual([]);
  expect([...(await load(text, csv)).features]).toEqual([1, 3]);
});

test("in a column of words it is no word", async () => {
  const csv = "a,y\nred,1\nunknown,2\nblue,3\n";
  const text = textOf('features a\n  target y\n  one_hot a\n  missing drop values=["unknown"]', "2");
  expect(codes(text, csv)).toEqual([]);
  expect(planOf(text, filesOf(csv)).data.oneHot).toEqual([{ column: "a", words: ["blue", "red"] }]);
  expect([...(await load(text, csv)).features]).toEqual([0, 1, 1, 0]);
});

test("without a word, a gap is the error that it always was", () => {
  expect(codes(textOf("target y\n  missing values=[-999]"), "a,y\n1,1\n-999,2\n")).toEqual([
    expect.stringMatching(/^NN406 d\.csv, row 3, column a: the value is missing/),
  ]);
});

test("in rows of the file", async () => {
  const text =
    'model M {\n  input a\n  dense 1\n}\ndata D {\n  features a\n  target y\n  missing mean values=["none yet"]\n  1 -> 1\n  "none yet" -> 2\n  5 -> 3\n}\ntrain M on D {\n  loss mse\n}\n';
  const examples = await loadExamples(planOf(text), { read: () => Promise.reject(new Error("There is no file.")) }, "float64");
  expect([...examples.features]).toEqual([1, 3, 5]);
});

describe("mistakes", () => {
  const csv = "a,y\n1,1\n2,2\n";
  test.each([
    ["values of another kind", "missing mean values=[true]", "NN213 `values` takes numbers and texts"],
    ["no value", "missing mean values=", "NN"],
    ["the list twice", "missing mean values=[1] values=[2]", "NN210"],
    ["another word", "missing men values=[1]", "NN213"],
  ])("%s", (_name, line, message) => expect(codes(textOf(`target y\n  ${line}`), csv)[0]).toContain(message));
});

test("a file without the list reads as before", async () => {
  const { column } = await readColumns({ kind: "csv", path: "d.csv", ...CSV_FORMAT }, ["a"], { read: async () => bytes("a\n-999\n2\n") });
  expect(column("a").numbers).toEqual(new Float64Array([-999, 2]));
});
