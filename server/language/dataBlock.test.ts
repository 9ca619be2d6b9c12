/** The `data` blocks of tables: the guesses, and that the checker accepts the blocks. */
import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { analyse } from "./analysis.ts";
import { dataBlock, dataName } from "./dataBlock.ts";
import { csvFacts, type DataFiles } from "./resolve/dataFacts.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Returns a table's block, and the codes of the errors in a file that uses it. */
function written(table: string): { lines: string[]; errors: string[] } {
  const files: DataFiles = { csv: () => csvFacts(bytes(table), CSV_FORMAT, "t.csv"), idx: () => undefined };
  const [read] = analyse('data Table {\n  source csv("t.csv")\n}\n', files).data;
  const block = read && dataBlock(read, "t.csv", "Table");
  if (block === undefined) throw new Error("The table has no block.");
  const { issues } = analyse(block, files);
  const lines = block.split("\n").slice(1, -2);
  return {
    lines: lines.map((line) => line.trim().replace(/ +/g, " ")),
    errors: issues.filter(({ severity }) => severity === "error").map(({ code }) => code),
  };
}

describe("a data block", () => {
  test("has the classes of a target of words in a comment, and no index among the features", () => {
    expect(written("id,size,weight,species\n1,3.5,2,cat\n2,9.1,8,dog\n3,2.2,1,cat\n")).toEqual({
      lines: ['source csv("t.csv")', "ignore id", "target species # 2 classes: cat, dog", "scale standard", "split validation=0.2"],
      errors: [],
    });
  });

  test("takes the last column as the target if no name says which, and scales numbers to predict", () => {
    const { lines, errors } = written("rooms,living area,near,price\n3,70,sea,100.5\n5,120,town,230.25\n4,90,sea,180.75\n3,71,sea,105.5\n");
    expect(lines).toEqual([
      'source csv("t.csv")',
      "target price",
      "one_hot near",
      "scale standard",
      "scale_target standard",
      "split validation=0.2",
    ]);
    expect(errors).toEqual([]);
  });

  test("finds a target by its name, fills gaps among numbers, and drops rows without a word or a target", () => {
    const filled = written("label,a,b\n0,1.5,2.5\n1,,3.5\n0,2.5,4.5\n");
    expect(filled.lines).toContain("target label # 2 classes: 0, 1");
    expect(filled.lines).toContain("missing mean");
    const dropped = written("label,a,b\n0,1.5,red\n1,2.5,\n0,3.5,blue\n");
    expect(dropped.lines).toContain("missing drop");
    expect([...filled.errors, ...dropped.errors]).toEqual([]);
  });

  test("quotes names and paths as the language does", () => {
    expect(written('"a ""b""",y\n1.5,2.5\n2.5,3.25\n').errors).toEqual([]);
    expect(written("model,Temp C\n1.5,2.5\n2.5,3.25\n")).toMatchObject({ errors: [], lines: expect.arrayContaining(['target "Temp C"']) });
  });
});

test("the data's name is that of the file, which no other block has", () => {
  expect(dataName("some/iris-setosa.csv", [])).toBe("IrisSetosa");
  expect(dataName("iris.csv", ["Iris"])).toBe("Iris2");
  expect(dataName("2024.csv", [])).toBe("Data2024");
});
