/** The pages for users: every example is a formatted file without a finding, does what it expects, and the guide names every directive. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalog, directives, names } from "../../engine/catalog/index.ts";
import { commandPlaces, commandsPage } from "../../scripts/build/commandsPage.ts";
import { referenceText } from "../../scripts/build/docs.ts";
import { linksIn } from "../../scripts/build/links.ts";
import { inProject } from "../../scripts/project.ts";
import { runNn } from "../terminal/run.ts";

const LANGUAGE = readdirSync(inProject("docs/language")).map((name) => `docs/language/${name}`);
const PAGES = [...LANGUAGE, "docs/how-it-learns.md", "docs/troubleshooting.md", "docs/coming-from.md", "docs/book-numbers.md", "README.md"];
const textOf = (page: string): string => readFileSync(inProject(page), "utf8");

let folder: string;
/** The examples' files, named after their page and place. */
const files: string[] = [];
const tested: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-guide-"));
  for (const name of ["iris.csv", "iris-setosa.csv"]) cpSync(inProject("samples", name), join(folder, name));
  for (const page of PAGES)
    for (const [k, [, text = ""]] of [...textOf(page).matchAll(/^```nn\n([\s\S]*?)^```$/gm)].entries()) {
      const name = `${page.replace(/\.md$/, "").replaceAll("/", "-")}-${k + 1}.nn`;
      writeFileSync(join(folder, name), text);
      files.push(name);
      if (/^expect\b/m.test(text)) tested.push(name);
    }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the examples of the pages for users", () => {
  test("have no finding and are formatted", async () => {
    expect(files.length).toBeGreaterThan(15);
    expect(await runNn(folder, ["check", ...files])).toEqual({ code: 0, out: "", err: "" });
    expect(await runNn(folder, ["format", "--check", ...files])).toEqual({ code: 0, out: "", err: "" });
  });

  test("do what they expect", async () => {
    expect(tested.length).toBeGreaterThan(8);
    const { out, err } = await runNn(folder, ["test", ...tested]);
    expect(err).toBe("");
    expect(out).toMatch(/\n\d+ passed, 0 failed\n$/);
  });
});

test("the networks of the page of the book's numbers have the book's numbers of parameters", async () => {
  const { out } = await runNn(folder, ["summary", "docs-book-numbers-1.nn"]);
  const printed = [...out.matchAll(/^[\d,]+ parameters/gm)].map(([text]) => text);
  expect(printed).toEqual(["266,610 parameters", "301 parameters", "1,239 parameters"]);
  for (const text of printed) expect(textOf("docs/book-numbers.md")).toContain(`\`${text}\``);
});

describe("the guide to the language", () => {
  test.each(names(directives))("the page of `%s` names every directive", (block) => {
    const page = textOf(`docs/language/${block}.md`);
    expect(names(directives[block]).filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([]);
  });

  test("the page of `model` names every layer", () => {
    const page = textOf("docs/language/model.md");
    expect(names(catalog.layers).filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([]);
  });

  test("has a page for each block, which its first page links to", () => {
    for (const block of ["model", "data", "train", "expect", "let"]) expect(textOf("docs/language/README.md")).toContain(`(${block}.md)`);
    expect(textOf("docs/how-it-learns.md")).toContain("(../engine/network/network.ts)");
  });
});

test("Open Reference leads to every page of the package", () => {
  const linked = linksIn(referenceText(), "dist/docs/reference.md").map(({ file }) => file);
  const pages = readdirSync(inProject("docs"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  expect(pages.length).toBeGreaterThan(15);
  for (const page of [...pages.map((name) => `docs/${name.replaceAll("\\", "/")}`), "README.md", "CHANGELOG.md"])
    expect(linked).toContain(page);
  for (const page of ["commands", "diagnostics", "words"]) expect(linked).toContain(`dist/docs/${page}.md`);
});

describe("the page of commands and settings", () => {
  const { contributes } = JSON.parse(textOf("package.json"));
  const page = commandsPage();
  const rowOf = (id: string): string | undefined => page.split("\n").find((line) => line.endsWith(`| \`${id}\` |`));

  test("lists every setting, and every command but those that only buttons of the walkthrough run", () => {
    for (const name of Object.keys(contributes.configuration.properties)) expect(page).toContain(`| \`${name}\` |`);
    const left = contributes.commands.map(({ command }: { command: string }) => command).filter((id: string) => rowOf(id) === undefined);
    expect(left).toEqual(["backprop.openSample", "backprop.showFix"]);
  });

  test("names each place where a command is found", () => {
    expect(rowOf("backprop.openReference")).toBe("| **Backprop: Open Reference** | the Command Palette | `backprop.openReference` |");
    expect(rowOf("backprop.train")).toContain("| the Command Palette, the lens **Train Model**, the editor's title bar |");
    expect(rowOf("backprop.debug")).toContain("the lens **Debug**, the editor's title bar, the view **Run and Debug**");
    expect(rowOf("backprop.import")).toContain("the Explorer's menu of a file");
    expect(rowOf("backprop.writeGradient")).toContain("the editor's menu");
    expect(rowOf("backprop.runs.watch")).toContain("the title of the view **Runs**");
    expect(rowOf("backprop.debug.exportCsv")).toContain("| the menu of the debugger's variables |");
    expect(rowOf("backprop.debug.goTo")).toContain("the Command Palette while the debugger is paused, the debugger's toolbar");
    expect(rowOf("backprop.writeStarter")).toContain("the Command Palette in an empty `.nn` file, the key Tab in an empty `.nn` file");
  });

  test("is not written if there are no words for a menu or a condition", () => {
    const items = [{ command: "backprop.train", when: "isWeb" }];
    expect(() => commandPlaces({ ...contributes, menus: { "scm/title": items } })).toThrow("no words for the menu or view scm/title");
    expect(() => commandPlaces({ ...contributes, menus: { commandPalette: items } })).toThrow("no words for the condition isWeb");
  });
});
