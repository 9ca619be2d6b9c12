/** A link or folder is exchanged between the check of a path and the reading: nothing outside the workspace is read. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

/** Called before a file is opened. */
let beforeOpen: () => void = () => undefined;
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  return {
    ...real,
    open: async (...given: Parameters<typeof real.open>) => {
      const act = beforeOpen;
      beforeOpen = () => undefined;
      act();
      return await real.open(...given);
    },
  };
});
const { nodeFiles, readInside } = await import("./nodeFiles.ts");
const { onDisk } = await import("./workspaceFiles.ts");

let folder: string;
let roots: string[];
const at = (name: string): string => join(folder, name);
const uriOf = (name: string): string => pathToFileURL(at(name)).href;
const SECRET = "outside,secret\n";
const OWN = "inside,public\n";

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "backprop-swap-")));
  for (const [name, text] of [
    ["work/data", OWN],
    ["outside", SECRET],
  ] as const) {
    mkdirSync(at(name), { recursive: true });
    writeFileSync(at(`${name}/d.csv`), text);
    writeFileSync(at(`${name}/d.nn`), text);
  }
  roots = [uriOf("work")];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const exchange = (): void => {
  renameSync(at("work/data"), at("work/old"));
  symlinkSync(at("outside"), at("work/data"));
};

test("after the checker asked for the size", async () => {
  const { size } = await nodeFiles.stat(uriOf("work/data/d.csv"), roots);
  exchange();
  await expect(nodeFiles.read(uriOf("work/data/d.csv"), 0, size, roots)).rejects.toMatchObject({ code: "OUTSIDE" });
});

test.each([
  ["a training", async () => (await readInside(at("work/data/d.csv"), roots)).toString()],
  ["the checker", async () => Buffer.from(await nodeFiles.read(uriOf("work/data/d.csv"), 0, 100, roots)).toString()],
  ["the search for names", () => onDisk.text(uriOf("work/data/d.nn"), roots)],
])("between the check and the opening by %s", async (_what, read) => {
  expect(await read()).toBe(OWN);
  beforeOpen = exchange;
  await expect(read()).rejects.toMatchObject({ code: "OUTSIDE" });
});

test("a file that is replaced by another one in the workspace meanwhile is read", async () => {
  beforeOpen = () => {
    writeFileSync(at("work/new"), "newer\n");
    renameSync(at("work/new"), at("work/data/d.csv"));
  };
  expect((await readInside(at("work/data/d.csv"), roots)).toString()).toBe("newer\n");
});
