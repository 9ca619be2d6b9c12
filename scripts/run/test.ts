/**
 * npm test: runs all checks and tests, in three parallel rows of parts. Each part's output is printed when it ends. The output of failed
 * parts is printed at the end, before all durations, so that even a truncated log shows it.
 */
import { durationText } from "../../engine/numberText.ts";
import { bundle } from "../build/bundle.ts";
import { packageExtension } from "../build/vsix.ts";
import { inProject, main, run, say, tool } from "../project.ts";
import { installBrowser } from "./browser.ts";
import { installWorkbench } from "./workbench.ts";

interface Part {
  readonly name: string;
  /** Node's arguments. */
  readonly args: readonly string[];
  /** The preparation that must be complete before the part starts. */
  readonly needs?: Preparation;
  readonly priority?: number;
}

/**
 * The unit tests take what the browsers leave, since a slow editor loses keys and clicks. A lower priority (such as `PRIORITY_BELOW_NORMAL`) would
 * take all time from them on a machine with other work.
 */
const AFTER_BROWSERS = 3;

/** `editor` is the packaged extension, VS Code and a browser. */
type Preparation = "build" | "editor";

interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly output: string;
}

const browserTests = (project: string, ...options: readonly string[]): Pick<Part, "args" | "needs"> => ({
  args: [tool("vitest"), "run", "--config", "vitest.editor.config.ts", "--project", project, ...options],
  needs: "editor",
});
/**
 * The parts of a row run one after another. The browser tests often wait for the browser, which leaves time for the unit tests, which use
 * every processor and are the longest row.
 */
const ROWS: readonly (readonly Part[])[] = [
  [
    {
      name: "unit, terminal and sample tests",
      args: [tool("vitest"), "run"],
      needs: "build",
      priority: AFTER_BROWSERS,
    },
  ],
  // Two files at a time: each has its own browser, which waits as often as it works.
  [
    { name: "layouts of the panel", ...browserTests("layout", "--file-parallelism", "--max-workers=2") },
    { name: "types", args: [inProject("scripts", "run", "types.ts")] },
    { name: "lint and format", args: [tool("biome"), "ci", "."] },
  ],
  [
    { name: "tests in windows of VS Code", ...browserTests("workbench") },
    { name: "the suite in VS Code's extension host", ...browserTests("suite") },
  ],
];

await main(async () => {
  const began = Date.now();
  const build = bundle();
  const preparations = { build, editor: prepareEditor(build) };
  const names = ROWS.flat().map(({ name }) => name);
  say(`Building, and running ${names.join(", ")}…`);
  const results = (await Promise.all(ROWS.map((parts) => runInTurn(parts, preparations)))).flat();
  for (const result of results.filter(({ ok }) => !ok)) print(result);
  say(
    `\n${results.map(({ name, ok, ms }) => `${ok ? "✓" : "✗"} ${name} (${durationText(ms / 1000)})`).join("\n")}\n${durationText((Date.now() - began) / 1000)} in all.`,
  );
  const failed = results.filter(({ ok }) => !ok).length;
  say(`parts: ${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});

/** The package comes first. The unit tests also package, and then find its compressed files. */
async function prepareEditor(build: Promise<unknown>): Promise<void> {
  await build;
  await packageExtension();
  await installWorkbench();
  await installBrowser();
  say("The package and the editor are ready.");
}

function print({ name, output }: Result): void {
  process.stdout.write(`\n== ${name}\n${output.trim()}\n`);
}

/** Runs parts one after another. Returns the results. */
async function runInTurn(parts: readonly Part[], preparations: Readonly<Record<Preparation, Promise<unknown>>>): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, args, needs, priority } of parts) {
    if (needs) await preparations[needs];
    const began = Date.now();
    const { code, output } = await run(process.execPath, args, {
      env: { ...process.env, BACKPROP_BUILT: "1", FORCE_COLOR: process.stdout.isTTY ? "1" : "0" },
      ...(priority !== undefined && { priority }),
    });
    const result = { name, ok: code === 0, ms: Date.now() - began, output };
    if (result.ok) print(result);
    results.push(result);
  }
  return results;
}
