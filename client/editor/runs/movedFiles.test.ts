/** Files renamed outside the editor, on a real disk. */
import { copyFileSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import type { RunSummary } from "../../runs/runSchemas.ts";
import { textHash } from "../../runs/textHash.ts";
import type { Rename } from "../fileNames.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "backprop-moved-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fake = fakeVscode();
const uri = (name: string): vscode.Uri => fake.vscode.Uri.file(join(root, name)) as unknown as vscode.Uri;
let isTrusted = true;
const messages: string[] = [];
vi.mock("vscode", () => ({
  ...fake.vscode,
  workspace: {
    ...fake.vscode.workspace,
    get isTrusted() {
      return isTrusted;
    },
    textDocuments: [],
    onDidOpenTextDocument: () => ({ dispose: () => undefined }),
    getWorkspaceFolder: (file: vscode.Uri) => (file.fsPath.startsWith(root) ? { uri: uri("") } : undefined),
    findFiles: async () => readdirSync(root).map(uri),
  },
  window: { setStatusBarMessage: (text: string) => void messages.push(text) },
}));
const { followMovedFiles } = await import("./movedFiles.ts");

const TEXT = "model M {}\n";
const runOf = (name: string, text = TEXT): RunSummary => ({
  id: name,
  file: uri(name).toString(),
  fileName: name,
  name: "M",
  model: "M",
  begun: 0,
  seed: 1,
  status: "finished",
  epochs: 1,
  loss: 1,
  valLoss: null,
  seconds: 1,
  text: textHash(text),
});

/** Returns the renames that are detected when `b.nn` appears. */
async function followed(runs: readonly RunSummary[], isElsewhere = false): Promise<readonly Rename[]> {
  const renames: Rename[] = [];
  const problems: string[] = [];
  const following = followMovedFiles(
    { runs: async () => runs },
    { isElsewhere: () => isElsewhere },
    async (rename) => void renames.push(rename),
    { info: () => undefined, warn: (text: string) => void problems.push(text) },
  );
  fake.created.fire(uri("b.nn") as never);
  await following.settled();
  following.dispose();
  expect(problems).toEqual([]);
  return renames;
}

beforeEach(() => {
  messages.length = 0;
  isTrusted = true;
  for (const name of readdirSync(root)) rmSync(join(root, name));
  writeFileSync(join(root, "a.nn"), TEXT);
  renameSync(join(root, "a.nn"), join(root, "b.nn"));
});

const RENAME = { from: uri("a.nn").toString(), to: uri("b.nn").toString() };

test("a missing file's runs follow the only file with its text", async () => {
  expect(await followed([runOf("a.nn", "older"), runOf("a.nn")])).toEqual([RENAME]);
  expect(messages).toEqual([expect.stringMatching(/b\.nn has the runs of .*a\.nn, which was renamed\.$/)]);
});

test.each<[string, () => readonly RunSummary[]]>([
  ["has another text", () => [runOf("a.nn", "other")]],
  ["has runs of its own", () => [runOf("a.nn"), runOf("b.nn", "other")]],
  ["could be another missing file, too", () => [runOf("a.nn"), runOf("z.nn")]],
  [
    "is a copy of one that exists",
    () => {
      copyFileSync(join(root, "b.nn"), join(root, "a.nn"));
      return [runOf("a.nn")];
    },
  ],
  [
    "has a copy",
    () => {
      copyFileSync(join(root, "b.nn"), join(root, "c.nn"));
      return [runOf("a.nn")];
    },
  ],
])("nothing follows a file that %s", async (_why, runs) => {
  expect(await followed(runs())).toEqual([]);
});

test("nothing follows while another window trains, nor in an untrusted workspace", async () => {
  expect(await followed([runOf("a.nn")], true)).toEqual([]);
  isTrusted = false;
  expect(await followed([runOf("a.nn")])).toEqual([]);
});
