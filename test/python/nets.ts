/**
 * Ten networks whose training in PyTorch is compared with the engine's. Together they have every kind of layer but the two that draw
 * random numbers, every activation, loss, optimizer, schedule and metric; engine/exchange/torch/network.test.ts verifies it.
 */
import { randomFrom } from "../../engine/random.ts";
import { everyLayerModel } from "../exchange/models.ts";

/** Rows of `inputs` numbers, with targets computed by a function. */
function rows(count: number, inputs: number, targets: (x: readonly number[], row: number) => readonly (number | string)[]): string {
  const random = randomFrom(7, "generator");
  return Array.from({ length: count }, (_, row) => {
    const x = Array.from({ length: inputs }, () => Math.round(random.normal() * 1000) / 1000);
    return `  ${x.join(" ")} -> ${targets(x, row).join(" ")}`;
  }).join("\n");
}

const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
const round = (x: number): number => Math.round(x * 1000) / 1000;
const number = (x: readonly number[]): number[] => [round(Math.sin(sum(x)))];
const count = (x: readonly number[]): number[] => [round(Math.exp(sum(x) / 3))];
const kind = (x: readonly number[]): number[] => [(sum(x) > 1 ? 2 : sum(x) > 0 ? 1 : 0) as number];
const yes = (x: readonly number[]): number[] => [sum(x) > 0.5 ? 1 : 0];
const sides = (x: readonly number[]): number[] => [sum(x) > 0 ? 1 : -1];

export interface Net {
  readonly name: string;
  readonly text: string;
}

/** The nets by name. Their batches do not divide the rows, and some last batches have fewer rows than there are processes. */
export const NETS: readonly Net[] = [
  {
    name: "layers",
    text: `${everyLayerModel("Layers", [], "hidden")}
data D {
${rows(41, 6, (x) => [...kind(x), ...number(x)])}
  split validation=0.2 test=0.1
}
train Layers on D {
  loss main=sparse_categorical_crossentropy price=mse
  loss_weights main=0.7 price=2
  optimizer adam(learning_rate=0.01)
  metrics main=accuracy price=mae
  batch 8
  epochs 4
}`,
  },
  {
    name: "activations",
    text: `model Activations {
  x: input 3
  relu_line: dense 5 relu from x
  tanh_line: dense 5 tanh from x
  sigmoid_line: dense 5 sigmoid from x
  softmax_line: dense 5 softmax from x
  leaky_line: dense 5 leaky_relu from x
  elu_line: dense 5 elu(alpha=0.7) from x
  selu_line: dense 5 selu from x
  gelu_line: dense 5 gelu from x
  swish_line: dense 5 swish from x
  mish_line: dense 5 mish from x
  hard_swish_line: dense 5 hard_swish from x
  relu6_line: dense 5 relu6 from x
  softplus_line: dense 5 softplus from x
  softsign_line: dense 5 softsign from x
  hard_sigmoid_line: dense 5 hard_sigmoid from x
  exponential_line: dense 5 exponential l1=0.001 from x
  log_sigmoid_line: dense 5 log_sigmoid from x
  linear_line: dense 5 linear from x
  mix: concat from relu_line, tanh_line, sigmoid_line, softmax_line, leaky_line, elu_line, selu_line, gelu_line, swish_line, mish_line, hard_swish_line, relu6_line, softplus_line, softsign_line, hard_sigmoid_line, exponential_line, log_sigmoid_line, linear_line
  out: dense 1
}
data D {
${rows(37, 3, number)}
  split validation=0.25
  scale standard
  scale_target standard
}
train Activations on D {
  loss huber(delta=0.8)
  optimizer adamw(learning_rate=one_cycle(maximum=0.01, steps=28), weight_decay=0.01)
  metrics mae, mse, rmse, r2, mape
  batch 5
  epochs 5
}`,
  },
  {
    name: "classes",
    text: `model Classes {
  input 4
  hidden: dense 8
  relu
  out: dense 3 softmax
}
data D {
${rows(47, 4, kind)}
  split validation=0.2
  class_weight 0=1 1=3 2=0.5
}
train Classes on D {
  loss sparse_categorical_crossentropy(label_smoothing=0.1)
  optimizer sgd(learning_rate=exponential_decay(initial=0.1, steps=10, rate=0.7), momentum=0.9, nesterov=true)
  metrics accuracy, top_k_accuracy(k=2), precision, recall, f1, auc
  clip norm=0.5 value=0.3
  batch 6
  epochs 8
  stop early_stopping(monitor=val_accuracy, patience=2)
}`,
  },
  {
    name: "one-hot",
    text: `model OneHot {
  input 4
  dense 6 relu6
  soft: dense 3 softmax
  shares: dense 3 softplus from soft
  output soft, shares
}
data D {
${rows(43, 4, (x) => [0, 1, 2].map((k) => (kind(x)[0] === k ? 1 : 0)).concat([0, 1, 2].map((k) => (kind(x)[0] === k ? 1 : 0))))}
  split validation=0.2
}
train OneHot on D {
  loss soft=categorical_crossentropy(label_smoothing=0.05) shares=categorical_crossentropy
  optimizer nadam(learning_rate=step_decay(initial=0.02, steps=9, warmup_steps=4))
  metrics accuracy, recall
  batch 11
  epochs 6
}`,
  },
  {
    name: "yes-or-no",
    text: `model YesOrNo {
  input 3
  hidden: dense 6 tanh
  yes: dense 1 sigmoid
  hard: dense 1 hard_sigmoid from hidden
  focal: dense 1 sigmoid from hidden
  output yes, hard, focal
}
data D {
${rows(45, 3, (x) => [...yes(x), ...yes(x), ...yes(x)])}
  split validation=0.2 test=0.2
}
train YesOrNo on D {
  loss yes=binary_crossentropy(label_smoothing=0.1) hard=binary_crossentropy focal=binary_focal_crossentropy
  optimizer rmsprop(learning_rate=0.01, momentum=0.5, centered=true)
  metrics accuracy, precision, recall, f1, auc
  batch 4
  epochs 5
}`,
  },
  {
    name: "numbers",
    text: `model Numbers {
  input 3
  hidden: dense 6 swish
  square: dense 1
  size: dense 1 from hidden
  smooth: dense 1 from hidden
  part: dense 1 from hidden
  output square, size, smooth, part
}
data D {
${rows(39, 3, (x) => [...number(x), ...number(x), ...number(x), ...count(x)])}
  split validation=0.2
}
train Numbers on D {
  loss square=mse size=mae smooth=log_cosh part=mape
  optimizer adagrad(learning_rate=cosine_decay(initial=0.05, steps=20, alpha=0.1))
  clip norm=2
  batch 5
  epochs 5
}`,
  },
  {
    name: "counts",
    text: `model Counts {
  input 3
  hidden: dense 6 softplus
  rate: dense 1 exponential
  order: dense 1 softplus from hidden
  output rate, order
}
data D {
${rows(39, 3, (x) => [...count(x), ...count(x)])}
  split validation=0.2
}
train Counts on D {
  loss rate=poisson order=msle
  optimizer adamax(learning_rate=polynomial_decay(initial=0.02, steps=30, power=2))
  metrics r2
  batch 4
  epochs 5
}`,
  },
  {
    name: "margins",
    text: `model Margins {
  input 3
  hidden: dense 6 tanh
  hinge: dense 1
  squared: dense 1 tanh from hidden
  rule: dense 1 from hidden
  output hinge, squared, rule
}
data D {
${rows(41, 3, (x) => [...sides(x), ...sides(x), ...sides(x)])}
  split validation=0.2
}
train Margins on D {
  loss hinge=hinge squared=squared_hinge rule=perceptron
  optimizer lion(learning_rate=0.003)
  metrics accuracy
  batch 6
  epochs 6
}`,
  },
  {
    name: "shares",
    text: `model Shares {
  input 4
  hidden: dense 5 gelu
  out: dense 3 softmax
}
data D {
${rows(40, 4, (x) => {
  const a = round(0.2 + 0.1 * Math.tanh(x[0] ?? 0));
  const b = round(0.3 + 0.1 * Math.tanh(x[1] ?? 0));
  return [a, b, round(1 - a - b)];
})}
  split validation=0.2
}
train Shares on D {
  loss kl_divergence
  optimizer adadelta(learning_rate=reduce_on_plateau(rate=1, patience=1, factor=0.5, monitor=loss, min_delta=0.01))
  batch 31
  epochs 8
}`,
  },
  {
    name: "rosenblatt",
    text: `model Rosenblatt {
  input 3
  out: tlu 2
}
data D {
${rows(31, 3, (x) => [...yes(x), (x[0] ?? 0) > 0 ? 1 : 0])}
  split validation=0.2
}
train Rosenblatt on D {
  loss perceptron
  optimizer perceptron(learning_rate=0.1)
  metrics accuracy
  batch 3
  epochs 5
}`,
  },
];

const [WIDE, RULE] = [
  (optimizer: string): string => `model Wide {
  input 3
  hidden: dense 400 tanh
  second: dense 260 relu
  out: dense 1
}
data D {
${rows(39, 3, number)}
  split validation=0.2
}
train Wide on D {
  loss mse
  optimizer ${optimizer}
  batch 7
  epochs 4
}`,
  (optimizer: string): string => NETS.at(-1)?.text.replace(/optimizer .+/, `optimizer ${optimizer}`) ?? "",
];

/**
 * Each optimizer as the ten networks lack it: without a schedule if they have it with one, and the other way round. The wide network has so
 * many weights that a job updates its tensors one by one.
 */
export const OPTIMIZER_NETS: readonly Net[] = [
  { name: "wide-sgd", text: WIDE("sgd(learning_rate=0.01)") },
  { name: "wide-adam", text: WIDE("adam(learning_rate=cosine_decay(initial=0.001, steps=15))") },
  { name: "wide-adamw", text: WIDE("adamw(learning_rate=0.001, weight_decay=0.01)") },
  { name: "wide-nadam", text: WIDE("nadam(learning_rate=0.001)") },
  { name: "wide-adamax", text: WIDE("adamax(learning_rate=0.001)") },
  { name: "wide-rmsprop", text: WIDE("rmsprop(learning_rate=exponential_decay(initial=0.001, steps=10, rate=0.7))") },
  { name: "wide-adagrad", text: WIDE("adagrad(learning_rate=0.01)") },
  { name: "wide-adadelta", text: WIDE("adadelta(learning_rate=1)") },
  { name: "wide-lion", text: WIDE("lion(learning_rate=polynomial_decay(initial=0.0003, steps=18))") },
  { name: "rule-perceptron", text: RULE("perceptron(learning_rate=step_decay(initial=0.1, steps=9))") },
];
