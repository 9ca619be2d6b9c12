/** Where a file may read: according to the path's text, and through links on a real disk. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataReader } from "./dataFiles.ts";
import { isInside, locate, relativePath, unreadableMessage } from "./locate.ts";
import { nodeFiles, requireInside } from "./nodeFiles.ts";
import { readRegular } from "./regularFiles.ts";

test("a file's path relative to a document leads back to the file", () => {
  const document = "file:///w/nets/a%20b.nn";
  for (const [file, path] of [
    ["file:///w/nets/d.csv", "d.csv"],
    ["file:///w/nets/more/d%20e.csv", "more/d e.csv"],
    ["file:///w/data/d.csv", "../data/d.csv"],
  ] as const) {
    expect(relativePath(document, file)).toBe(path);
    expect(locate(path, document, ["file:///w"])).toEqual({ uri: file });
  }
});

describe("a place is inside a folder", () => {
  test.each([
    ["file:///a/b/c.csv", "file:///a/b", true],
    ["file:///a/b/c.csv", "file:///a/b/", true],
    ["file:///a/b/c/d.csv", "file:///a/b", true],
    ["file:///a/b", "file:///a/b", true],
    ["file:///a/b/", "file:///a/b", true],
    ["file:///a/bc/d.csv", "file:///a/b", false],
    ["file:///a/bc", "file:///a/b", false],
    ["file:///a/b.csv", "file:///a/b", false],
    ["file:///a/c.csv", "file:///a/b", false],
    ["file:///a", "file:///a/b", false],
    ["file:///a%20b/c.csv", "file:///a b", true],
    ["file:///c%3A/w/d.csv", "file:///C:/w", true],
    ["vscode-vfs://github/o/r/d.csv", "vscode-vfs://github/o/r", true],
    ["vscode-vfs://github/o/r2/d.csv", "vscode-vfs://github/o/r", false],
  ])("%s in %s: %s", (uri, folder, is) => {
    expect(isInside(uri, [folder])).toBe(is);
    expect(isInside(uri, ["file:///elsewhere", folder])).toBe(is);
  });
});

describe("a path in a file", () => {
  const ROOTS = ["file:///w"];
  const from = (path: string): unknown => locate(path, "file:///w/nets/a.nn", ROOTS);
  test.each([
    ["d.csv", "file:///w/nets/d.csv"],
    ["../d.csv", "file:///w/d.csv"],
    ["/w/d.csv", "file:///w/d.csv"],
    ["sub\\d.csv", "file:///w/nets/sub/d.csv"],
    ["50%.csv", "file:///w/nets/50%25.csv"],
    ["a#b?c.csv", "file:///w/nets/a%23b%3Fc.csv"],
  ])("%s is found", (path, uri) => expect(from(path)).toEqual({ uri }));

  test.each([
    ["", "empty"],
    [" ", "empty"],
    ["a\0b", "NUL"],
    ["../../w2/d.csv", "outside the workspace"],
    ["..\\..\\w2\\d.csv", "outside the workspace"],
    ["/etc/passwd", "outside the workspace"],
    ["C:\\d.csv", "outside the workspace"],
    ["https://example.com/d.csv", "https://example.com/d.csv is an address, and data are read from files; download it"],
    ["s3://bucket/d.csv", "is an address"],
    ["data\train.csv", "The path has a tab in it, as \\t in quotes is one; write / between folders: data/train.csv"],
    ["data\new.csv", "The path has a line break in it, as \\n in quotes is one; write / between folders: data/new.csv"],
  ])("%j is refused", (path, reason) => expect(from(path)).toEqual({ problem: expect.stringContaining(reason) }));
});

test("a file that is missing at a path with backslashes is told of the other slash", () => {
  const missing = Object.assign(new Error("none"), { code: "ENOENT" });
  expect(unreadableMessage("sub\\d.csv", missing)).toBe(
    "There is no file sub\\d.csv beside this one; check the name, which is relative to the .nn file, and write / between folders: sub/d.csv.",
  );
  expect(unreadableMessage("d.csv", missing)).not.toContain("/ between");
});

describe.skipIf(process.platform === "win32")("a path that the system refuses", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "backprop-refused-"));
    writeFileSync(join(folder, "d.csv"), "a,b\n1,2\n");
    symlinkSync("circle.csv", join(folder, "circle.csv"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ["circle.csv", "the links in its path lead in a circle; name the file itself."],
    ["d.csv/e.csv", "a part of the path is a file, not a folder; check the path."],
    [`${"a".repeat(300)}.csv`, "the path is too long; choose shorter names."],
  ])("%s has a sentence, not the system's text", async (path, reason) => {
    const roots = [pathToFileURL(folder).href];
    const text = `data D {\n  source csv("${path}")\n  target b\n}\n`;
    const { issues } = await dataReader(nodeFiles).analyse(text, { uri: `${roots[0]}/a.nn`, roots });
    expect(issues.map(({ message }) => message)).toEqual([`${path} can't be read: ${reason}`]);
    const error: unknown = await readRegular(join(folder, path)).catch((refused: unknown) => refused);
    expect(unreadableMessage(path, error, folder)).toBe(`${path} can't be read: ${reason}`);
  });
});

describe("on a real disk", () => {
  let folder: string;
  let roots: string[];
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "backprop-locate-")));
    for (const name of ["work", "work2"]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "d.csv"), "a,b\n1,2\n");
    }
    symlinkSync(join(folder, "work2", "d.csv"), join(folder, "work", "link.csv"));
    symlinkSync(join(folder, "work"), join(folder, "alias"));
    roots = [pathToFileURL(join(folder, "work")).href];
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("a file inside the folder is read; a file in a sibling folder with the same prefix, or a link to it, is not", async () => {
    expect(await requireInside(join(folder, "work/d.csv"), roots)).toBe(join(folder, "work/d.csv"));
    await expect(requireInside(join(folder, "work2/d.csv"), roots)).rejects.toMatchObject({ code: "OUTSIDE" });
    await expect(requireInside(join(folder, "work/link.csv"), roots)).rejects.toMatchObject({ code: "OUTSIDE" });
  });

  test("a folder that is a link counts as the folder it links to", async () => {
    const alias = pathToFileURL(join(folder, "alias")).href;
    expect(await requireInside(join(folder, "alias/d.csv"), [alias])).toBe(join(folder, "work/d.csv"));
    await expect(requireInside(join(folder, "alias/link.csv"), [alias])).rejects.toMatchObject({ code: "OUTSIDE" });
  });

  test.each(["../work2/d.csv", "link.csv"])("the checker does not read %s", async (path) => {
    const text = `data D {\n  source csv("${path}")\n  target b\n}\n`;
    const { issues } = await dataReader(nodeFiles).analyse(text, { uri: `${roots[0]}/a.nn`, roots });
    expect(issues.map(({ code, message }) => [code, message])).toEqual([["NN406", expect.stringContaining("outside the workspace")]]);
  });
});
