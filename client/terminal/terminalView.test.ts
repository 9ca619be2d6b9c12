import { afterEach, expect, test, vi } from "vitest";
import { TerminalView } from "./terminalView.ts";

afterEach(() => vi.restoreAllMocks());

function shown(...codes: readonly string[]): string {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((part) => {
    text += String(part);
    return true;
  });
  const view = new TerminalView("a.nn", 10, (at) => (at === "optimizer" ? 7 : 3));
  codes.forEach((code, k) => {
    view.show({ kind: "warning", code, message: `What ${code} says.`, at: code === "NN605" ? "optimizer" : "layer:hidden", epoch: k });
  });
  view.show({ kind: "stopped", epoch: 10, seconds: 1 });
  return text;
}

test("after several findings, the likeliest cause is named, though it was found later", () => {
  const text = shown("NN602", "NN605");
  expect(text.indexOf("warning NN602")).toBeLessThan(text.indexOf("warning NN605"));
  expect(text).toContain("\nOf 2 findings, look at NN605 first (line 7): What NN605 says. Then: NN602 (line 3).\n");
});

test("a single finding is printed once", () => {
  expect(shown("NN602").match(/NN602/g)).toHaveLength(2);
  expect(shown("NN602")).not.toContain("look at");
});
