/** The contract's own cases: exactly the marked codes on the marked lines. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { lineMap } from "../../client/cli/lines.ts";
import { dataReader } from "../../server/dataFiles.ts";
import { nodeFiles } from "../../server/nodeFiles.ts";
import { sharedFolder } from "./shared.ts";

/** Cases that need a part of the language that is not there yet, by name. */
const NOT_YET: readonly string[] = ["xor-needs-a-hidden-layer"];

const folder = sharedFolder("conformance");
const data = sharedFolder("data");
const text = folder ? readFileSync(join(folder, "cases.txt"), "utf8") : "";
const cases = text
  .split(/^=== /m)
  .slice(1)
  .map((part): [string, string] => [part.slice(0, part.indexOf("\n")).trim(), part.slice(part.indexOf("\n") + 1)]);

describe.skipIf(!folder || !data)("conformance cases", () => {
  test("those not covered yet are named and exist", () => {
    if (NOT_YET.length > 0) console.warn(`Not covered yet: ${NOT_YET.join(", ")}`);
    expect(cases.map(([name]) => name)).toEqual(expect.arrayContaining([...NOT_YET]));
  });

  test.each(cases.filter(([name]) => !NOT_YET.includes(name)))("%s", async (_name, marked) => {
    const wanted = marked.split("\n").flatMap((line, i) => [...line.matchAll(/#! (NN\d+)/g)].map(([, code]) => `${i + 1} ${code}`));
    const source = marked.replace(/[ \t]*#! NN\d+/g, "");
    const root = pathToFileURL(data ?? "").href;
    const { issues } = await dataReader(nodeFiles).analyse(source, { uri: `${root}/case.nn`, roots: [root] });
    const lines = lineMap(source);
    expect(issues.map(({ span, code }) => `${lines.at(span.start).line} ${code}`)).toEqual(wanted);
  });
});
