/** How much of a data file the checker reads. */
import { expect, test } from "vitest";
import { dataReader, type FileAccess } from "./dataFiles.ts";

const place = { uri: "file:///project/m.nn", roots: ["file:///project"] };

/** Access to one file, which counts the bytes that are read. */
function fileOf(content: string): { access: FileAccess; read: () => number } {
  const bytes = new TextEncoder().encode(content);
  let read = 0;
  const access: FileAccess = {
    stat: async () => ({ size: bytes.length, version: "1" }),
    read: async (_uri, from, to) => {
      read += to - from;
      return bytes.subarray(from, to);
    },
  };
  return { access, read: () => read };
}

const textFor = (inputs: number): string =>
  `model M {\n  input ${inputs}\n  dense 1\n}\ndata D {\n  source csv("wide.csv")\n  target y\n}\ntrain M on D {\n  loss mse\n}\n`;
const wide = (columns: number, rows: number): string =>
  `${Array.from({ length: columns }, (_, k) => `column_${k}`).join(",")},y\n${`${"0.25,".repeat(columns)}1\n`.repeat(rows)}`;

test.each([
  ["whose names alone are longer than the first part", 180_000],
  ["whose first row ends beyond it", 120_000],
])("a file %s is read up to its first rows", async (_what, columns) => {
  const content = wide(columns, 30);
  const { access, read } = fileOf(content);
  const { issues } = await dataReader(access).analyse(textFor(columns), place);
  expect(issues).toEqual([]);
  expect(read()).toBeLessThan(content.length);
});

test("a long file that is not a table of lines is not read to its end", async () => {
  const { access, read } = fileOf("x".repeat(80_000_000));
  const { issues } = await dataReader(access).analyse(textFor(1), place);
  expect(issues.map(({ code }) => code)).toEqual(["NN406"]);
  expect(read()).toBeLessThan(70_000_000);
});
