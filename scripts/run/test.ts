/**
 * npm test: everything. Types, lint and tests run side by side on what the machine has; the tests in a real VS Code run
 * beside the others. Each part's output is printed when it ends, the durations at the end.
 */

import { bundle } from "../build/bundle.ts";
import { packageExtension } from "../build/vsix.ts";
import { inProject, main, run, say } from "../project.ts";
import { installBrowser } from "./browser.ts";
import { installWorkbench } from "./workbench.ts";

interface Part {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const bin = (name: string): string => inProject("node_modules", ".bin", name);
/** One after another in each lane, the lanes side by side. */
const LANES: readonly (readonly Part[])[] = [
  [
    { name: "types", program: bin("tsc"), args: ["-b"] },
    { name: "lint and format", program: bin("biome"), args: ["ci", "."] },
    { name: "unit, terminal and sample tests", program: bin("vitest"), args: ["run"] },
  ],
  [{ name: "tests in VS Code", program: bin("vitest"), args: ["run", "--config", "vitest.editor.config.ts"] }],
];

await main(async () => {
  const began = Date.now();
  await bundle();
  await installWorkbench();
  await installBrowser();
  await packageExtension();
  say(
    `Ready after ${seconds(Date.now() - began)}. Running ${LANES.flat()
      .map(({ name }) => name)
      .join(", ")}…`,
  );
  const results = (await Promise.all(LANES.map(runLane))).flat();
  say(
    `\n${results.map(({ name, ok, ms }) => `${ok ? "✓" : "✗"} ${name} (${seconds(ms)})`).join("\n")}\n${seconds(Date.now() - began)} in all.`,
  );
  const failed = results.filter(({ ok }) => !ok).length;
  say(`parts: ${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});

async function runLane(parts: readonly Part[]): Promise<{ name: string; ok: boolean; ms: number }[]> {
  const results = [];
  for (const { name, program, args } of parts) {
    const began = Date.now();
    const { code, output } = await run(program, args, {
      env: { ...process.env, BACKPROP_BUILT: "1", FORCE_COLOR: process.stdout.isTTY ? "1" : "0" },
    });
    process.stdout.write(`\n== ${name}\n${output.trim()}\n`);
    results.push({ name, ok: code === 0, ms: Date.now() - began });
  }
  return results;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
