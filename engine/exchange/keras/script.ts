/** Writes a readable Python script that trains the same network with Keras: with the same initial weights, rows, batches and settings. */
import type { Configured } from "../../catalog/index.ts";
import { configuredInitializers, type InitializerName } from "../../catalog/initializers.ts";
import { metrics } from "../../catalog/metrics.ts";
import { parameterFacts } from "../../catalog/parameters.ts";
import type { DataFit } from "../../data/fit.ts";
import { utf8From } from "../../host.ts";
import { isInput } from "../../layerTraits.ts";
import type { PlannedParameter, TrainingPlan } from "../../plan.ts";
import type { Exported, TrainedModel } from "../model.ts";
import { ExchangeProblem } from "../problem.ts";
import { type KerasLayer, type KerasNetwork, kerasNetwork } from "./layers.ts";
import { isVariable, python, pythonCall, pythonText } from "./python.ts";
import { hasWeights, scriptData, weightLines } from "./scriptData.ts";
import { AUC_THRESHOLDS, metricClasses, scriptMetrics } from "./scriptMetrics.ts";
import { GROUPS, RANDOM } from "./scriptRandom.ts";
import { OWN_SCHEDULE, scheduleClass } from "./scriptSchedule.ts";
import { kerasLoss, kerasOptimizer } from "./settings.ts";

/** Returns the script. Throws `ExchangeProblem` if Keras lacks the loss or the optimizer. */
export function kerasScript(model: TrainedModel): Exported {
  const { plan, fit } = model;
  const network = kerasNetwork(model);
  const { object, lacking } = kerasOptimizer(plan, OWN_SCHEDULE);
  if (!object) throw new ExchangeProblem(`Keras has no optimizer ${plan.training.optimizer.name}, so no script can train like this`);
  const names = new Map<string, string>();
  const body = `SEED = ${plan.training.seed}
EPOCHS = ${plan.training.epochs}


${RANDOM}${plan.data.split.by === null ? "" : GROUPS}

# The data.

${scriptData(plan, fit)}
${partsText(plan, fit)}

# The network.

${modelText(network, names)}

${startText(plan, network)}

# The training.

${trainingText(plan, network, pythonCall(object))}`;
  const text = `"""Trains the network ${plan.network.name.replaceAll(/[\\"]/g, "")} with Keras as Backprop does: with the same initial weights, rows and batches.

Written by Backprop. It needs Keras 3 with a backend, and numpy. Data files are read from the folder in which it runs.
"""

${["collections", "csv", "gzip", "json", "math"]
  .filter((name) => body.includes(`${name}.`))
  .map((name) => `import ${name}`)
  .join("\n")}

import numpy as np

import keras

${body}`;
  return { bytes: utf8From(text), renamed: network.names.renamed, notes: [...network.nameNotes, ...scriptNotes(model, lacking)] };
}

/** A row's inputs and targets are tuples: TensorFlow does not read several arrays from a list. */
function partsText(plan: TrainingPlan, fit: DataFit): string {
  const {
    data: { split, ownSources },
    network,
  } = plan;
  const own = [ownSources.validation && "validation", ownSources.test && "test"].filter(Boolean);
  const inputs = network.layers.filter(isInput).map(({ columns, output }) => {
    const rows = columns ? `np.concatenate([X[rows][:, COLUMNS[name]] for name in ${python(columns)}], axis=1)` : "X[rows]";
    return `${rows}.reshape(-1, ${output.join(", ")}).astype("float32")`;
  });
  const needsColumns = network.layers.some((layer) => isInput(layer) && layer.columns);
  const shares = `${split.train}, ${split.validation}, ${split.test}, ${python(split.shuffle)}`;
  const parts =
    split.by === null ? `split_rows(COUNTS[0], ${shares}, classes)` : `split_groups(tables[0][${pythonText(split.by)}], ${shares})`;
  return `train, validation, test = ${parts}
${own.map((part, k) => `${part} = list(range(sum(COUNTS[:${k + 1}]), sum(COUNTS[:${k + 2}])))\n`).join("")}${needsColumns ? COLUMNS : ""}

def inputs_of(rows):
    return ${inputs.length === 1 ? inputs[0] : `(${inputs.join(", ")})`}


def targets_of(rows):
    found = [y[rows].astype("int32" if y.dtype.kind == "i" else "float32") for y in Y]
    return found[0] if len(found) == 1 else tuple(found)

${weightLines(plan, fit)}`;
}

const COLUMNS = `widths = [len(words) if words else 1 for _, words, *_ in FEATURES]
COLUMNS = {one[0]: list(range(sum(widths[:k]), sum(widths[: k + 1]))) for k, one in enumerate(FEATURES)}
`;

/** Returns one line per layer. Adds each layer's variable to `names`. */
function modelText(network: KerasNetwork, names: Map<string, string>): string {
  const taken = new Set<string>();
  const variable = (name: string): string => {
    const base = isVariable(name) ? `${name}_` : `layer_${names.size + 1}_`;
    let free = base.slice(0, -1);
    for (let k = 2; taken.has(free) || !isVariable(free) || RESERVED.has(free); k++) free = `${base}${k}`;
    taken.add(free);
    return free;
  };
  const lines = network.layers.map((layer) => {
    const inputs = layer.inputs.map((input) => names.get(input.layer) ?? "");
    const own = variable(layer.name);
    names.set(layer.name, own);
    return `${own} = ${layerText(layer, inputs)}`;
  });
  const list = (all: KerasNetwork["inputs"]): string => `[${all.map(({ layer }) => names.get(layer) ?? "").join(", ")}]`;
  const ends = (all: KerasNetwork["inputs"]): string => (all.length === 1 && all[0] ? (names.get(all[0].layer) ?? "") : list(all));
  return `${lines.join("\n")}
model = keras.Model(inputs=${ends(network.inputs)}, outputs=${ends(network.outputs)}, name=${pythonText(network.name)})
model.summary()
`;
}

/** Names that the script itself uses. */
const RESERVED = new Set(
  "SEED EPOCHS Random rounded split_rows read_table number read_idx X Y classes train validation test COUNTS COLUMNS FEATURES TARGETS tables table column feature index own values label labels images FILES MISSING DECIMAL THOUSANDS widths inputs_of targets_of drawn batches Batches history csv gzip math json collections callbacks layer part_sizes split_groups LABELS OWN_WEIGHTS row_weights weights weights_of LearningRate ClassScore ClassAUC read_safetensors saved".split(
    " ",
  ),
);

function layerText({ className, module, config, inputs, numbers, takesList }: KerasLayer, names: readonly string[]): string {
  if (className === "InputLayer") {
    const shape = (config["batch_shape"] as readonly (number | null)[]).slice(1);
    return `keras.Input(shape=(${shape.join(", ")},), name=${python(config["name"])})`;
  }
  if (module !== "keras.layers") {
    const [name = ""] = names;
    const given = [name, ...numbers.map(String)].join(", ");
    return className === "Cast"
      ? `keras.ops.cast(${given}, "float32")`
      : `keras.ops.${className === "Sign" ? "sign" : "greater_equal"}(${given})`;
  }
  const { trainable, dtype: _dtype, name, ...own } = config;
  const settings = { ...own, ...(trainable === false && { trainable }), name };
  const given = takesList ? `[${names.join(", ")}]` : names.join(", ");
  return `${pythonCall({ module: "keras.layers", class_name: className, config: settings, registered_name: null })}(${inputs.length > 0 ? given : ""})`;
}

/** Returns the lines that set Backprop's initial weights. Each parameter has its own random stream. */
function startText({ network, training: { start } }: TrainingPlan, keras: KerasNetwork): string {
  const lines: string[] = [];
  let index = 0;
  for (const layer of network.layers) {
    const own = layer.parameters.map((parameter) => {
      const drawn = drawText(parameter, index++);
      // A parameter missing from the file is initialized.
      return start === null || parameter.start.kind === "values"
        ? drawn
        : `saved.get(${pythonText(`${layer.id}/${parameter.name}`)}, ${drawn})`;
    });
    // A layer has a different name if its activation is an operation.
    const tensor = keras.tensors.get(layer.id);
    const holder = keras.layers.find(
      ({ name, variables }) => variables.length > 0 && (name === tensor?.layer || name === `${keras.names.of(layer.id)}_sum`),
    );
    if (own.length === 0 || !holder) continue;
    if (layer.kind === "normalize") {
      lines.push(`# The statistics of the layer's input over the training rows.`, `layer = model.get_layer(${pythonText(holder.name)})`);
      lines.push("layer.adapt(keras.Model(model.inputs, layer.input).predict(inputs_of(train), verbose=0))");
    } else lines.push(`model.get_layer(${pythonText(holder.name)}).set_weights([${own.join(", ")}])`);
  }
  return `def drawn(index, shape, distribution, size, center=0.0):
    """Returns initial weights. A corrected normal distribution has the requested deviation although it is truncated at 2 deviations."""
    random = Random(SEED, "weights", index)
    draw = {
        "constant": lambda: size,
        "uniform": lambda: (2 * random.uniform() - 1) * size,
        "normal": lambda: center + random.normal() * size,
        "truncated_normal": lambda: center + random.truncated_normal() * size,
        "corrected_truncated_normal": lambda: random.truncated_normal() * size / 0.8796256610342398,
    }[distribution]
    return np.array([draw() for _ in range(math.prod(shape))], "float32").reshape(shape)


${start === null ? "" : `${READ_SAFETENSORS}\n\nsaved = read_safetensors(${pythonText(start)})\n`}${lines.join("\n")}
`;
}

const READ_SAFETENSORS = `def read_safetensors(path):
    """Returns the tensors of a safetensors file by name."""
    with open(path, "rb") as file:
        raw = file.read()
    begin = 8 + int.from_bytes(raw[:8], "little")
    kinds = {"F32": "<f4", "F64": "<f8"}
    found = {}
    for name, one in json.loads(raw[8:begin]).items():
        if name != "__metadata__" and one["dtype"] in kinds:
            numbers = np.frombuffer(raw, kinds[one["dtype"]], math.prod(one["shape"]), begin + one["data_offsets"][0])
            found[name] = numbers.reshape(one["shape"]).astype("float32")
    return found
`;

function drawText({ name, shape, start }: PlannedParameter, index: number): string {
  if (start.kind === "values") return `np.array(${python(start.values)}, "float32").reshape(${python(shape)})`;
  const { distribution, size, center } = drawOf(start.use, name, shape);
  return `drawn(${index}, ${python(shape)}, ${pythonText(distribution)}, ${size}${center === 0 ? "" : `, ${center}`})`;
}

function drawOf<K extends InitializerName>(
  { name, settings }: Configured<"initializers", K>,
  parameter: PlannedParameter["name"],
  shape: readonly number[],
) {
  const { distribution, spread, mean } = configuredInitializers[name];
  const fans = parameterFacts[parameter].fans(shape);
  return { distribution, size: spread(fans.in, fans.out, settings), center: mean?.(settings) ?? 0 };
}

function trainingText(plan: TrainingPlan, network: KerasNetwork, optimizer: string): string {
  const { training } = plan;
  const nameOf = network.names.of;
  const losses = training.outputs.map((output) => {
    const own = kerasLoss(output.loss);
    if (!own) throw new ExchangeProblem(`Keras has no loss ${output.loss.name} like this, so no script can train like this`);
    return pythonCall(own);
  });
  const isSingle = training.outputs.length === 1;
  const measured = training.outputs.map((output) => `[${scriptMetrics(plan, output).texts.join(", ")}]`);
  const isWeighted = training.outputs.length > 0 && hasWeights(plan);
  const byName = (texts: readonly string[]): string =>
    isSingle ? (texts[0] ?? "None") : `{${training.outputs.map(({ layer }, k) => `${pythonText(nameOf(layer))}: ${texts[k]}`).join(", ")}}`;
  const batch = training.batch ?? "len(train)";
  return `${scheduleClass(training.learningRate)}${metricClasses(plan)}model.compile(
    optimizer=${optimizer},
    loss=${byName(losses)},${isSingle ? "" : `\n    loss_weights=${byName(training.outputs.map(({ weight }) => String(weight)))},`}
    metrics=${byName(measured)},
)


class Batches(keras.utils.PyDataset):
    """The training rows in Backprop's order of each epoch."""

    def __init__(self):
        super().__init__()
        self.begin(1)

    def begin(self, epoch):
        self.order = list(train)${training.shuffle ? '\n        Random(SEED, "shuffle", epoch).shuffle(self.order)' : ""}

    def __len__(self):
        return math.ceil(len(self.order) / ${batch})

    def __getitem__(self, k):
        rows = self.order[k * ${batch} : (k + 1) * ${batch}]
        return inputs_of(rows), targets_of(rows)${isWeighted ? ", weights_of(rows)" : ""}


batches = Batches()
callbacks = [
    ${["keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.begin(epoch + 1))", ...callbacksOf(plan)].join(",\n    ")},
]
history = model.fit(
    batches,
    epochs=EPOCHS,
    shuffle=False,
    validation_data=(inputs_of(validation), targets_of(validation)) if validation else None,
    callbacks=callbacks,
    verbose=2,
)
if test:
    print("on the test part:", model.evaluate(inputs_of(test), targets_of(test), verbose=0, return_dict=True))
model.save(${pythonText(`${network.name}.keras`)})
`;
}

function callbacksOf({ training: { stop, learningRate } }: TrainingPlan): string[] {
  const mode = (monitor: string): string => {
    const name = Object.keys(metrics).find((one) => monitor.endsWith(one));
    return pythonText(name && metrics[name as keyof typeof metrics].better === "higher" ? "max" : "min");
  };
  const own: string[] = [];
  if (stop)
    own.push(
      `keras.callbacks.EarlyStopping(monitor=${pythonText(stop.monitor)}, patience=${stop.patience}, min_delta=${stop.minDelta}, restore_best_weights=${python(stop.restoreBest)}, mode=${mode(stop.monitor)})`,
    );
  if (typeof learningRate !== "number" && learningRate.name === "reduce_on_plateau") {
    const { factor, patience, min_delta, cooldown, min_rate } = learningRate.settings;
    own.push(
      `keras.callbacks.ReduceLROnPlateau(monitor=${pythonText(learningRate.monitor)}, factor=${factor}, patience=${patience}, min_delta=${min_delta}, cooldown=${cooldown}, min_lr=${min_rate}, mode=${mode(learningRate.monitor)})`,
    );
  }
  return own;
}

function scriptNotes({ plan, fit }: TrainedModel, lacking: readonly string[]): string[] {
  const kinds = new Set<string>(plan.network.layers.map(({ kind }) => kind));
  const { outputs, metrics: measured, learningRate } = plan.training;
  const left = [...new Set(outputs.flatMap((output) => scriptMetrics(plan, output).left))];
  const hasOwn = scheduleClass(learningRate) !== "" || metricClasses(plan) !== "";
  const isScaled = fit.targets.some(({ scalers }) => scalers.some(({ factor, offset }) => factor !== 1 || offset !== 0));
  const inUnits = measured.filter(({ name }) => ["mae", "mse", "rmse", "mape"].includes(name)).map(({ name }) => `\`${name}\``);
  return [
    "The script trains from the same initial weights. It does not contain the trained weights.",
    ...lacking,
    ...(left.length > 0 ? [`The metrics ${left.join(" and ")} are left out, since Keras can't compute them for this target.`] : []),
    ...(measured.some(({ name }) => name === "auc") && !left.includes("auc")
      ? [`\`auc\` has ${AUC_THRESHOLDS} thresholds in Keras, so it may differ in the third digit.`]
      : []),
    ...(isScaled && inUnits.length > 0 ? [`The target is scaled, and Keras reports ${inUnits.join(" and ")} in scaled units.`] : []),
    ...(hasOwn ? ["The script's learning rate or metrics are classes of its own. Load the model that it saves with `compile=False`."] : []),
    ...(kinds.has("dropout") || kinds.has("gaussian_noise")
      ? ["Keras uses its own random numbers for dropout and noise, so the losses differ."]
      : []),
    "Keras computes in float32, so the losses agree to about six digits.",
  ];
}
