/** `network.py`: the plan's network, losses, optimizer, learning rate and metrics as readable Python. train.py imports it. */
import { activations } from "../../catalog/activations.ts";
import { direction } from "../../catalog/metrics.ts";
import { type Optimizer, optimizers } from "../../catalog/optimizers.ts";
import { lastAxis, sizeOf } from "../../catalog/shapes.ts";
import { type DataFit, formOf } from "../../data/fit.ts";
import { isActivationLine, isPenalized } from "../../layerTraits.ts";
import { activationOf } from "../../network/outputLosses.ts";
import type { OutputPlan, PlannedLayer, TrainingPlan } from "../../plan.ts";
import { python, pythonText } from "../keras/python.ts";
import type { Renamed } from "../model.ts";
import type { SafeNames } from "../names.ts";
import { type TorchLayer, torchLayers } from "./layers.ts";
import { lossBody } from "./losses.ts";
import { metricBody } from "./metrics.ts";
import { layerNames } from "./names.ts";
import { clipLines, torchOptimizer } from "./optimizers.ts";
import { learningRateLines } from "./schedules.ts";

export interface NetworkScript {
  readonly text: string;
  readonly renamed: readonly Renamed[];
}

interface Parts {
  readonly plan: TrainingPlan;
  readonly fit: DataFit;
  readonly names: SafeNames;
  readonly layers: readonly TorchLayer[];
}

const indented = (lines: readonly string[], by = "    "): string[] => lines.map((line) => (line === "" ? "" : `${by}${line}`));
const defined = (head: string, body: readonly string[]): string[] => [`def ${head}:`, ...indented(body), "", ""];

/** Returns a name that can appear in a Python comment: on one line, without quotes and escapes. */
const quotable = (name: string): string => name.replaceAll('"', "'").replaceAll(/[\\\s]+/g, (part) => (part === "\\" ? "" : " "));

/** Returns the script for a plan and the fit of its data. */
export function networkScript(plan: TrainingPlan, fit: DataFit): NetworkScript {
  const names = layerNames(plan.network.layers.map(({ id }) => id));
  const parts: Parts = { plan, fit, names, layers: torchLayers(plan.network.layers, fit.features, names) };
  const lines = [
    `"""The network ${quotable(plan.network.name)} and how it is trained, written by \`nn job\`. train.py runs it."""`,
    "import math",
    "from collections import namedtuple",
    "",
    "import torch",
    "from torch import nn",
    "from torch.nn import functional as F",
    "",
    ...(parts.layers.some(({ needs }) => needs === "BatchNorm") ? ["from processes import total_of", ""] : []),
    ...constants(plan),
    "",
    "",
    ...ownModules(parts),
    ...networkClass(parts),
    ...weightTables(parts),
    ...losses(parts),
    ...penalty(parts),
    ...metrics(parts),
    ...optimizer(plan),
    ...learningRateLines(plan.training.learningRate),
    "",
  ];
  return { text: lines.join("\n"), renamed: names.renamed };
}

function constants({ training }: TrainingPlan): string[] {
  const { epochs, batch, shuffle, seed, stop } = training;
  const stopping = stop && {
    monitor: stop.monitor,
    sign: direction(stop.monitor) === "higher" ? -1 : 1,
    patience: stop.patience,
    min_delta: stop.minDelta,
    restore_best: stop.restoreBest,
  };
  return [
    `EPOCHS = ${epochs}`,
    `BATCH = ${python(batch)}${batch === null ? "  # all rows" : ""}`,
    `SHUFFLE = ${python(shuffle)}`,
    `SEED = ${seed}`,
    `STOP = ${python(stopping)}`,
  ];
}

const MODULES: { readonly [N in NonNullable<TorchLayer["needs"]>]: readonly string[] } = {
  BatchNorm: [
    "class BatchNorm(nn.Module):",
    '    """Normalizes over the rows of all processes. The variance divides by n; nn.BatchNorm1d stores that of n - 1."""',
    "",
    "    def __init__(self, width, momentum, epsilon):",
    "        super().__init__()",
    "        self.momentum, self.epsilon = momentum, epsilon",
    "        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))",
    '        self.register_buffer("running_mean", torch.zeros(width))',
    '        self.register_buffer("running_var", torch.ones(width))',
    "",
    "    def forward(self, x):",
    "        mean, variance = self.running_mean, self.running_var",
    "        if self.training:",
    "            rows = x.reshape(-1, x.shape[-1])",
    "            n = total_of(rows.new_tensor(float(len(rows))))",
    "            mean = total_of(rows.sum(0)) / n",
    "            variance = total_of(((rows - mean) ** 2).sum(0)) / n",
    "            with torch.no_grad():",
    "                self.running_mean.mul_(self.momentum).add_(mean, alpha=1 - self.momentum)",
    "                self.running_var.mul_(self.momentum).add_(variance, alpha=1 - self.momentum)",
    "        return self.weight * (x - mean) / torch.sqrt(variance + self.epsilon) + self.bias",
    "",
    "",
  ],
  Normalize: [
    "class Normalize(nn.Module):",
    '    """Normalizes with the mean and variance of the training rows, which the initial weights contain."""',
    "",
    "    def __init__(self, width):",
    "        super().__init__()",
    '        self.register_buffer("mean", torch.zeros(width))',
    '        self.register_buffer("variance", torch.ones(width))',
    "",
    "    def forward(self, x):",
    "        return (x - self.mean) / torch.sqrt(self.variance).clamp(min=1e-7)",
    "",
    "",
  ],
};

const ownModules = ({ layers }: Parts): string[] =>
  (Object.keys(MODULES) as (keyof typeof MODULES)[]).flatMap((name) => (layers.some(({ needs }) => needs === name) ? MODULES[name] : []));

function networkClass({ plan, layers, names }: Parts): string[] {
  const made = layers.flatMap((own) => own.made);
  const frozen = layers.flatMap(({ parameters, layer }) =>
    layer.kind === "dense" && layer.freeze ? parameters.map(({ attribute }) => `self.${attribute}.requires_grad_(False)`) : [],
  );
  const counted = layers.flatMap(({ layer }) => {
    const dying = dyingAfter(plan, layer);
    return dying === undefined ? [] : [`self.relu_outputs[${pythonText(layer.id)}] = ${names.of(dying)}`];
  });
  const outputs = plan.training.outputs.map(({ layer: id }) => {
    const found = layers.find(({ layer }) => layer.id === id);
    return `(${found?.sum}, ${found?.name})`;
  });
  return [
    "class Network(nn.Module):",
    "    def __init__(self):",
    "        super().__init__()",
    ...indented([...made, ...frozen, "self.relu_outputs = {}"], "        "),
    "",
    "    def forward(self, features):",
    '        """Returns each output before and after its activation."""',
    ...indented([...layers.flatMap(({ run }) => run), ...counted, `return [${outputs.join(", ")}]`], "        "),
    "",
    "",
  ];
}

const dies = (layer: PlannedLayer): boolean => {
  const activation = activationOf(layer);
  return activation !== undefined && "dies" in activations[activation];
};

/** Returns the id of the layer in whose output a trained layer's dead units are counted, by the rule of training/statistics.ts. */
function dyingAfter({ network }: TrainingPlan, layer: PlannedLayer): string | undefined {
  if (!layer.parameters.some(({ trained }) => trained)) return undefined;
  const next = network.layers.filter(({ inputs }) => inputs.includes(layer.id));
  const [only] = next;
  const found = dies(layer) ? layer : next.length === 1 && only && dies(only) && isActivationLine(only) ? only : undefined;
  return found && !network.outputs.includes(found.id) ? found.id : undefined;
}

function weightTables({ layers }: Parts): string[] {
  const all = layers.flatMap(({ parameters }) => parameters);
  const trained = layers.flatMap(({ layer, parameters }) => {
    const own = parameters.filter(({ isTrained }) => isTrained).map(({ attribute }) => attribute);
    return own.length === 0 ? [] : [`    ${pythonText(layer.id)}: ${python(own)},`];
  });
  return [
    "# The weights by their names in Backprop's files, and whether they are transposed here.",
    "WEIGHTS = {",
    ...all.map(({ saved, attribute, isTransposed }) => `    ${pythonText(saved)}: (${pythonText(attribute)}, ${python(isTransposed)}),`),
    "}",
    "# Each layer's weights that training changes.",
    "TRAINED = {",
    ...trained,
    "}",
    "",
    "",
  ];
}

const layerOf = ({ network }: TrainingPlan, { layer }: OutputPlan): PlannedLayer | undefined =>
  network.layers.find(({ id }) => id === layer);

function losses({ plan, names }: Parts): string[] {
  const { outputs, optimizer: own } = plan.training;
  const functions = outputs.flatMap((output) => {
    const layer = layerOf(plan, output);
    const activation = layer && activationOf(layer);
    const about = `"""${output.loss.name}${activation ? ` after ${activation}` : ""}, of each row. z: before the activation, a: after it, t: the target."""`;
    return defined(`${names.of(output.layer)}_loss(z, a, t)`, [about, ...lossBody(output.loss, activation)]);
  });
  const table = outputs.map((output) => {
    const units = sizeOf(layerOf(plan, output)?.output ?? [1]);
    return `    Output(${pythonText(output.layer)}, ${names.of(output.layer)}_loss, weight=${output.weight}, units=${units}),`;
  });
  return [
    ...functions,
    'Output = namedtuple("Output", "layer loss weight units")',
    "OUTPUTS = [",
    ...table,
    "]",
    "# Whether the gradient is the sum over rows and units instead of the mean, as in Rosenblatt's rule.",
    `SUMS_GRADIENTS = ${python((optimizers[own.name] as Optimizer).sums === true)}`,
    "",
    "",
  ];
}

function penalty({ layers }: Parts): string[] {
  const terms = layers.flatMap(({ layer, parameters }) => {
    const kernel = parameters.find(({ isTransposed }) => isTransposed);
    if (!kernel || !isPenalized(layer)) return [];
    const weights = `network.${kernel.attribute}`;
    return [
      ...(layer.l1 === 0 ? [] : [`${layer.l1} * ${weights}.abs().sum()`]),
      ...(layer.l2 === 0 ? [] : [`${layer.l2} * (${weights} * ${weights}).sum()`]),
    ];
  });
  return [
    `HAS_PENALTY = ${python(terms.length > 0)}`,
    "",
    "",
    ...defined("penalty(network)", [
      '"""Returns the penalty that l1 and l2 add to the loss."""',
      `return ${terms.length > 0 ? terms.join(" + ") : "torch.zeros(())"}`,
    ]),
  ];
}

function metrics({ plan, fit, names }: Parts): string[] {
  const { outputs, metrics: planned } = plan.training;
  const all = outputs.flatMap((output, k) =>
    planned
      .filter((use) => (use.output ?? output.layer) === output.layer)
      .map((use) => {
        const shape = layerOf(plan, output)?.output ?? [1];
        const measured = {
          form: formOf(plan, output),
          units: sizeOf(shape),
          classes: lastAxis(shape),
          scalers: fit.targets[k]?.scalers ?? [],
        };
        const name = `${names.of(output.layer)}_${use.name}`;
        return {
          lines: defined(`${name}(a, t)`, metricBody(use, measured)),
          entry: `    ${pythonText(outputs.length > 1 ? `${output.layer}_${use.name}` : use.name)}: (${k}, ${name}),`,
        };
      }),
  );
  return [
    ...all.flatMap(({ lines }) => lines),
    "# By name: the index of the output, and the function of the outputs and targets of all rows.",
    "METRICS = {",
    ...all.map(({ entry }) => entry),
    "}",
    "",
    "",
  ];
}

function optimizer({ training }: TrainingPlan): string[] {
  const { name, formula, slots, step } = torchOptimizer(training.optimizer);
  const own = slots.filter((slot) => slot !== null);
  const clipped = clipLines(training.clip);
  return [
    `HAS_CLIP = ${python(clipped.length > 0)}`,
    "",
    "",
    ...defined("clip(g)", ['"""Clips the flat tensor of all gradients."""', ...(clipped.length > 0 ? clipped : ["pass"])]),
    "class Optimizer:",
    `    """${name}: ${formula}"""`,
    "",
    "    # Its state tensors in the order of Backprop's checkpoints; None for a tensor that it does not need.",
    `    SLOTS = ${python(slots.map((slot) => slot?.[0] ?? null))}`,
    "",
    "    def __init__(self, w):",
    ...indented(
      [
        "self.t = 0",
        ...(name === "nadam" ? ["self.product = 1.0"] : []),
        ...own.map(([slot, start]) => `self.${slot} = torch.full_like(w, ${start})`),
      ],
      "        ",
    ),
    "",
    "    def step(self, w, g, rate):",
    "        self.t += 1",
    ...indented(step.some((line) => /\bt\b/.test(line)) ? ["t = self.t", ...step] : step, "        "),
    "",
    "",
  ];
}
