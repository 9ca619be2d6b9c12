/** npm run bench: measures times, on which no test may depend. Compare only numbers from the same run, since machines are noisy. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { startSession } from "../../client/node/trainingSession.ts";
import { bytesText, countText, estimateText } from "../../engine/numberText.ts";
import { analyse } from "../../server/language/analysis.ts";
import { bundle } from "../build/bundle.ts";
import { packageExtension } from "../build/vsix.ts";
import { inProject, main, run, ScriptError } from "../project.ts";
import { openBrowser } from "../run/browser.ts";
import { pageUrl, startWorkbench } from "../run/workbench.ts";
import { costs } from "./costs.ts";
import { day } from "./day.ts";
import { debugging } from "./debugging.ts";
import { findingsCost } from "./findingsCost.ts";
import { growth } from "./growth.ts";
import { knobMeasurements } from "./knobTurns.ts";
import { latencies } from "./latency.ts";
import { panelMeasurements } from "./panelFrames.ts";
import { peers } from "./peers.ts";
import { torchCost } from "./torchCost.ts";

const row = (what: string, value: string): void => console.log(`${what.padEnd(62)} ${value}`);
const ms = (value: number): string => `${estimateText(value)} ms`;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

await main(async () => {
  const { values } = parseArgs({
    options: {
      peers: { type: "boolean" },
      quick: { type: "boolean" },
      python: { type: "string" },
      work: { type: "string" },
      editor: { type: "boolean" },
      growth: { type: "boolean" },
      findings: { type: "boolean" },
      panel: { type: "boolean" },
      knobs: { type: "boolean" },
      day: { type: "boolean" },
      debug: { type: "boolean" },
      torch: { type: "boolean" },
      trainings: { type: "string", default: "100" },
    },
  });
  if (values.torch) {
    if (values.python === undefined) throw new ScriptError("Name a Python with torch, safetensors and numpy: --torch --python PATH.");
    await bundle();
    await torchCost(values.python, row);
    return;
  }
  if (values.peers || values.quick || values.python !== undefined || values.work !== undefined) {
    console.log(await peers({ quick: values.quick === true, python: values.python, only: values.work }));
    return;
  }
  if (values.panel) {
    await panelMeasurements(console.log);
    return;
  }
  if (values.knobs) {
    await knobMeasurements(console.log);
    return;
  }
  if (values.day) {
    await day(Number(values.trainings), row);
    return;
  }
  if (values.debug) {
    await bundle();
    await debugging(row);
    return;
  }
  if (values.findings) {
    await findingsCost(row);
    return;
  }
  if (values.growth) {
    console.log(await growth());
    return;
  }
  await bundle();
  await load("loading the extension's bundle (a stand-in for `vscode`)", "extension.js");
  await checks();
  await typing();
  await reactions();
  if (values.editor) {
    await activation();
    await trainingInHost();
  }
  await costs(row);
});

/** Prints the packaged extension's activation time as measured by VS Code: loading the code, `activate`, and everything it waits for. */
async function activation(): Promise<void> {
  const browser = await openBrowser();
  for (let i = 0; i < 3; i++) {
    const workbench = await startWorkbench({ extension: await packageExtension() });
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(pageUrl(workbench, inProject("samples")));
    await page.getByRole("treeitem", { name: "iris.nn" }).click();
    await page.locator(".codelens-decoration a").first().waitFor();
    await page.keyboard.press("F1");
    await page.keyboard.type("Developer: Show Running Extensions");
    await page
      .getByRole("option", { name: /Show Running Extensions/ })
      .first()
      .click();
    const entry = page.locator(".runtime-extensions-editor .extension").filter({ hasText: "Backprop" }).first();
    row("activation, by VS Code's own clock", /Activation: \S+/.exec(await entry.innerText())?.[0] ?? "not shown");
    await page.close();
    await workbench.stop();
  }
  await browser.close();
}

/** Trains W3 on the sample's digits in the extension host and in the terminal. */
async function trainingInHost(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "backprop-bench-"));
  for (const part of ["images-idx3", "labels-idx1"]) cpSync(inProject(`samples/mnist-train-${part}-ubyte.gz`), join(folder, `${part}.gz`));
  const file = join(folder, "wide.nn");
  writeFileSync(
    file,
    'model Wide {\n  input 28x28\n  flatten\n  dense 300 relu\n  dense 100 relu\n  dense 10 softmax\n}\n\ndata Digits {\n  source idx("images-idx3.gz", "labels-idx1.gz")\n  scale minmax\n}\n\ntrain Wide on Digits {\n  loss sparse_categorical_crossentropy\n  optimizer sgd(learning_rate=0.01)\n  batch 32\n  epochs 10\n}\n',
  );
  const workbench = await startWorkbench({ extension: await packageExtension() });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(pageUrl(workbench, folder));
    await page.getByRole("treeitem", { name: "wide.nn" }).click();
    await page.locator(".codelens-decoration a").filter({ hasText: "Train Model" }).first().click();
    const panel = page.frameLocator("iframe.webview").frameLocator("#active-frame");
    await panel.locator(".status").filter({ hasText: "finished" }).waitFor();
    const speed = panel.locator(".run-facts > div").filter({ hasText: "Speed" }).locator("dd");
    const inEditor = Number((await speed.innerText()).replaceAll(/[^\d]/g, ""));
    const { output } = await run(process.execPath, [inProject("dist/nn.js"), "train", "wide.nn", "--json", "--threads", "1"], {
      cwd: folder,
    });
    const ends = output.trim().split("\n").at(-1) ?? "{}";
    const inTerminal = Number((JSON.parse(ends) as { samples_per_second?: number }).samples_per_second);
    row(
      `784-300-100-10 on 8,000 digits: extension host, terminal (V8 ${process.versions.v8})`,
      `${countText(inEditor)}, ${countText(inTerminal)} rows a second; ratio ${estimateText(inEditor / inTerminal)}`,
    );
  } finally {
    await browser.close();
    await workbench.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns a module with an empty class for each export of `vscode`. */
function standIn(): string {
  const types = readFileSync(inProject("node_modules/@types/vscode/index.d.ts"), "utf8");
  const names = new Set([...types.matchAll(/^ {4}export (?:class|enum|namespace|const) (\w+)/gm)].map(([, name = ""]) => name));
  return `data:text/javascript,${[...names].map((name) => `export class ${name} { static from() {} }`).join(";")}`;
}

/** Measures the loading of a bundle, which takes most of the activation time. */
async function load(what: string, file: string): Promise<void> {
  const script = `
    const { registerHooks } = await import("node:module");
    const vscode = ${JSON.stringify(standIn())};
    registerHooks({ resolve: (name, context, next) => (name === "vscode" ? { url: vscode, shortCircuit: true } : next(name, context)) });
    const began = performance.now();
    await import(${JSON.stringify(pathToFileURL(inProject("dist", file)).href)});
    console.log(performance.now() - began);`;
  const times = [];
  for (let i = 0; i < 5; i++)
    times.push(Number((await run(process.execPath, ["--input-type=module", "-e", script])).output.trim().split("\n").at(-1)));
  row(what, ms(median(times)));
}

async function checks(): Promise<void> {
  // 16 lines and sometimes a blank one: 300 models have 5,000 lines.
  const model = (i: number): string =>
    `model M${i} {\n  x: input 28x28\n  flatten\n  a: dense 300 relu init=he_normal\n  dropout 0.2\n  dense 100 bias=false\n  batch_norm\n  relu\n  b: dense 100 relu l2=0.001\n  c: dense 100 relu from a\n  concat from b, c\n  dense 50 tanh\n  dense 10 softmax\n  # the end of model ${i}\n}\n${"\n".repeat(i % 3 === 0 ? 1 : 2)}`;
  for (const count of [60, 300, 1200]) {
    const text = Array.from({ length: count }, (_, i) => model(i)).join("");
    for (let i = 0; i < 30; i++) analyse(text);
    const times = Array.from({ length: 15 }, () => {
      const began = performance.now();
      analyse(text);
      return performance.now() - began;
    });
    row(
      `full check of ${text.split("\n").length - 1} lines (${count} models), warm: median and fastest`,
      `${ms(median(times))}, ${ms(Math.min(...times))}`,
    );
  }
}

/** Measures diagnostics and completion during typing, over the real protocol. */
async function typing(): Promise<void> {
  for (const [models, edits] of [
    [67, 400],
    [667, 150],
    [7, 10_000],
    // A megabyte, which is checked when the typing pauses.
    [4_700, 30],
  ] as const) {
    const { lines, diagnostics, completion, memory } = await latencies(models, edits);
    const memoryText = memory ? `; memory ${bytesText(memory[0])} after ${edits / 5} edits, ${bytesText(memory[1])} after ${edits}` : "";
    row(`${lines} lines: diagnostics after a keystroke, completion (95 %)`, `${ms(diagnostics)}, ${ms(completion)}${memoryText}`);
  }
}

/** Measures the time from a request to pause, resume or stop to its event, while the worker trains the digits. */
async function reactions(): Promise<void> {
  const text = readFileSync(inProject("samples/digits.nn"), "utf8").replace("epochs    12", "epochs    1000");
  const files = {
    csv: () => undefined,
    idx: (path: string) => ({
      facts: path.includes("labels") ? { shape: [8000], largest: 9 } : { shape: [8000, 28, 28], largest: undefined },
    }),
  };
  const [planned] = analyse(text, files).plans;
  if (!planned) throw new Error("digits.nn has no plan.");
  const times: Record<"pause" | "resume" | "stop", number[]> = { pause: [], resume: [], stop: [] };
  let asked = 0;
  let rounds = 0;
  await new Promise<void>((done) => {
    const session = startSession({
      workerFile: inProject("dist/trainer.js"),
      plan: planned.plan,
      precision: "float32",
      read: async (path) => new Uint8Array(readFileSync(inProject("samples", path))),
      onEvents(events) {
        for (const { kind } of events) {
          if (kind === "progress" && asked === 0) {
            asked = performance.now();
            session.pause();
          } else if (kind === "paused") {
            times.pause.push(performance.now() - asked);
            asked = performance.now();
            session.resume();
          } else if (kind === "resumed") {
            times.resume.push(performance.now() - asked);
            asked = performance.now();
            if (++rounds < 20) session.pause();
            else session.stop();
          } else if (kind === "stopped") times.stop.push(performance.now() - asked);
        }
      },
    });
    void session.ended.then(done);
  });
  for (const [what, values] of Object.entries(times))
    row(`${what} while digits.nn trains, the slowest of ${values.length}`, ms(Math.max(...values)));
}
