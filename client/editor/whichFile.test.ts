/** Which file a command acts on, depending on what the editor shows. */
import { beforeEach, expect, test, vi } from "vitest";
import { fakeVscode } from "../../test/fakeVscode.ts";

class TabInputText {
  readonly uri: unknown;
  constructor(uri: unknown) {
    this.uri = uri;
  }
}
const fake = fakeVscode();
const said: string[] = [];
const asked: string[][] = [];
const window = {
  activeTextEditor: undefined as unknown,
  visibleTextEditors: [] as unknown[],
  tabGroups: { all: [] as object[] },
  setStatusBarMessage: (text: string) => said.push(text),
  showInformationMessage: async (text: string) => void said.push(text),
  showQuickPick: async (items: readonly { readonly label: string }[]) => {
    asked.push(items.map(({ label }) => label));
    return items[1];
  },
};
vi.mock("vscode", () => ({ ...fake.vscode, TabInputText, window, workspace: { ...fake.vscode.workspace, textDocuments: [] } }));
const { fileFor } = await import("./whichFile.ts");

const uri = (name: string) => fake.vscode.Uri.file(`/w/${name}`);
const editor = (name: string, languageId = "nn") => ({ document: { uri: uri(name), languageId } });
const tabs = (...names: string[]) => [{ tabs: names.map((name) => ({ input: new TabInputText(uri(name)), isActive: false })) }];
const panels = { active: undefined as string | undefined, visible: [] as string[] };
const parts = {
  panels: {
    activeFile: () => panels.active && String(uri(panels.active)),
    visibleFiles: () => panels.visible.map((name) => String(uri(name))),
  },
  samples: { show: async (name: string) => uri(`copy-of-${name}`) as never },
};
const file = async (given?: unknown): Promise<string | undefined> => (await fileFor(parts, given, "Train Model"))?.path.split("/").at(-1);

beforeEach(() => {
  Object.assign(window, { activeTextEditor: undefined, visibleTextEditors: [], tabGroups: { all: [] } });
  Object.assign(panels, { active: undefined, visible: [] });
  said.length = asked.length = 0;
});

test("a lens, a menu and a button of the walkthrough name the file", async () => {
  window.activeTextEditor = editor("other.nn");
  expect(await file(String(uri("a.nn")))).toBe("a.nn");
  expect(await file(uri("b.nn"))).toBe("b.nn");
  expect(await file({ sample: "xor-limit.nn" })).toBe("copy-of-xor-limit.nn");
});

test("the active editor comes before the active panel, and both before what is only visible; none of them is said", async () => {
  panels.active = "panel.nn";
  window.visibleTextEditors = [editor("seen.nn")];
  expect(await file()).toBe("panel.nn");
  window.activeTextEditor = editor("active.nn");
  expect(await file()).toBe("active.nn");
  expect([said, asked]).toEqual([[], []]);
});

test("with another kind of file in the active editor, the only visible file is taken, then the only open one, and the status bar says which", async () => {
  window.activeTextEditor = editor("notes.md", "markdown");
  window.tabGroups.all = tabs("open.nn", "notes.md");
  expect(await file()).toBe("open.nn");
  window.visibleTextEditors = [editor("notes.md", "markdown"), editor("seen.nn")];
  panels.visible = ["seen.nn"];
  expect(await file()).toBe("seen.nn");
  expect(said).toEqual(["Train Model: open.nn", "Train Model: seen.nn"]);
});

test("of several the user chooses, and with none the command says what it needs", async () => {
  expect(await file()).toBeUndefined();
  expect(said).toEqual(["Train Model needs a .nn file, and none is open."]);
  window.tabGroups.all = tabs("a.nn", "b.nn");
  expect(await file()).toBe("b.nn");
  window.visibleTextEditors = [editor("c.nn")];
  panels.visible = ["d.nn"];
  expect(await file()).toBe("d.nn");
  expect(asked).toEqual([
    ["a.nn", "b.nn"],
    ["c.nn", "d.nn"],
  ]);
});
