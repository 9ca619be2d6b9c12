/** Where a workspace's settings and links place runs, and what an untrusted workspace can change, on a real disk. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { fakeVscode } from "../../../test/fakeVscode.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "backprop-runs-folder-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));
for (const name of ["work/inner", "outside"]) mkdirSync(join(root, name), { recursive: true });
writeFileSync(join(root, "work/file.nn"), "");
symlinkSync(join(root, "outside"), join(root, "work/link"));
symlinkSync(join(root, "nowhere"), join(root, "work/dangling"));
symlinkSync(join(root, "work/inner"), join(root, "work/alias"));
symlinkSync(join(root, "work"), join(root, "linked-work"));

const fake = fakeVscode();
const settings: { user: string | undefined; workspace: string | undefined } = { user: undefined, workspace: undefined };
let trusted = true;
let opened = "work";
const workspaceFolder = () => ({ uri: fake.vscode.Uri.file(join(root, opened)) });
vi.mock("vscode", () => ({
  ...fake.vscode,
  workspace: {
    ...fake.vscode.workspace,
    get isTrusted() {
      return trusted;
    },
    get workspaceFolders() {
      return [workspaceFolder()];
    },
    getWorkspaceFolder: workspaceFolder,
    getConfiguration: () => ({
      get: () => undefined,
      inspect: (name: string) => (name === "runs.folder" ? { globalValue: settings.user, workspaceValue: settings.workspace } : undefined),
    }),
  },
}));
const { runPlaces } = await import("./runsFolder.ts");
const { filesIn } = await import("./editorFiles.ts");

const storage = fake.vscode.Uri.file(join(root, "storage")) as unknown as vscode.Uri;
const folder = (): string => runPlaces(storage).of(`file://${root}/work/a.nn`).folder.fsPath;
beforeEach(() => {
  Object.assign(settings, { user: undefined, workspace: undefined });
  trusted = true;
  opened = "work";
});

describe("the folder of runs", () => {
  test.each([
    ["runs", "work/runs"],
    ["inner/deep/runs", "work/inner/deep/runs"],
    ["alias/runs", "work/alias/runs"],
    // Nothing can be written there. The first save reports that.
    ["file.nn/runs", "work/file.nn/runs"],
    ["../outside", "storage"],
    ["link", "storage"],
    ["link/runs", "storage"],
    ["dangling", "storage"],
    ["dangling/runs", "storage"],
    ["link/../../outside", "storage"],
  ])("that the workspace or the user names %s is %s", (given, wanted) => {
    settings.workspace = given;
    expect(folder()).toBe(join(root, wanted));
    Object.assign(settings, { workspace: undefined, user: given });
    expect(folder()).toBe(join(root, wanted));
  });

  test("may be in a workspace that was opened through a link", () => {
    opened = "linked-work";
    settings.workspace = "runs";
    expect(folder()).toBe(join(root, "linked-work/runs"));
  });

  test("is not the one that an untrusted workspace names", () => {
    settings.workspace = "runs";
    trusted = false;
    expect(folder()).toBe(storage.fsPath);
  });
});

test("in an untrusted workspace runs are read, but not written, renamed or deleted", async () => {
  const files = filesIn(fake.vscode.Uri.file(join(root, "work/runs")) as unknown as vscode.Uri);
  await files.replace("one", "run.json", "first");
  trusted = false;
  const reason = "only in workspaces that you trust";
  await expect(files.replace("one", "run.json", "second")).rejects.toThrow(reason);
  await expect(files.remove("one")).rejects.toThrow(reason);
  await expect(files.record("two", () => undefined)).rejects.toThrow(reason);
  expect(await files.names()).toEqual(["one"]);
  expect(Buffer.from((await files.read("one", "run.json")) ?? []).toString()).toBe("first");
});
