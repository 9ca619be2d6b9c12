/**
 * Completion at many cursor places. Each case in test/conformance/places.txt is a file with a `¦`, followed by the expectations: `first`
 * items in order, items to `have`, items to `lack`, or `none`. `space` means that a blank opened the list.
 */
import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../../engine/data/csvFormat.ts";
import { cursorIn, placeCases } from "../../../test/fixtures.ts";
import { analyse } from "../../language/analysis.ts";
import { csvFacts, type DataFiles } from "../../language/resolve/dataFacts.ts";
import { completion } from "../completion.ts";

const table = (text: string) => csvFacts(new TextEncoder().encode(text), CSV_FORMAT, "table.csv");
/** The tables in the cases. */
const TABLES: Readonly<Record<string, ReturnType<typeof table>>> = {
  "iris.csv": table("sepal_length,sepal_width,petal_length,petal_width,species\n5,3,1,0,setosa\n7,3,5,1,versicolor\n6,3,6,2,virginica\n"),
  "houses.csv": table("rooms,living-area,near,price\n3,70,sea,100.5\n5,120,town,230.25\n4,90,sea,180\n"),
  "digits.csv": table("a,b,zero,one\n0,1,1,0\n1,0,0,1\n1,1,1,0\n"),
};
const files: DataFiles = { csv: (path) => TABLES[path], idx: () => undefined };
const PATHS = ["iris.csv", "data/more.csv", "run/weights.safetensors", "../"];

const cases = placeCases();

test("there are at least 150 places", () => expect(cases.length).toBeGreaterThanOrEqual(150));

describe("completion", () => {
  test.each(cases.map((one) => [one.name, one] as const))("%s", (_name, { text: marked, expected }) => {
    const { text, offset } = cursorIn(marked);
    const isOpenedByItself = expected.some(({ kind }) => kind === "space");
    const labels = completion(analyse(text, files), offset, { files: PATHS, isOpenedByItself }).map(({ item }) => item.label);
    for (const { kind, items } of expected) {
      if (kind === "first") expect(labels.slice(0, items.length)).toEqual(items);
      else if (kind === "only") expect(labels).toEqual(items);
      else if (kind === "none") expect(labels).toEqual([]);
      else if (kind === "have") expect(labels).toEqual(expect.arrayContaining([...items]));
      else if (kind === "lack") expect(labels.filter((label) => items.includes(label))).toEqual([]);
    }
    expect(expected.some(({ kind }) => kind !== "space")).toBe(true);
    expect(new Set(labels).size).toBe(labels.length);
  });
});
