/** The program of standIn.ts. Arguments: the mode, then those of launch.py. */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const [mode = "", launch = "", ...options] = process.argv.slice(2);
const optionOf = (name: string): string => options[options.indexOf(name) + 1] ?? "";
const [out, control] = [optionOf("--out"), optionOf("--control")];
const write = (event: object): void => appendFileSync(join(out, "history.jsonl"), `${JSON.stringify(event)}\n`);
const asked = (): string => readFileSync(control, "utf8");

process.stdin.on("end", () => process.exit(0)).resume();

if (mode === "missing") {
  process.stderr.write("missing: torch\n");
  process.exit(3);
}
const started = JSON.parse(readFileSync(join(dirname(launch), "started.json"), "utf8")) as {
  epochs: number;
  layers: { id: string; kind: string }[];
};
mkdirSync(out, { recursive: true });
write({ ...started, kernels: "torch 0.0, made up, 1 process" });
const layers = started.layers
  .filter(({ kind }) => kind === "dense")
  .map(({ id }) => ({ name: id, gradient: { norm: 1, mean: 0, spread: 0.1, max: 0.5, zeros: 0 }, update_ratio: 1e-3, weight_norm: 1 }));
for (let epoch = 1; epoch <= started.epochs; epoch++) {
  if (mode === "crashes" && epoch === 3) {
    process.stderr.write("Traceback (most recent call last):\nRuntimeError: out of memory\n");
    process.exit(1);
  }
  write({ event: "epoch", epoch, loss: 1 / epoch, metrics: {}, learning_rate: 0.1, seconds: 0.001, layers });
  await wait(2);
  if (asked() === "pause") {
    write({ event: "paused", epoch });
    while (asked() === "pause") await wait(5);
    if (asked() !== "stop") write({ event: "resumed", epoch });
  }
  if (asked() === "stop") {
    write({ event: "stopped", epoch, seconds: 1 });
    process.exit(0);
  }
}
write({ event: "finished", epochs: started.epochs, seconds: 1 });
process.exit(0);
