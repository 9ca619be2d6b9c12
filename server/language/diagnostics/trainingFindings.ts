/** NN6xx: findings of a training, from the statistics of each epoch. The engine writes their messages; this table explains them. */

export interface FindingEntry {
  /** An error ends the training. */
  readonly severity: "error" | "warning";
  readonly title: string;
  readonly explain: string;
  /** A file whose training has this finding. */
  readonly example: string;
}

const file = (layers: string, data: string, training: string): string =>
  `model M {\n${layers}}\n\ndata D {\n${data}}\n\ntrain M on D {\n${training}}\n`;
const moons = "  source moons(samples=200)\n";
const sine = "  source sine(samples=100)\n";

export const trainingFindings = {
  NN601: {
    severity: "error",
    title: "The loss or a tensor became NaN or infinite",
    explain:
      "The numbers grew beyond the range of floating point. Training stops with the weights of the last epoch whose values were all finite, and the message names the layer of the first value that was not. Most often the learning rate is too high or the data are not scaled.",
    example: file("  input x\n  dense 16 relu\n  dense 1\n", sine, "  loss mse\n  optimizer sgd(learning_rate=100)\n"),
  },
  NN602: {
    severity: "warning",
    title: "Dead units",
    explain:
      "A relu or relu6 unit whose sum is negative for nearly every row outputs 0 and receives no gradient, so it seldom recovers. The warning appears if at least half of a layer's units are 0 for 90 % of the rows in two epochs in a row.",
    example: file(
      "  input x\n  dense 8 relu bias=[-9, -9, -9, -9, -9, -9, -9, 1]\n  dense 1\n",
      sine,
      "  loss mse\n  optimizer sgd(learning_rate=0.001)\n  epochs 4\n",
    ),
  },
  NN603: {
    severity: "warning",
    title: "Vanishing gradient",
    explain:
      "The norm of a layer's gradient is less than a thousandth of that of the output layer: the chain rule multiplied too many small slopes. The layers near the input hardly learn.",
    example: file(
      "  input x1, x2\n  repeat 7 {\n    dense 8 sigmoid\n  }\n  dense 1 sigmoid\n",
      moons,
      "  loss binary_crossentropy\n  optimizer sgd(learning_rate=0.01)\n  epochs 3\n",
    ),
  },
  NN604: {
    severity: "warning",
    title: "Exploding gradient",
    explain:
      "The gradient's norm grows tenfold from layer to layer in the reverse pass, or is more than a thousand times the norm of the weights: the chain rule multiplied too many large slopes or weights. The next step is too long.",
    example: file(
      "  input x\n  repeat 3 {\n    dense 4 linear init=normal(stddev=100)\n  }\n  dense 1 init=normal(stddev=100)\n",
      sine,
      "  loss mae\n  optimizer sgd(learning_rate=0.00001)\n  epochs 2\n",
    ),
  },
  NN605: {
    severity: "warning",
    title: "The loss rises or oscillates",
    explain:
      "The steps are so long that they overshoot the minimum. The warning appears if the loss rose in three of the last five epochs by more than 10 % of the first loss.",
    example: file(
      "  input x\n  dense 1\n",
      "  source line(samples=100)\n",
      "  loss mse\n  optimizer sgd(learning_rate=0.3, momentum=0.99)\n  batch all\n  epochs 40\n",
    ),
  },
  NN606: {
    severity: "warning",
    title: "The loss barely moves",
    explain:
      "A healthy step changes the weights by about a thousandth of their size. The warning appears if the change is less than a hundred thousandth while the loss is still more than nine tenths of the first loss.",
    example: file("  input x\n  dense 8 tanh\n  dense 1\n", sine, "  loss mse\n  optimizer sgd(learning_rate=0.00001)\n  epochs 10\n"),
  },
  NN607: {
    severity: "warning",
    title: "Overfitting",
    explain:
      "The validation loss rises while the training loss falls: the network learns details that only the training rows have. There is no warning if the training stops by its validation loss, since that ends the overfitting.",
    example: file(
      "  input x1, x2\n  dense 64 relu\n  dense 64 relu\n  dense 1 sigmoid\n",
      "  source moons(samples=60, noise=0.3)\n  split  validation=0.5\n",
      "  loss binary_crossentropy\n  optimizer adam(learning_rate=0.01)\n  epochs 100\n",
    ),
  },
  NN608: {
    severity: "warning",
    title: "The first loss is far from chance",
    explain:
      "Before training, the loss of a classifier of K classes should be about ln K; binary_focal_crossentropy's is 2^−gamma · ln 2. Weights of classes or rows are taken into account. A much larger loss means that its first outputs are confident and wrong: the data are not scaled, or the start weights are too large.",
    example: file(
      "  input x1, x2\n  dense 8 relu init=normal(stddev=20)\n  dense 1 sigmoid init=normal(stddev=20)\n",
      moons,
      "  loss binary_crossentropy\n  optimizer sgd(learning_rate=0.00001)\n  epochs 2\n",
    ),
  },
} as const satisfies Record<`NN6${number}`, FindingEntry>;
