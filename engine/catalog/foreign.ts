/** Words from other libraries and languages that are more than another name for a word here. They are not part of the language. */

/** Modules before a name: `nn.Linear`, `tf.keras.layers.Dense`, `self.hidden`. */
export const modules: ReadonlySet<string> = new Set([
  "nn",
  "F",
  "tf",
  "tensorflow",
  "keras",
  "torch",
  "layers",
  "activations",
  "initializers",
  "losses",
  "optimizers",
  "optim",
  "metrics",
  "callbacks",
  "functional",
  "regularizers",
  "schedules",
  "self",
]);

/** Words that start a block elsewhere. */
export const blockWords: Readonly<Record<string, "model" | "data" | "train" | "expect">> = {
  network: "model",
  net: "model",
  nn: "model",
  class: "model",
  def: "model",
  sequential: "model",
  architecture: "model",
  dataset: "data",
  fit: "train",
  training: "train",
  compile: "train",
  test: "expect",
  tests: "expect",
  evaluate: "expect",
  assert: "expect",
  check: "expect",
};

/** Layer arguments from elsewhere that have no meaning here. */
export const needlessArguments: ReadonlySet<string> = new Set([
  "dim",
  "axis",
  "inplace",
  "in_features",
  "input_shape",
  "input_dim",
  "dtype",
  "from_logits",
  "reduction",
]);

/** Lines of a training elsewhere without a counterpart here, and why they are not needed. */
export const needlessLines: Readonly<Record<string, string>> = {
  device: "A training chooses its processors itself",
  verbose: "Progress is always shown",
  workers: "A training chooses its threads itself",
  num_workers: "A training chooses its threads itself",
  steps_per_epoch: "An epoch always passes through the whole training part",
  save: "A training saves its weights itself",
  checkpoint: "A training saves its weights itself",
  tensorboard: "The panel shows every training",
  dtype: "A training chooses its precision itself",
};

/** Words after `scale`, or by themselves in a `data` block, and the scaling that they mean. */
export const scalings: Readonly<Record<string, "standard" | "minmax">> = {
  standardize: "standard",
  standardise: "standard",
  standardscaler: "standard",
  standard_scaler: "standard",
  zscore: "standard",
  z_score: "standard",
  minmaxscaler: "minmax",
  min_max: "minmax",
  minmax_scaler: "minmax",
};

/** Names for a part of the data elsewhere. */
export const parts: Readonly<Record<string, "train" | "validation" | "test">> = {
  val: "validation",
  valid: "validation",
  dev: "validation",
  validation_split: "validation",
  val_split: "validation",
  validation_size: "validation",
  val_size: "validation",
  test_size: "test",
  test_split: "test",
  train_size: "train",
  training: "train",
  testing: "test",
};

/** Calls from elsewhere for learning rate schedules or callbacks that have no counterpart with the same arguments. */
export const scheduleWords: ReadonlySet<string> = new Set(["scheduler", "lr_scheduler", "lr_schedule", "schedule"]);
