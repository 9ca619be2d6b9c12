/** The status bar while a followed run writes nothing. */
import { expect, test, vi } from "vitest";
import { fakeVscode } from "../../../test/fakeVscode.ts";

const shown = new Set<string>();
vi.mock("vscode", () => ({
  ...fakeVscode().vscode,
  window: {
    setStatusBarMessage: (text: string, ...rest: unknown[]) => {
      expect(rest, "a message without a time limit").toEqual([]);
      shown.add(text);
      return { dispose: () => shown.delete(text) };
    },
  },
}));
const { quietNotice } = await import("./openRunFolder.ts");

test("the status bar says since when a followed run has written nothing, until the run continues or is no longer followed", () => {
  const notice = quietNotice("digits-job", () => new Date(2026, 0, 1, 9, 6, 30).getTime());
  notice(62.5);
  expect([...shown]).toEqual(["digits-job: no line since 09:05"]);
  notice(null);
  expect([...shown]).toEqual([]);
});
