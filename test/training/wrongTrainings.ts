/**
 * Trainings that go wrong in one known way each, with what a teacher would say first, and the repair as a change of the text. The expectations are a
 * teacher's: they name the cause and the line to change, whichever part of the product reports it. The file is long because it is one list.
 */
import { randomFrom } from "../../engine/random.ts";

export interface WrongTraining {
  readonly name: string;
  readonly text: string;
  /** The code of the first finding, the beginning of its line, and what its message must contain. */
  readonly code: string;
  readonly line: RegExp;
  readonly says: RegExp;
  /** Words that no finding may contain, since they contradict the cause. */
  readonly never?: RegExp;
  /** The repair that the first finding names: texts and what replaces them. */
  readonly repair: readonly (readonly [string, string])[];
}

interface Parts {
  readonly layers: string;
  readonly data: string;
  readonly train: string;
}

const indented = (lines: string): string =>
  lines
    .split("\n")
    .map((line) => `  ${line}\n`)
    .join("");
const file = ({ layers, data, train }: Parts): string =>
  `model M {\n${indented(layers)}}\n\ndata D {\n${indented(data)}}\n\ntrain M on D {\n${indented(train)}}\n`;

/** Returns rows that a function draws from two numbers, each from a normal distribution. */
function rows(count: number, row: (a: number, b: number, k: number) => string): string {
  const random = randomFrom(7, "generator", 0);
  return Array.from({ length: count }, (_, k) => row(random.normal(), random.normal(), k)).join("\n");
}
const of = (value: number): string => String(Number(value.toPrecision(5)));

const REGRESSION = "input x\ndense 16 tanh\ndense 1";
const SINE = "source sine(samples=100)";
const MOONS = "source moons(samples=200, noise=0.1)";
const CLASSES = "input x1, x2\ndense 16 relu\ndense 1 sigmoid";
const BINARY = "loss binary_crossentropy\noptimizer adam(learning_rate=0.01)\nepochs 30";
/** Prices of houses, about 300,000, of their areas. */
const HOUSES = `features area, rooms\ntarget price\n${rows(80, (a, b) => `${of(120 + 30 * a)} ${of(4 + b)} -> ${of(300_000 + 60_000 * a + 10_000 * b)}`)}`;
const AREAS = `features area, rooms\ntarget sold\n${rows(80, (a, b) => `${of(1200 + 300 * a)} ${of(4 + b)} -> ${a + b > 0 ? 1 : 0}`)}`;

const XOR_ROWS = "features x1, x2\ntarget y\n0 0 -> 0\n0 1 -> 1\n1 0 -> 1\n1 1 -> 0";

export const WRONG_TRAININGS: readonly WrongTraining[] = [
  {
    name: "a learning rate of 100",
    text: file({ layers: REGRESSION, data: SINE, train: "loss mse\noptimizer sgd(learning_rate=100)\nepochs 40" }),
    code: "NN508",
    line: /^optimizer sgd/,
    says: /learning rate of 100.*lower/,
    never: /raise|scale standard/,
    repair: [["learning_rate=100", "learning_rate=0.01"]],
  },
  {
    name: "a learning rate that is too high for this network",
    text: file({
      layers: "input x\ndense 64 relu\ndense 64 relu\ndense 1",
      data: SINE,
      train: "loss mse\noptimizer sgd(learning_rate=0.9)\nepochs 40",
    }),
    code: "NN601",
    line: /^optimizer sgd/,
    says: /lower the learning rate, at first to 0\.01/,
    never: /raise|scale standard/,
    repair: [["learning_rate=0.9", "learning_rate=0.01"]],
  },
  {
    name: "a learning rate of 1e-9",
    text: file({ layers: REGRESSION, data: SINE, train: "loss mse\noptimizer sgd(learning_rate=1e-9)\nepochs 20" }),
    code: "NN508",
    line: /^optimizer sgd/,
    says: /1e-9.*raise/,
    never: /lower|scale/,
    repair: [["learning_rate=1e-9", "learning_rate=0.05"]],
  },
  {
    name: "a learning rate of 0.00001 within the usual range",
    text: file({ layers: REGRESSION, data: SINE, train: "loss mse\noptimizer sgd(learning_rate=0.00001)\nepochs 20" }),
    code: "NN606",
    line: /^optimizer sgd/,
    says: /raise the learning rate/,
    never: /lower|scale/,
    repair: [["learning_rate=0.00001", "learning_rate=0.05"]],
  },
  {
    name: "adam with a learning rate of 3",
    text: file({ layers: CLASSES, data: MOONS, train: "loss binary_crossentropy\noptimizer adam(learning_rate=3)\nepochs 30" }),
    code: "NN508",
    line: /^optimizer adam/,
    says: /learning rate of 3.*lower/,
    never: /raise/,
    repair: [["learning_rate=3", "learning_rate=0.01"]],
  },
  {
    name: "a target that is not scaled, by sgd",
    text: file({
      layers: "input 2\ndense 16 relu\ndense 1",
      data: `${HOUSES}\nscale standard`,
      train: "loss mse\noptimizer sgd(learning_rate=0.01)\nepochs 30",
    }),
    code: "NN520",
    line: /^target price/,
    says: /scale_target standard/,
    never: /learning rate|add `scale standard`/,
    repair: [["  scale standard", "  scale standard\n  scale_target standard"]],
  },
  {
    name: "a target that is not scaled, by adam",
    text: file({
      layers: "input 2\ndense 16 relu\ndense 1",
      data: `${HOUSES}\nscale standard`,
      train: "loss mse\noptimizer adam(learning_rate=0.01)\nepochs 30",
    }),
    code: "NN520",
    line: /^target price/,
    says: /scale_target standard/,
    never: /learning rate|`epochs`|add `scale standard`/,
    repair: [["  scale standard", "  scale standard\n  scale_target standard"]],
  },
  {
    name: "features that are not scaled",
    text: file({
      layers: "input 2\ndense 16 relu\ndense 1 sigmoid",
      data: AREAS,
      train: "loss binary_crossentropy\noptimizer sgd(learning_rate=0.1)\nepochs 30",
    }),
    code: "NN504",
    line: /^data D/,
    says: /`area`.*scale standard/,
    never: /scale_target|raise|lower|leaky/,
    repair: [["  target sold", "  target sold\n  scale standard"]],
  },
  {
    name: "features that are scaled, and a learning rate that is too high",
    text: file({
      layers: "input 2\ndense 32 relu\ndense 32 relu\ndense 1",
      data: `${HOUSES}\nscale standard\nscale_target standard`,
      train: "loss mse\noptimizer sgd(learning_rate=0.95)\nepochs 30",
    }),
    code: "NN601",
    line: /^optimizer sgd/,
    says: /lower the learning rate/,
    never: /scale/,
    repair: [["learning_rate=0.95", "learning_rate=0.01"]],
  },
  {
    name: "features of about 8 that are not scaled",
    text: file({
      layers: "input 6\ndense 32 relu\ndense 32 relu\ndense 1 sigmoid",
      data: `features a, b, c, d, e, f\ntarget y\n${rows(60, (a, b) => `${[a, b, a + b, a - b, a + 2 * b, 2 * a - b].map((value) => of(6 * value)).join(" ")} -> ${a * b > 0 ? 1 : 0}`)}`,
      train: "loss binary_crossentropy\noptimizer sgd(learning_rate=0.2)\nepochs 30",
    }),
    code: "NN608",
    line: /^data D/,
    says: /reaches the network with values of about \d.*add `scale standard`/,
    never: /learning rate|smaller weights/,
    repair: [["  target y", "  target y\n  scale standard"]],
  },
  {
    name: "validation rows that are training rows, too",
    text: file({
      layers: CLASSES,
      data: "source moons(samples=200, noise=0.1)\nvalidation moons(samples=200, noise=0.1)",
      train: BINARY,
    }),
    code: "NN611",
    line: /^data D/,
    says: /of the validation rows are in the training part, too.*remove repeated rows/,
    never: /learning rate|scale/,
    // The repair raises the validation loss to that of new rows, so no better end is expected.
    repair: [],
  },
  {
    name: "softmax on one unit",
    text: file({ layers: "input x1, x2\ndense 8 relu\ndense 1 softmax", data: MOONS, train: BINARY }),
    code: "NN502",
    line: /^dense 1 softmax/,
    says: /always 1; use `sigmoid`/,
    never: /learning rate|scale/,
    repair: [["dense 1 softmax", "dense 1 sigmoid"]],
  },
  {
    name: "relu units with a bias of -10",
    text: file({ layers: "input x1, x2\nhidden: dense 4 relu bias=[-10, -10, -10, -10]\ndense 1 sigmoid", data: MOONS, train: BINARY }),
    code: "NN602",
    line: /^hidden: dense 4 relu/,
    says: /All 4 units of hidden are 0.*bias starts at -10.*leave out `bias=`/,
    never: /learning rate|scale/,
    repair: [[" bias=[-10, -10, -10, -10]", ""]],
  },
  {
    name: "six layers of sigmoid",
    text: file({
      layers: "input x1, x2\nrepeat 6 {\n  dense 8 sigmoid\n}\ndense 1 sigmoid",
      data: MOONS,
      train: "loss binary_crossentropy\noptimizer sgd(learning_rate=0.1)\nepochs 30",
    }),
    code: "NN506",
    line: /^dense 8 sigmoid/,
    says: /6 hidden layers of sigmoid.*use `relu`/,
    never: /learning rate/,
    repair: [["dense 8 sigmoid", "dense 8 relu"]],
  },
  {
    name: "overfitting: many units, few rows",
    text: file({
      layers: "input x1, x2\ndense 64 relu\ndense 64 relu\ndense 1 sigmoid",
      data: "source moons(samples=60, noise=0.3)\nsplit validation=0.5",
      train: "loss binary_crossentropy\noptimizer adam(learning_rate=0.01)\nepochs 100",
    }),
    code: "NN607",
    line: /^train M/,
    says: /memorizes.*early_stopping/,
    never: /raise|scale/,
    repair: [["  epochs 100", "  epochs 100\n  stop early_stopping(patience=5)"]],
  },
  {
    name: "labels of which one in five is wrong",
    text: file({
      layers: "input a, b\ndense 64 relu\ndense 64 relu\ndense 1 sigmoid",
      data: `features a, b\ntarget y\n${rows(80, (a, b, k) => `${of(a)} ${of(b)} -> ${a + b > 0 === (k % 5 !== 0) ? 1 : 0}`)}\nsplit validation=0.4`,
      train: "loss binary_crossentropy\noptimizer adam(learning_rate=0.01)\nepochs 150",
    }),
    code: "NN607",
    line: /^train M/,
    says: /memorizes.*early_stopping/,
    never: /raise|scale/,
    repair: [["  epochs 150", "  epochs 150\n  stop early_stopping(patience=5)"]],
  },
  {
    name: "start weights of the third layer that overflow",
    text: file({
      layers: "input x\ndense 4 tanh\ndense 1 linear\nthird: dense 2 linear kernel=[[1e38, 2e38]]\ndense 1 kernel=[[9], [9]]",
      data: SINE,
      train: "loss mse\nepochs 5",
    }),
    code: "NN601",
    line: /^third: dense 2/,
    says: /start weights of third are about 1\.58e\+38.*leave out `kernel=`/,
    never: /learning rate|scale/,
    repair: [
      [" kernel=[[1e38, 2e38]]", ""],
      [" kernel=[[9], [9]]", ""],
    ],
  },
  {
    name: "exploding gradients: large start weights in a deep network",
    text: file({
      layers: "input x\nrepeat 5 {\n  dense 16 relu init=normal(stddev=5)\n}\ndense 1",
      data: SINE,
      train: "loss mse\noptimizer sgd(learning_rate=0.01)\nepochs 10",
    }),
    code: "NN601",
    line: /^dense 16 relu/,
    says: /start weights of dense_\d are about 5.*leave out `init=`/,
    never: /learning rate|scale/,
    repair: [[" init=normal(stddev=5)", ""]],
  },
  {
    name: "a start far from chance",
    text: file({
      layers: "input x1, x2\ndense 16 relu init=normal(stddev=20)\ndense 1 sigmoid",
      data: MOONS,
      train: "loss binary_crossentropy\noptimizer sgd(learning_rate=0.02)\nepochs 60",
    }),
    code: "NN608",
    line: /^dense 16 relu/,
    says: /far above the 0\.693 of guessing.*start weights of dense_1.*leave out `init=`/,
    never: /learning rate|scale/,
    repair: [[" init=normal(stddev=20)", ""]],
  },
  {
    name: "start weights of zero under relu",
    text: file({ layers: "input x1, x2\ndense 8 relu init=zeros\ndense 1 sigmoid", data: MOONS, train: BINARY }),
    code: "NN507",
    line: /^dense 8 relu init=zeros/,
    says: /leave `init` out/,
    never: /learning rate|scale|leaky/,
    repair: [[" init=zeros", ""]],
  },
  {
    name: "equal start weights into and out of every unit",
    text: file({ layers: "input x1, x2\ndense 8 tanh init=ones\ndense 1 sigmoid init=ones", data: MOONS, train: BINARY }),
    code: "NN507",
    line: /^dense 8 tanh init=ones/,
    says: /same.*leave `init` out/,
    never: /learning rate|scale/,
    repair: [["dense 8 tanh init=ones", "dense 8 tanh"]],
  },
  {
    name: "a batch larger than the training data",
    text: file({ layers: REGRESSION, data: SINE, train: "loss mse\noptimizer adam(learning_rate=0.01)\nbatch 1000\nepochs 100" }),
    code: "NN509",
    line: /^batch 1000/,
    says: /each epoch is one step.*smaller batch/,
    never: /scale/,
    repair: [["batch 1000", "batch 16"]],
  },
  {
    name: "all rows in one batch, and few epochs",
    text: file({ layers: CLASSES, data: MOONS, train: "loss binary_crossentropy\noptimizer sgd(learning_rate=0.1)\nbatch all\nepochs 20" }),
    code: "NN609",
    line: /^batch all/,
    says: /still falling.*single update.*use `batch 32`/,
    never: /scale|lower/,
    repair: [
      ["batch all", "batch 32"],
      ["epochs 20", "epochs 60"],
    ],
  },
  {
    name: "too few epochs",
    text: file({ layers: CLASSES, data: MOONS, train: "loss binary_crossentropy\noptimizer sgd(learning_rate=0.05)\nepochs 6" }),
    code: "NN609",
    line: /^epochs 6/,
    says: /still falling.*raise `epochs` \(it is 6\)/,
    never: /scale|lower/,
    repair: [["epochs 6", "epochs 200"]],
  },
  {
    name: "a target that is the same in every row",
    text: file({
      layers: "input 2\ndense 8 relu\ndense 1",
      data: `features a, b\ntarget y\n${rows(30, (a, b, k) => `${of(a)} ${of(b)} -> ${k % 2 ? "7" : "7.0"}`)}`,
      train: "loss mse\noptimizer adam(learning_rate=0.01)\nepochs 30",
    }),
    code: "NN535",
    line: /^target y/,
    says: /`y` is 7 in every row/,
    never: /learning rate|scale|epochs/,
    repair: [
      ["-> 7.0", "-> 1"],
      ["-> 7", "-> 0.5"],
    ],
  },
  {
    name: "dropout of 0.9",
    text: file({ layers: "input x1, x2\ndense 16 relu\ndropout 0.9\ndense 1 sigmoid", data: MOONS, train: BINARY }),
    code: "NN534",
    line: /^dropout 0\.9/,
    says: /9 of 10|0\.9.*usual/,
    never: /learning rate|scale/,
    repair: [["dropout 0.9", "dropout 0.2"]],
  },
  {
    name: "l2 of 1",
    text: file({ layers: "input x1, x2\ndense 16 relu l2=1\ndense 1 sigmoid l2=1", data: MOONS, train: BINARY }),
    code: "NN534",
    line: /^dense 16 relu l2=1/,
    says: /l2.*usual/,
    never: /learning rate|scale/,
    repair: [
      ["dense 16 relu l2=1", "dense 16 relu l2=0.0001"],
      ["dense 1 sigmoid l2=1", "dense 1 sigmoid"],
    ],
  },
  {
    name: "one class in twenty",
    text: file({
      layers: "input 2\ndense 8 relu\ndense 1 sigmoid",
      data: `features a, b\ntarget y\n${rows(60, (a, b, k) => `${of(k % 20 === 0 ? a + 3 : a)} ${of(b)} -> ${k % 20 === 0 ? 1 : 0}`)}`,
      train: "loss binary_crossentropy\noptimizer adam(learning_rate=0.01)\nepochs 30",
    }),
    code: "NN528",
    line: /^target y/,
    says: /95 % of the rows.*class_weight balanced/,
    never: /learning rate|scale/,
    repair: [["  target y", "  target y\n  class_weight balanced"]],
  },
  {
    name: "a momentum of 0.99",
    text: file({
      layers: "input x\ndense 1",
      data: "source line(samples=100)",
      train: "loss mse\noptimizer sgd(learning_rate=0.3, momentum=0.99)\nbatch all\nepochs 60",
    }),
    code: "NN605",
    line: /^optimizer sgd/,
    says: /lower the momentum to 0\.9/,
    never: /raise|scale/,
    repair: [["momentum=0.99", "momentum=0.9"]],
  },
  {
    name: "an output that can't reach the targets",
    text: file({
      layers: "input x\ndense 16 tanh\ndense 1 relu",
      data: SINE,
      train: "loss mse\noptimizer adam(learning_rate=0.01)\nepochs 60",
    }),
    code: "NN511",
    line: /^dense 1 relu/,
    says: /relu/,
    never: /learning rate|scale standard/,
    repair: [["dense 1 relu", "dense 1"]],
  },
  {
    name: "a perceptron on rows that no line separates",
    text: file({
      layers: "input x1, x2\ntlu 1",
      data: XOR_ROWS,
      train: "optimizer perceptron(learning_rate=1)\nepochs 50",
    }),
    code: "NN501",
    line: /^tlu 1/,
    says: /No single layer can separate.*hidden layer/,
    never: /lower|raise/,
    repair: [
      ["tlu 1", "dense 8 tanh\n  dense 1 sigmoid"],
      [
        "optimizer perceptron(learning_rate=1)\n  epochs 50",
        "loss binary_crossentropy\n  optimizer adam(learning_rate=0.05)\n  epochs 300",
      ],
    ],
  },
  {
    name: "independent probabilities for classes that exclude each other",
    text: file({
      layers: "input x1, x2\ndense 32 relu\ndense 3 sigmoid",
      data: "source spiral(samples=150, classes=3)",
      train: "loss sparse_categorical_crossentropy\noptimizer adam(learning_rate=0.01)\nepochs 60",
    }),
    code: "NN503",
    line: /^dense 3 sigmoid/,
    says: /3 probabilities that add to 1.*use `softmax`/,
    never: /learning rate|scale/,
    repair: [["dense 3 sigmoid", "dense 3 softmax"]],
  },
  {
    name: "a layer without activation in a network that must bend",
    text: file({
      layers: "input x1, x2\ndense 16\ndense 1 sigmoid",
      data: "source circles(samples=150)",
      train: "loss binary_crossentropy\noptimizer adam(learning_rate=0.01)\nepochs 60",
    }),
    code: "NN505",
    line: /^dense 16/,
    says: /no activation.*relu/,
    never: /learning rate|scale/,
    repair: [["dense 16\n", "dense 16 relu\n"]],
  },
  {
    name: "start weights that lead to a local minimum",
    text: file({
      layers: "input x1, x2\ndense 2 tanh\ndense 1 sigmoid",
      data: XOR_ROWS,
      train: "loss binary_crossentropy\noptimizer sgd(learning_rate=0.5)\nepochs 1000\nseed 45",
    }),
    code: "NN610",
    line: /^train/,
    says: /stands still at 0\.35, .*`seeds 20`/,
    never: /learning rate|scale/,
    repair: [["seed 45", "seed 42"]],
  },
  {
    name: "start weights that lead to a local minimum of the mean squared error",
    text: file({
      layers: "input x1, x2\ndense 2 tanh\ndense 1",
      data: XOR_ROWS,
      train: "loss mse\noptimizer sgd(learning_rate=0.1)\nbatch all\nepochs 2000\nseed 47",
    }),
    code: "NN610",
    line: /^train/,
    says: /stands still at 0\.127, .*more hidden units/,
    never: /learning rate|scale/,
    repair: [["dense 2 tanh", "dense 8 tanh"]],
  },
];

/** Healthy trainings. */
export const HEALTHY_TRAININGS: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: "a line that has converged and keeps running",
    text: file({
      layers: "input x\ndense 1",
      data: "source line(samples=100)",
      train: "loss mse\noptimizer sgd(learning_rate=0.1)\nepochs 500",
    }),
  },
  {
    name: "XOR that has converged and keeps running",
    text: file({
      layers: "input x1, x2\ndense 4 tanh\ndense 1 sigmoid",
      data: XOR_ROWS,
      train: "loss binary_crossentropy\noptimizer adam(learning_rate=0.05)\nepochs 2000",
    }),
  },
  {
    name: "a perceptron that has converged",
    text: file({
      layers: "input x1, x2\ntlu 1",
      data: "features x1, x2\ntarget y\n0 0 -> 0\n0 1 -> 0\n1 0 -> 0\n1 1 -> 1",
      train: "optimizer perceptron(learning_rate=1)\nepochs 60",
    }),
  },
  {
    name: "two classes",
    text: file({
      layers: CLASSES,
      data: "source moons(samples=300, noise=0.2)\nsplit validation=0.3",
      train: "loss binary_crossentropy\noptimizer adam(learning_rate=0.01)\nepochs 60",
    }),
  },
  {
    name: "a regression with noise",
    text: file({
      layers: REGRESSION,
      data: "source sine(samples=200, noise=0.2)\nsplit validation=0.3",
      train: "loss mse\noptimizer adam(learning_rate=0.01)\nepochs 150",
    }),
  },
  {
    name: "an exact fit without noise that keeps running",
    text: file({
      layers: "input x\ndense 16 relu\ndense 1",
      data: "source line(samples=50, noise=0)",
      train: "loss mse\noptimizer adam(learning_rate=0.01)\nepochs 400",
    }),
  },
  {
    name: "small batches",
    text: file({ layers: CLASSES, data: MOONS, train: "loss binary_crossentropy\noptimizer sgd(learning_rate=0.1)\nbatch 1\nepochs 40" }),
  },
  {
    name: "dropout and l2 of the usual size",
    text: file({
      layers: "input x1, x2\ndense 32 relu l2=0.0001\ndropout 0.3\ndense 1 sigmoid",
      data: "source moons(samples=300)\nsplit validation=0.3",
      train: "loss binary_crossentropy\noptimizer adam(learning_rate=0.01)\nepochs 60",
    }),
  },
  {
    name: "two rows that contradict each other, so that the loss can't reach 0",
    text: file({
      layers: "input x1, x2\ndense 4 tanh\ndense 1 sigmoid",
      data: `${XOR_ROWS}\n1 1 -> 1`,
      train: "loss binary_crossentropy\noptimizer sgd(learning_rate=0.5)\nbatch all\nepochs 3000",
    }),
  },
  {
    name: "label smoothing, which leaves a loss above 0",
    text: file({
      layers: "input x1, x2\ndense 4 tanh\ndense 1 sigmoid",
      data: XOR_ROWS,
      train: "loss binary_crossentropy(label_smoothing=0.4)\noptimizer adam(learning_rate=0.05)\nepochs 1000",
    }),
  },
  {
    name: "one layer, which has no local minimum",
    text: file({
      layers: "input x1, x2\ndense 1",
      data: "features x1, x2\ntarget y\n0 0 -> 0.2\n1 1 -> 1\n2 2 -> 0.4",
      train: "loss mse\noptimizer sgd(learning_rate=0.1)\nbatch all\nepochs 1000",
    }),
  },
  {
    name: "a learning rate that has decayed to 0, so that the loss stands still where there is a gradient",
    text: file({
      layers: "input x1, x2\ndense 4 tanh\ndense 1 sigmoid",
      data: XOR_ROWS,
      train: "loss binary_crossentropy\noptimizer sgd(learning_rate=cosine_decay(0.5, steps=150))\nepochs 1000",
    }),
  },
  {
    name: "few rows with noise and more weights than rows",
    text: file({
      layers: "input x\ndense 16 tanh\ndense 1",
      data: `features x\ntarget y\n${rows(12, (a, b) => `${of(a)} -> ${of(0.5 * a + b)}`)}`,
      train: "loss mse\noptimizer adam(learning_rate=0.01)\nbatch all\nepochs 1000",
    }),
  },
];
