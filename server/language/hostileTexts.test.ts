/** Texts that once broke the checker. It must return, and report each problem once. */
import { describe, expect, test } from "vitest";
import { analyse } from "./analysis.ts";
import { tokensOf } from "./syntax/tokens.ts";

const issuesOf = (text: string): [string, string][] => analyse(text).issues.map(({ code, message }) => [code, message]);
const trained = (source: string, line = ""): string =>
  `model M {\n  input a, b\n  dense 1\n}\ndata D {\n  features a, b\n  target y\n  ${source}\n}\ntrain M on D {\n  loss mse\n  ${line}\n}\n`;

describe("numbers at the end of float64's range", () => {
  test.each(["1e308", "1e300", "1000001"])("as noise %s: out of range, and nothing else", (noise) => {
    const text = `model M {\n  input 2\n  dense 2 softmax\n}\ndata D {\n  source gaussians(samples=100, noise=${noise})\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n`;
    expect(issuesOf(text)).toEqual([["NN213", expect.stringContaining("from 0 up to 1,000,000")]]);
  });
  test.each(["1e308 -1e308 -> 1e308\n  -1e308 1e308 -> -1e308", "1e-320 0 -> 1\n  0 1e-320 -> 0\n  1.7976931348623157e308 0 -> 1"])(
    "in rows: %j",
    (rows) => {
      for (const loss of ["loss mse", "loss binary_crossentropy", "loss hinge", "loss perceptron"])
        expect(() => analyse(trained(rows, "").replace("loss mse", loss))).not.toThrow();
    },
  );
});

test("loss_weights undefined=", () => {
  const text = trained("1 2 -> 3", "loss_weights undefined=");
  expect(() => analyse(text)).not.toThrow();
  expect(issuesOf(text).map(([code]) => code)).toContain("NN101");
});

describe("20,000 levels of nesting are one finding, and the rest of the file is checked", () => {
  const N = 20_000;
  const rest = "\nmodel N {\n  input 2\n  dens 3\n}\n";
  test.each([
    ["calls", trained("1 2 -> 3", `optimizer ${"adam(".repeat(N)}${")".repeat(N)}`)],
    ["lists", `model M {\n  input a\n  dense 1 kernel=${"[".repeat(N)}1${"]".repeat(N)}\n}\n`],
    ["open lists", `model M {\n  input a\n  dense 1 kernel=${"[".repeat(N)}\n}\n`],
    ["lists on lines of their own", `model M {\n  input a\n  dense 1 kernel=${"[\n".repeat(N)}1${"\n]".repeat(N)}\n}\n`],
    ["repeats", `model M {\n  input a\n${"  repeat 2 {\n".repeat(N)}  dense 1\n${"}\n".repeat(N)}}\n`],
    ["repeats on one line", `model M {\n  input a\n${"repeat 2 {".repeat(N)}${"}".repeat(N)}\n}\n`],
  ])("%s", (_what, text) => {
    const messages = issuesOf(text + rest);
    expect(messages.filter(([, message]) => message.includes("levels deep"))).toHaveLength(1);
    expect(messages.length).toBeLessThan(6);
    expect(messages.map(([code]) => code)).toContain("NN201");
    expect(tokensOf(text).tokens.length).toBeLessThan(3 * N);
  });

  // Each of the first 60 blocks lacks its brace.
  test("open repeats: no more findings than levels", () => {
    const messages = issuesOf(`model M {\n  input a\n${"  repeat 2 {\n".repeat(N)}${rest}`);
    expect(messages.length).toBeLessThan(65);
    expect(messages.map(([code]) => code)).toContain("NN201");
  });
});
