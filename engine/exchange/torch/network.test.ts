/** Tests the script of a PyTorch job. test/python compares its training with the engine's in Python. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../../test/fixtures.ts";
import { NETS, OPTIMIZER_NETS } from "../../../test/python/nets.ts";
import { activations } from "../../catalog/activations.ts";
import { names } from "../../catalog/index.ts";
import { layers } from "../../catalog/layers.ts";
import { losses } from "../../catalog/losses.ts";
import { metrics } from "../../catalog/metrics.ts";
import { optimizers, schedules } from "../../catalog/optimizers.ts";
import { parseSafetensors } from "../../files/safetensors.ts";
import type { TrainingPlan } from "../../plan.ts";
import { torchJob } from "./job.ts";
import { networkScript } from "./network.ts";
import { torchOptimizer } from "./optimizers.ts";

const jobOf = (text: string) => torchJob(planOf(text), { files: noFiles, text, precision: "float64" });

const used = (plan: TrainingPlan): readonly string[] => [
  ...plan.network.layers.flatMap((layer) => [layer.kind, ...("activation" in layer ? [layer.activation.name] : [])]),
  ...plan.training.outputs.map(({ loss }) => loss.name),
  ...plan.training.metrics.map(({ name }) => name),
  plan.training.optimizer.name,
  ...(typeof plan.training.learningRate === "number" ? [] : [plan.training.learningRate.name]),
];

describe("network.py", () => {
  test("the nets that are compared in Python have every layer, activation, loss, metric, optimizer and schedule", () => {
    const all = new Set(NETS.flatMap(({ text }) => used(planOf(text))));
    // A threshold unit is a dense layer in the plan. Two kinds of layers use random numbers, and PyTorch's differ.
    const drawn = ["dropout", "gaussian_noise", "tlu"];
    const wanted = [layers, activations, losses, metrics, optimizers, schedules].flatMap((table) => names(table as object));
    expect(wanted.filter((name) => !all.has(name) && !drawn.includes(name))).toEqual([]);
  });

  test("each optimizer is compared with a schedule and without", () => {
    const compared = [...NETS, ...OPTIMIZER_NETS].map(({ text }) => {
      const { optimizer, learningRate } = planOf(text).training;
      return `${optimizer.name} ${typeof learningRate === "number" ? "constant" : "scheduled"}`;
    });
    const wanted = names(optimizers).flatMap((name) => [`${name} constant`, `${name} scheduled`]);
    expect(wanted.filter((one) => !compared.includes(one))).toEqual([]);
  });

  test("a layer is a module and a line of the forward pass", async () => {
    const { network, renamed, notes } = await jobOf(`model M {
  input 2
  class: dense 3 tanh
  größe: dense 3 relu
  drop: dropout 0.5
  dense 1
}
data D {
  0 1 -> 1
  1 1 -> 0
}
train M on D {
  loss mse
}`);
    expect(network).toContain("        self.layer_2 = nn.Linear(2, 3)\n");
    expect(network).toContain("        layer_2 = torch.tanh(layer_2_sum)\n");
    expect(network).toContain('    "class/kernel": ("layer_2.weight", True),\n');
    expect(network).toContain('        self.relu_outputs["größe"] = layer_3\n');
    expect(renamed).toEqual([
      { from: "class", to: "layer_2" },
      { from: "größe", to: "layer_3" },
    ]);
    expect(notes).toEqual(["drop drops by other random numbers in PyTorch, so its training differs from that of nn train."]);
  });

  test("a network's name with quotes and line breaks is text in the script", () => {
    const plan = planOf("model M {\n  input 1\n  dense 1\n}\ndata D {\n  0 -> 1\n}\ntrain M on D {\n  loss mse\n}");
    const named = { ...plan, network: { ...plan.network, name: '"""\nimport os\\' } };
    const fit = { features: [{ name: "x", from: 0, width: 1, words: null, scaler: { offset: 0, factor: 1 }, fill: 0 }], targets: [] };
    expect(networkScript(named, fit).text.split("\n")[0]).toBe(
      '"""The network \'\'\' import os and how it is trained, written by `nn job`. train.py runs it."""',
    );
  });

  test("the data are the rows as the network reads them, with their parts, and the start weights know plan and fit", async () => {
    const { data, start, started } = await jobOf(NETS[0]?.text ?? "");
    const { tensors } = parseSafetensors(data);
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ["features", [41, 6]],
      ["target_0", [41, 1]],
      ["target_1", [41, 1]],
      ["train", [29]],
      ["validation", [8]],
      ["test", [4]],
    ]);
    const { metadata, tensors: weights } = parseSafetensors(start);
    expect(Object.keys(metadata)).toEqual(expect.arrayContaining(["plan", "fit", "nn", "plan_hash", "data_hash"]));
    // The mean and variance of the training rows are computed beforehand.
    expect([...(weights.get("n/mean")?.values ?? [])].every((mean) => mean !== 0)).toBe(true);
    expect(started).toMatchObject({ kind: "started", model: "Layers", rows: { train: 29, validation: 8, test: 4 }, precision: "float64" });
  });

  test("rows in the file that a weights file can't hold are refused before anything is written", async () => {
    const plan = planOf("model M {\n  input 1\n  dense 1\n}\ndata D {\n  0 -> 1\n}\ntrain M on D {\n  loss mse\n}");
    const text = "# ".padEnd(92e6, "x");
    await expect(torchJob(plan, { files: noFiles, text, precision: "float32" })).rejects.toThrow(
      /^The rows in the file take 92 MB in a weights file, which holds at most 90 MB besides the weights\. Move the rows of D into a CSV file\.$/,
    );
  });

  test("an optimizer has the tensors of the engine's, in their order", () => {
    for (const { text } of NETS) {
      const { optimizer } = planOf(text).training;
      expect([optimizer.name, torchOptimizer(optimizer).slots.length]).toEqual([optimizer.name, optimizers[optimizer.name].slots.length]);
    }
  });
});
