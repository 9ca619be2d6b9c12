/** Samples that are opened directly in the extension's package, for example by a link in a page. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { fakeVscode } from "../../test/fakeVscode.ts";

class TabInputText {
  readonly uri: { readonly path: string };
  constructor(uri: { readonly path: string }) {
    this.uri = uri;
  }
}
const fake = fakeVscode();
const shown: string[] = [];
const closed: string[] = [];
const group = { viewColumn: 1, activeTab: undefined as unknown, tabs: [] as { readonly input: TabInputText; readonly isDirty: boolean }[] };
const window = Object.assign(fake.vscode.window, {
  showTextDocument: async ({ fsPath }: { readonly fsPath: string }) => void shown.push(fsPath),
  tabGroups: {
    ...fake.vscode.window.tabGroups,
    all: [group],
    activeTabGroup: group,
    close: async (tabs: typeof group.tabs) => void closed.push(...tabs.map(({ input }) => input.uri.path)),
  },
});
vi.mock("vscode", () => ({ ...fake.vscode, window, TabInputText }));
const { Samples } = await import("./samples.ts");

const folder = mkdtempSync(join(tmpdir(), "backprop-samples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]) => fake.vscode.Uri.file(join(folder, ...names));
const TEXT = "model M {\n}\n";

beforeEach(async () => {
  shown.length = closed.length = 0;
  window.activeTextEditor = undefined;
  rmSync(join(folder, "copies"), { recursive: true, force: true });
  for (const name of ["package", "copies"]) await fake.vscode.workspace.fs.createDirectory(at(name));
  writeFileSync(join(folder, "package", "templates.json"), JSON.stringify([{ file: "a.nn", idea: "", data: ["a.csv"] }]));
  writeFileSync(join(folder, "package", "a.nn"), TEXT);
  writeFileSync(join(folder, "package", "a.csv"), "x,y\n");
});

const open = (uri: ReturnType<typeof at>, isDirty = false): void => {
  group.tabs = [{ input: new TabInputText(uri), isDirty }];
  fake.activate(uri);
};

test("the sample that a page links to opens as a copy, with its data beside it, and the package's own file is closed", async () => {
  const following = new Samples(at("package") as never, at("copies") as never).showCopies();
  open(at("package", "a.nn"));
  await expect.poll(() => closed).toEqual([at("package", "a.nn").path]);
  expect(shown).toEqual([join(folder, "copies", "a.nn")]);
  expect(readFileSync(join(folder, "copies", "a.nn"), "utf8")).toBe(TEXT);
  expect(readFileSync(join(folder, "copies", "a.csv"), "utf8")).toBe("x,y\n");
  following.dispose();
});

test("files elsewhere stay as they are, and a changed file of the package stays open beside its copy", async () => {
  const following = new Samples(at("package") as never, at("copies") as never).showCopies();
  open(at("copies", "a.nn"));
  open(at("elsewhere", "a.nn"));
  open(at("package", "a.csv"));
  open(at("package", "a.nn"), true);
  await expect.poll(() => shown).toEqual([join(folder, "copies", "a.nn")]);
  expect(closed).toEqual([]);
  following.dispose();
});
