/**
 * npm run test:faults -- --kills N --damaged N --disks N --seed S --parallel N: kills trainings at random moments, fills disks, removes
 * permissions and damages files, and prints what was lost. `npm test` runs a short version (test/faults/faults.test.ts).
 */
import { parseArgs, stripVTControlCharacters } from "node:util";
import { damageFiles } from "../../test/faults/damage.ts";
import { fillDisks, trainReadOnly } from "../../test/faults/disks.ts";
import { killTrainings } from "../../test/faults/kills.ts";
import type { Report } from "../../test/faults/report.ts";
import { bundle } from "../build/bundle.ts";
import { main, run, ScriptError, say, tool } from "../project.ts";

const OPTIONS = { kills: "1000", damaged: "1000", disks: "40", parallel: "2" } as const;

await main(async () => {
  const { values } = parseArgs({
    options: {
      ...(Object.fromEntries(Object.entries(OPTIONS).map(([name, value]) => [name, { type: "string", default: value }])) as {
        [name in keyof typeof OPTIONS]: { type: "string"; default: string };
      }),
      seed: { type: "string" },
    },
  });
  const number = (name: keyof typeof OPTIONS): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 0) throw new ScriptError(`--${name} needs a whole number from 0, but got ${values[name]}.`);
    return value;
  };
  const seed = Number(values.seed ?? Date.now() % 1e9);
  say(`Seed ${seed}.`);
  await bundle();
  const parts: (() => Promise<Report>)[] = [
    () => damageFiles(number("damaged"), seed),
    () => fillDisks(number("disks")),
    trainReadOnly,
    hostileWorkspace,
    () => killTrainings(number("kills"), seed, Math.max(1, number("parallel"))),
  ];
  let failed = 0;
  for (const part of parts) {
    const { line, failures } = await part();
    for (const failure of failures.slice(0, 20)) say(`✗ ${failure}`);
    console.log(`${failures.length === 0 ? "✓" : "✗"} ${line}; ${failures.length} failures`);
    failed += failures.length;
  }
  if (failed > 0) process.exitCode = 1;
});

/** Tests files and folders with hostile names and contents in all commands and through the language server. */
async function hostileWorkspace(): Promise<Report> {
  const files = ["test/terminal/hostile.test.ts", "test/protocol/hostile.test.ts", "test/terminal/special.test.ts"];
  const { code, output } = await run(process.execPath, [tool("vitest"), "run", ...files], {
    env: { ...process.env, BACKPROP_BUILT: "1" },
  });
  const count = /Tests +(\d+) passed/.exec(stripVTControlCharacters(output))?.[1] ?? "no";
  return { line: `${count} tests of a hostile workspace`, failures: code === 0 ? [] : [output] };
}
