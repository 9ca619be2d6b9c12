/** What the built programs load when they start: the files in dist/ that follow from static imports, and the sources in these files. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";

const AT_START = /(?:\bfrom|\bimport)\s*"\.\/([\w-]+\.js)"/g;
const EVER = /(?:\bfrom|\bimport)\s*\(?"\.\/([\w-]+\.js)"/g;

/** Returns the paths of the sources in a program's file in dist/ and in the files that it imports. */
function sourcesOf(program: string, imports: RegExp): string[] {
  const files = new Set([program]);
  // A set's iteration includes entries that are added on the way.
  for (const file of files)
    for (const [, imported = ""] of readFileSync(inProject("dist", file), "utf8").matchAll(imports)) files.add(imported);
  return [...files].flatMap((file) => {
    const { sources } = JSON.parse(readFileSync(inProject("dist", `${file}.map`), "utf8")) as { readonly sources: readonly string[] };
    return sources.map((path) => join("dist", path).replaceAll("\\", "/"));
  });
}

const isExchange = (path: string): boolean => /^(engine\/exchange|node_modules\/(fflate|@bufbuild))\//.test(path);

test.each([
  ["extension.js", "client/editor/extension.ts"],
  ["server.js", "server/main.ts"],
  ["trainer.js", "client/node/trainerWorker.ts"],
  ["nn.js", "client/terminal/start.ts"],
])("the start of %s loads no exporter, importer or archive library", (program, main) => {
  const sources = sourcesOf(program, AT_START);
  expect(sources).toContain(main);
  expect(sources.filter(isExchange)).toEqual([]);
});

test("nn loads exporters, importers and archive libraries on demand", () => {
  const sources = sourcesOf("nn.js", EVER).filter(isExchange);
  for (const part of ["exchange/keras/file.ts", "exchange/import/file.ts", "node_modules/fflate/", "node_modules/@bufbuild/"])
    expect(
      sources.some((path) => path.includes(part)),
      part,
    ).toBe(true);
});
