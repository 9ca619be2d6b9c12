/** The files that a test run of the whole workspace contains. */
import { expect, test, vi } from "vitest";
import type * as vscode from "vscode";
import type { TestChoices } from "../../../server/protocol.ts";
import { fakeVscode } from "../../../test/fakeVscode.ts";
import type { TestExplorerParts } from "./testExplorer.ts";

const fake = fakeVscode();
const FILES = ["file:///w/opened.nn", "file:///w/never-opened.nn"].map((file) => fake.vscode.Uri.parse(file));
const nothing = (): { dispose: () => void } => ({ dispose: () => undefined });

/** A collection of test items. */
class Items extends Map<string, FakeItem> {
  owner: FakeItem | undefined;
  add(item: FakeItem): void {
    item.parent = this.owner;
    this.set(item.id, item);
  }
  replace(items: readonly FakeItem[]): void {
    this.clear();
    for (const item of items) this.add(item);
  }
}
class FakeItem {
  readonly children = new Items();
  parent: FakeItem | undefined;
  readonly id: string;
  readonly label: string;
  readonly uri: unknown;
  constructor(id: string, label: string, uri: unknown) {
    this.id = id;
    this.label = label;
    this.uri = uri;
    this.children.owner = this;
  }
}

/** The labels of the lines in all test runs. */
const enqueued: string[] = [];
type Handler = (request: Partial<vscode.TestRunRequest>, token: unknown) => Promise<void>;
const handlers: Handler[] = [];
const controller = {
  items: new Items(),
  createTestItem: (id: string, label: string, uri: unknown) => new FakeItem(id, label, uri),
  createRunProfile: (_label: string, _kind: number, handler: Handler) => void handlers.push(handler),
  createTestRun: () => ({
    token: { isCancellationRequested: false, onCancellationRequested: nothing },
    enqueued: ({ label }: FakeItem) => void enqueued.push(label),
    started: nothing,
    errored: nothing,
    end: nothing,
  }),
  dispose: nothing,
};
vi.mock("vscode", () => ({
  ...fake.vscode,
  tests: { createTestController: () => controller },
  TestRunProfileKind: { Run: 1, Debug: 2 },
  TestTag: class {},
  TestMessage: class {},
  Range: class {},
  TestRunRequest: class {
    readonly include: unknown;
    constructor(include: unknown) {
      this.include = include;
    }
  },
  CancellationTokenSource: class {
    token = { isCancellationRequested: false };
    dispose = nothing;
  },
  workspace: {
    ...fake.vscode.workspace,
    textDocuments: [],
    findFiles: async () => FILES,
    openTextDocument: async () => undefined,
    onDidCloseTextDocument: nothing,
    onDidOpenTextDocument: nothing,
    onDidSaveTextDocument: nothing,
  },
}));
const { TestExplorer } = await import("./testExplorer.ts");

test("a run of all tests contains the files that were never opened", async () => {
  const range = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
  const choicesOf = async (document: string): Promise<TestChoices> => ({
    blocks: [
      {
        label: "M",
        range,
        tests: [{ kind: "row", text: `row of ${document}`, range }],
        plan: { tests: [], tolerance: 0.5 },
        subject: null,
        problem: null,
      },
    ],
    trainings: [],
    isDamaged: false,
  });
  const explorer = new TestExplorer({ expectationsOf: choicesOf, testsOf: choicesOf } as unknown as TestExplorerParts);
  await explorer.test(FILES[0] as unknown as vscode.Uri, undefined);
  expect(enqueued).toEqual([`row of ${FILES[0]}`]);
  enqueued.length = 0;
  await handlers[0]?.({ include: undefined, exclude: undefined, continuous: false }, undefined);
  expect(enqueued).toEqual(FILES.map((file) => `row of ${file}`));
  explorer.dispose();
});
