/** The contract's own cases and the project's: exactly the marked codes on the marked lines. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { lineMap } from "../../client/cli/lines.ts";
import { dataReader } from "../../server/dataFiles.ts";
import { diagnostics } from "../../server/language/diagnostics.ts";
import { nodeFiles } from "../../server/nodeFiles.ts";
import { casesIn } from "../fixtures.ts";
import { projectFolder, sharedFolder } from "./shared.ts";

/** Names and texts; `#! NN303` at the end of a line says: this code on this line, and nothing else anywhere. */
async function codesOf(text: string, folder: string): Promise<{ found: string[]; wanted: string[] }> {
  const wanted = text.split("\n").flatMap((line, i) => [...line.matchAll(/#! (NN\d+)/g)].map(([, code]) => `${i + 1} ${code}`));
  const source = text.replace(/[ \t]*#! NN\d+/g, "");
  const root = pathToFileURL(folder).href;
  const { issues } = await dataReader(nodeFiles).analyse(source, { uri: `${root}/case.nn`, roots: [root] });
  const lines = lineMap(source);
  return { wanted, found: issues.map(({ span, code }) => `${lines.at(span.start).line} ${code}`) };
}

const folder = sharedFolder("conformance");
const data = sharedFolder("data");
const contract = folder ? casesIn(readFileSync(join(folder, "cases.txt"), "utf8")) : [];

describe.skipIf(!folder || !data)("conformance cases of the contract", () => {
  test.each(contract)("%s", async (_name, text) => {
    const { found, wanted } = await codesOf(text, data ?? "");
    expect(found).toEqual(wanted);
  });
});

describe("conformance cases of the project", () => {
  const own = casesIn(readFileSync(join(projectFolder, "test/conformance/cases.txt"), "utf8"));

  test.each(own)("%s", async (_name, text) => {
    const { found, wanted } = await codesOf(text, join(projectFolder, "samples"));
    expect(found).toEqual(wanted);
  });

  test("every code has a case", () => {
    const marked = own.map(([, text]) => text).join("\n");
    expect(Object.keys(diagnostics).filter((code) => !marked.includes(`#! ${code}`))).toEqual([]);
  });
});
