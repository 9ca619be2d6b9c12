/** The data files that the examples of the diagnostics name. */
import { readFileSync } from "node:fs";
import { CSV_FORMAT } from "../engine/data/csvFormat.ts";
import { inProject } from "../scripts/project.ts";
import { csvFacts, type DataFiles } from "../server/language/resolve/dataFacts.ts";

const IRIS = csvFacts(readFileSync(inProject("samples/iris.csv")), CSV_FORMAT, "iris.csv");
const NUMBERED = csvFacts(new TextEncoder().encode("id,a,b,y\n1,0,0,0\n2,0,1,1\n3,1,0,1\n4,1,1,2\n"), CSV_FORMAT, "numbered.csv");
const TABLES: ReadonlyMap<string, typeof IRIS> = new Map([
  ["iris.csv", IRIS],
  ["numbered.csv", NUMBERED],
]);
export const exampleFiles: DataFiles = {
  csv: (path) => TABLES.get(path) ?? { problem: `There is no file ${path}; check its name.` },
  idx: () => undefined,
  weights: (path) => ({
    facts: {
      scalers: new Map(path === "scaled.safetensors" ? [["a", { offset: 40, factor: 12 }]] : []),
      shapes: new Map([
        ["hidden/kernel", [2, 2]],
        ["hidden/bias", [2]],
        ["dense_2/kernel", [2, 1]],
        ["dense_2/bias", [1]],
      ]),
    },
  }),
};
