/** The conformance cases: each file has exactly the marked codes on the marked lines. */
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { lineMap } from "../../client/terminal/lineMap.ts";
import { inProject } from "../../scripts/project.ts";
import { dataReader } from "../../server/dataFiles.ts";
import { diagnostics } from "../../server/language/diagnostics/table.ts";
import { nodeFiles } from "../../server/nodeFiles.ts";
import { conformanceCases } from "../fixtures.ts";

// The cases read the samples' data files.
const root = pathToFileURL(inProject("samples")).href;

/** Returns the codes that were found and those that the text marks. `#! NN303` at the end of a line expects this code on this line. */
async function codesOf(text: string): Promise<{ found: string[]; wanted: string[] }> {
  const wanted = text.split("\n").flatMap((line, i) => [...line.matchAll(/#! (NN\d+)/g)].map(([, code]) => `${i + 1} ${code}`));
  const source = text.replace(/[ \t]*#! NN\d+/g, "");
  const { issues } = await dataReader(nodeFiles).analyse(source, { uri: `${root}/case.nn`, roots: [root] });
  const lines = lineMap(source);
  return { wanted, found: issues.map(({ span, code }) => `${lines.at(span.start).line} ${code}`) };
}

describe("conformance cases of the language's definition", () => {
  test.each(conformanceCases("contract"))("%s", async (_name, text) => {
    const { found, wanted } = await codesOf(text);
    expect(found).toEqual(wanted);
  });
});

describe("conformance cases of the project", () => {
  const own = conformanceCases("cases");

  test.each(own)("%s", async (_name, text) => {
    const { found, wanted } = await codesOf(text);
    expect(found).toEqual(wanted);
  });

  test("every code has a case", () => {
    const marked = own.map(([, text]) => text).join("\n");
    expect(Object.keys(diagnostics).filter((code) => !marked.includes(`#! ${code}`))).toEqual([]);
  });
});
