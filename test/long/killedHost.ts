/**
 * A process that stands for the extension host: trains without end and saves the run in the folder of its first argument, with the
 * extension's own code, the real worker and the real disk. It prints the run's id, and then the number of received epochs.
 */
import { registerHooks } from "node:module";
import type * as vscode from "vscode";
import { epochsDone } from "../../client/runs/runState.ts";
import { inProject } from "../../scripts/project.ts";
import { analyse } from "../../server/language/analysis.ts";
import { placesIn } from "../fakeVscode.ts";

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "vscode" ? { url: new URL("./vscodeStub.ts", import.meta.url).href, shortCircuit: true } : next(specifier, context),
});
const { uriFrom } = await import("./vscodeStub.ts");
const { RunStore } = await import("../../client/editor/runs/runStore.ts");
const { Trainings } = await import("../../client/editor/trainings/trainings.ts");

const [folder = ""] = process.argv.slice(2);
const { plans } = analyse(
  "model M {\n  input a, b\n  dense 256 tanh\n  dense 256 tanh\n  dense 1 sigmoid\n}\ndata D {\n  features a, b\n  target y\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n}\ntrain M on D {\n  loss binary_crossentropy\n  batch 1\n  epochs 1000000000\n}",
);
const [planned] = plans;
if (!planned) throw new Error("The text has no plan.");
const log = { error: (text: string) => process.stderr.write(`${text}\n`) } as unknown as vscode.LogOutputChannel;
const trainings = new Trainings(inProject("dist", "trainer.js"), new RunStore(placesIn(uriFrom(folder), 50)), log);
trainings.onChange(({ run }) => process.stdout.write(`${run.facts.id} ${epochsDone(run)}\n`));
await trainings.start(uriFrom(`${folder}/m.nn`), { run: "M", model: "M", line: 0, planned, lines: {}, problem: null });
