/** Losses, optimizers, schedules and metrics in Keras 3. A missing entry does not compile; `null` means that Keras has no equivalent. */
import type { Configured, SettingsOf } from "../../catalog/index.ts";
import type { LossName } from "../../catalog/losses.ts";
import { targetForm } from "../../catalog/losses.ts";
import type { MetricName } from "../../catalog/metrics.ts";
import type { OptimizerName, ScheduleName } from "../../catalog/optimizers.ts";
import { activationOf } from "../../network/outputLosses.ts";
import type { OutputPlan, TrainingPlan } from "../../plan.ts";
import { type KerasObject, kerasObject, PythonFloat } from "./activations.ts";
import { pythonCall } from "./python.ts";

const loss = (name: string, config?: Readonly<Record<string, unknown>>): KerasObject => kerasObject("keras.losses", name, config);

const LOSSES: { readonly [K in LossName]: (settings: SettingsOf<"losses">[K]) => KerasObject | null } = {
  mse: () => loss("MeanSquaredError"),
  mae: () => loss("MeanAbsoluteError"),
  huber: ({ delta }) => loss("Huber", { delta }),
  log_cosh: () => loss("LogCosh"),
  mape: () => loss("MeanAbsolutePercentageError"),
  msle: () => loss("MeanSquaredLogarithmicError"),
  poisson: () => loss("Poisson"),
  binary_crossentropy: ({ label_smoothing }) => loss("BinaryCrossentropy", { label_smoothing }),
  binary_focal_crossentropy: ({ gamma }) => loss("BinaryFocalCrossentropy", { gamma }),
  categorical_crossentropy: ({ label_smoothing }) => loss("CategoricalCrossentropy", { label_smoothing }),
  // Keras smooths only one-hot labels.
  sparse_categorical_crossentropy: ({ label_smoothing }) => (label_smoothing === 0 ? loss("SparseCategoricalCrossentropy") : null),
  kl_divergence: () => loss("KLDivergence"),
  hinge: () => loss("Hinge"),
  squared_hinge: () => loss("SquaredHinge"),
  perceptron: () => null,
};

/** Keras rejects an integer as a learning rate or momentum, and computes a schedule in the type of its initial rate. */
const withFloats = (config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      typeof value === "number" && !name.endsWith("_steps") ? new PythonFloat(value) : value,
    ]),
  );

type OptimizerObject = (rate: unknown) => KerasObject;
const optimizer =
  (name: string, config: Readonly<Record<string, unknown>> = {}): OptimizerObject =>
  (learning_rate) =>
    kerasObject("keras.optimizers", name, withFloats({ learning_rate, ...config }));

const OPTIMIZERS: { readonly [K in OptimizerName]: (settings: SettingsOf<"optimizers">[K]) => OptimizerObject | null } = {
  sgd: ({ momentum, nesterov }) => optimizer("SGD", { momentum, nesterov: nesterov === 1 }),
  adagrad: ({ initial_accumulator_value, epsilon }) => optimizer("Adagrad", { initial_accumulator_value, epsilon }),
  rmsprop: ({ rho, momentum, epsilon, centered }) => optimizer("RMSprop", { rho, momentum, epsilon, centered: centered === 1 }),
  adam: ({ beta_1, beta_2, epsilon, amsgrad }) => optimizer("Adam", { beta_1, beta_2, epsilon, amsgrad: amsgrad === 1 }),
  adamw: ({ beta_1, beta_2, epsilon, weight_decay, amsgrad }) =>
    optimizer("AdamW", { weight_decay, beta_1, beta_2, epsilon, amsgrad: amsgrad === 1 }),
  nadam: ({ beta_1, beta_2, epsilon }) => optimizer("Nadam", { beta_1, beta_2, epsilon }),
  adamax: ({ beta_1, beta_2, epsilon }) => optimizer("Adamax", { beta_1, beta_2, epsilon }),
  adadelta: ({ rho, epsilon }) => optimizer("Adadelta", { rho, epsilon }),
  lion: ({ beta_1, beta_2 }) => optimizer("Lion", { beta_1, beta_2 }),
  perceptron: () => null,
};

const schedule = (name: string, config: Readonly<Record<string, unknown>>): KerasObject =>
  kerasObject("keras.optimizers.schedules", name, withFloats(config));

/** Keras has a warm-up only for the cosine schedule, and lacks the one-cycle schedule. A plateau is a callback in Keras. */
const SCHEDULES: { readonly [K in ScheduleName]: (settings: SettingsOf<"schedules">[K]) => KerasObject | number | null } = {
  exponential_decay: ({ initial, steps, rate, warmup_steps }) =>
    warmup_steps > 0
      ? null
      : schedule("ExponentialDecay", { initial_learning_rate: initial, decay_steps: steps, decay_rate: rate, staircase: false }),
  step_decay: ({ initial, steps, rate, warmup_steps }) =>
    warmup_steps > 0
      ? null
      : schedule("ExponentialDecay", { initial_learning_rate: initial, decay_steps: steps, decay_rate: rate, staircase: true }),
  cosine_decay: ({ initial, steps, alpha, warmup_steps }) =>
    warmup_steps > 0
      ? schedule("CosineDecay", { initial_learning_rate: 0, decay_steps: steps, alpha, warmup_target: initial, warmup_steps })
      : schedule("CosineDecay", { initial_learning_rate: initial, decay_steps: steps, alpha }),
  polynomial_decay: ({ initial, steps, end, power, warmup_steps }) =>
    warmup_steps > 0
      ? null
      : schedule("PolynomialDecay", { initial_learning_rate: initial, decay_steps: steps, end_learning_rate: end, power }),
  one_cycle: () => null,
  reduce_on_plateau: ({ rate }) => rate,
};

const metric = (name: string, config?: Readonly<Record<string, unknown>>): KerasObject => kerasObject("keras.metrics", name, config);

/** Keras' macro averages need one-hot targets. null means that no metric is equal. */
const METRICS: { readonly [K in MetricName]: (settings: SettingsOf<"metrics">[K]) => string | KerasObject | null } = {
  accuracy: () => "accuracy",
  top_k_accuracy: ({ k }) => metric("SparseTopKCategoricalAccuracy", { k }),
  mae: () => metric("MeanAbsoluteError", { name: "mae" }),
  mse: () => metric("MeanSquaredError", { name: "mse" }),
  rmse: () => metric("RootMeanSquaredError", { name: "rmse" }),
  r2: () => metric("R2Score", { name: "r2" }),
  mape: () => metric("MeanAbsolutePercentageError", { name: "mape" }),
  precision: () => metric("Precision", { name: "precision" }),
  recall: () => metric("Recall", { name: "recall" }),
  f1: () => null,
  auc: () => null,
};

type Entry = (settings: unknown) => unknown;
export const kerasLoss = ({ name, settings }: Configured<"losses">): KerasObject | null =>
  (LOSSES[name] as Entry)(settings) as KerasObject | null;

/** Returns a schedule, or the constant rate of a plateau; null if Keras lacks it. */
export const kerasSchedule = ({ name, settings }: Exclude<TrainingPlan["training"]["learningRate"], number>): KerasObject | number | null =>
  (SCHEDULES[name] as Entry)(settings) as KerasObject | number | null;

/**
 * Returns the optimizer with its learning rate or schedule, and the settings that Keras lacks. `ownSchedule` replaces a schedule that Keras lacks.
 */
export function kerasOptimizer(
  { training: { optimizer: own, learningRate, clip } }: TrainingPlan,
  ownSchedule: KerasObject | null = null,
): {
  readonly object: KerasObject | null;
  readonly lacking: readonly string[];
} {
  const make = (OPTIMIZERS[own.name] as Entry)(own.settings) as OptimizerObject | null;
  if (!make) return { object: null, lacking: [`Keras has no optimizer \`${own.name}\`.`] };
  const isFixed = typeof learningRate === "number";
  const rate = isFixed ? learningRate : kerasSchedule(learningRate);
  const { config, ...object } = make(rate ?? ownSchedule ?? 0.001);
  const lacking: string[] = [];
  if (rate === null && !isFixed && !ownSchedule)
    lacking.push(`Keras has no schedule like this \`${learningRate.name}\`, so the optimizer has the learning rate 0.001.`);
  if (clip.norm !== null && clip.value !== null) lacking.push("Keras clips by norm or by value, not by both, so it clips by norm.");
  const clipping = clip.norm !== null ? { global_clipnorm: clip.norm } : clip.value !== null ? { clipvalue: clip.value } : {};
  return { object: { ...object, config: { ...config, ...clipping } }, lacking };
}

/** Returns an output's metrics, without those for another kind of target and those that Keras computes differently. */
export const kerasMetrics = (plan: TrainingPlan, output: OutputPlan): (string | KerasObject)[] =>
  metricsOf(plan, output).flatMap(({ keras }) => keras ?? []);

/** A metric of an output. `keras` is null if Keras has no such metric for this kind of target. */
export interface OutputMetric {
  readonly name: MetricName;
  readonly keras: string | KerasObject | null;
}

/** Returns the metrics that apply to the output. */
export function metricsOf(plan: TrainingPlan, output: OutputPlan): OutputMetric[] {
  const layer = plan.network.layers.find(({ id }) => id === output.layer);
  const form = targetForm(output.loss.name, layer && activationOf(layer));
  return plan.training.metrics
    .filter((own) => own.output === null || own.output === output.layer)
    .map(({ name, settings }) => {
      const isLacking =
        (name === "top_k_accuracy" && form !== "class_index") || ((name === "precision" || name === "recall") && form !== "binary");
      return { name, keras: isLacking ? null : ((METRICS[name] as Entry)(settings) as string | KerasObject | null) };
    });
}

/** Returns `compile_config`; null if Keras lacks the loss or the optimizer. `nameOf` returns an output's name. */
export function compileConfig(plan: TrainingPlan, nameOf: (id: string) => string): object | null {
  const { outputs } = plan.training;
  const { object } = kerasOptimizer(plan);
  const losses = outputs.map((output) => kerasLoss(output.loss));
  if (!object || losses.includes(null)) return null;
  const isSingle = outputs.length === 1;
  const byOutput = <T>(of: (output: OutputPlan, k: number) => T): T | Record<string, T> | undefined =>
    isSingle && outputs[0] ? of(outputs[0], 0) : Object.fromEntries(outputs.map((output, k) => [nameOf(output.layer), of(output, k)]));
  return {
    optimizer: object,
    loss: byOutput((_output, k) => losses[k]),
    loss_weights: isSingle ? null : byOutput(({ weight }) => weight),
    metrics: isSingle && outputs[0] ? kerasMetrics(plan, outputs[0]) : byOutput((output) => kerasMetrics(plan, output)),
    weighted_metrics: null,
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

/** Returns the steps to take in Keras before continuing the training. */
export function compileNote(plan: TrainingPlan, nameOf: (id: string) => string, compile: boolean): string {
  const { object, lacking } = kerasOptimizer(plan);
  const losses = plan.training.outputs.map((output): [string, KerasObject | null] => [nameOf(output.layer), kerasLoss(output.loss)]);
  if (!object || losses.some(([, own]) => own === null)) {
    const names = plan.training.outputs.filter((output) => kerasLoss(output.loss) === null).map((output) => output.loss.name);
    const what = [
      ...(object ? [] : [`the optimizer ${plan.training.optimizer.name}`]),
      ...(names.length > 0 ? [`the loss ${[...new Set(names)].join(", ")}`] : []),
    ];
    return `Keras lacks ${what.join(" and ")}, so the model can predict there but not train further.`;
  }
  const isPlateau = typeof plan.training.learningRate !== "number" && plan.training.learningRate.name === "reduce_on_plateau";
  const plateau = isPlateau ? "`reduce_on_plateau` is the callback ReduceLROnPlateau there. " : "";
  const momentum = `${plateau}The optimizer's own memory, such as momentum, is not carried over.`;
  const left = [
    ...new Set(
      plan.training.outputs.flatMap((output) => metricsOf(plan, output).flatMap(({ name, keras }) => (keras ? [] : [`\`${name}\``]))),
    ),
  ];
  const without = left.length > 0 ? [`Keras has no metric like ${left.join(" and ")} for this target.`] : [];
  if (compile) return [...lacking, ...without, momentum].join(" ");
  const written =
    losses.length === 1 && losses[0]?.[1]
      ? pythonCall(losses[0][1])
      : `{${losses.map(([name, own]) => `${JSON.stringify(name)}: ${own ? pythonCall(own) : "None"}`).join(", ")}}`;
  return `To train further in Keras: model.compile(optimizer=${pythonCall(object)}, loss=${written}). ${[...lacking, momentum].join(" ")}`;
}
