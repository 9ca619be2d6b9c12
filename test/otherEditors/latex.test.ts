/**
 * The LaTeX of a written derivation compiles, and its equations fit on the page. It needs pdflatex, of which Debian's package texlive-latex-base is enough;
 * without it the test is skipped.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { dist } from "../fixtures.ts";

const hasLatex = spawnSync("pdflatex", ["--version"], { stdio: "ignore" }).status === 0;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-latex-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Returns what pdflatex prints about the derivation that `nn derive` writes. */
function compiled(sample: string, options: readonly string[]): { readonly status: number | null; readonly log: string } {
  const nn = fileURLToPath(new URL("nn.js", dist));
  const { stdout } = spawnSync(process.execPath, [nn, "derive", inProject("samples", sample), "--latex", ...options], { encoding: "utf8" });
  writeFileSync(join(folder, "derivation.tex"), stdout);
  const { status, stdout: log } = spawnSync("pdflatex", ["-interaction=nonstopmode", "-halt-on-error", "derivation.tex"], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, log };
}

describe.skipIf(!hasLatex)("a derivation in LaTeX compiles, and its equations fit on the page", () => {
  test.each<[string, readonly string[]]>([
    ["xor.nn", ["--weight", "hidden[0,1]"]],
    ["xor.nn", ["--weight", "hidden[0,1]", "--exercise"]],
    ["iris.nn", ["--weight", "hidden[0,1]", "--row", "4"]],
    ["wide-and-deep.nn", ["--weight", "hidden.bias[3]"]],
    ["digits.nn", ["--weight", "dense_1[0,0]", "--row", "1", "--exercise"]],
  ])("%s %j", (sample, options) => {
    const { status, log } = compiled(sample, options);
    expect(log.match(/^!.*$/m)?.[0]).toBeUndefined();
    expect(status).toBe(0);
    const beyond = [...log.matchAll(/Overfull \\hbox \(([\d.]+)pt too wide\)/g)].map(([, points]) => Number(points));
    // A right margin of 1.5 cm is 42 points.
    expect(Math.max(0, ...beyond)).toBeLessThan(42);
  });
});
