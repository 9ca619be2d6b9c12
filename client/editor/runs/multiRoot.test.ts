/** Folder settings in a workspace with several folders: where runs are saved, and how many. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import { fakeVscode } from "../../../test/fakeVscode.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "backprop-multi-root-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fake = fakeVscode();
const uri = (name: string): vscode.Uri => fake.vscode.Uri.file(join(root, name)) as unknown as vscode.Uri;
const folders = ["one", "two"].map((name) => ({ uri: uri(name) }));
for (const name of ["one", "two"]) mkdirSync(join(root, name));

/** Each folder's settings. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  [uri("one").toString()]: { "runs.folder": "runs", "runs.keep": 3 },
  [uri("two").toString()]: { "runs.keep": 7 },
};
const folderOf = (file: vscode.Uri | undefined) => folders.find((folder) => file?.toString().startsWith(folder.uri.toString()));

vi.mock("vscode", () => ({
  ...fake.vscode,
  workspace: {
    ...fake.vscode.workspace,
    workspaceFolders: folders,
    getWorkspaceFolder: folderOf,
    getConfiguration: (_section: string, scope: vscode.Uri | undefined) => {
      const own = SETTINGS[folderOf(scope)?.uri.toString() ?? ""] ?? {};
      return { get: (name: string) => own[name], inspect: (name: string) => ({ workspaceFolderValue: own[name] }) };
    },
  },
}));
const { runPlaces } = await import("./runsFolder.ts");

test("each workspace folder has its own folder of runs and its own limit", () => {
  const places = runPlaces(uri("storage"));
  const placeOf = (file: string) => {
    const { folder, keep, group } = places.of(uri(file).toString());
    return [folder.fsPath, keep, group];
  };
  expect(placeOf("one/a.nn")).toEqual([join(root, "one/runs"), 3, uri("one").toString()]);
  // Files outside the workspace may belong to other windows' workspaces, so each of their folders is counted separately.
  const [outside, other] = [placeOf("three/a.nn"), placeOf("four/a.nn")];
  expect(outside[2]).not.toBe(other[2]);
  expect(outside[2]).toBe(placeOf("three/b.nn")[2]);
  expect(placeOf("two/deep/a.nn")).toEqual([join(root, "storage"), 7, uri("two").toString()]);
  expect(new Set(places.folders().map(({ fsPath }) => fsPath))).toEqual(new Set([join(root, "one/runs"), join(root, "storage")]));
});
