/** NN6xx: findings during training, from each epoch's statistics. The engine writes the messages; this table explains them. */

export interface FindingEntry {
  /** An error ends the training. */
  readonly severity: "error" | "warning";
  readonly title: string;
  readonly explain: string;
  /** What the reader can do, starting with the likeliest repair. */
  readonly repair: string;
  /** A file whose training has this finding. */
  readonly example: string;
  /** The example's line that the repair changes. */
  readonly wrong: string;
  /** The replacement of that line. */
  readonly right: string;
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
      "A value left the range of 32-bit numbers (about 3.4e38) or became undefined, such as the logarithm of a negative number. Training stops with the weights of the last epoch whose values were all finite. The message names the first such value, which is the loss or the output, gradient or weights of a layer, with its batch and epoch. It is on the line of the likeliest cause.",
    repair:
      "Lower the learning rate, at first to a tenth. If the message names the target or a feature, add `scale_target standard` or `scale standard` instead; if it names start weights, leave `init` or `kernel` out. `clip norm=1` limits the gradients if a few rows cause very long steps.",
    example: file("  input x\n  dense 16 relu\n  dense 1\n", sine, "  loss mse\n  optimizer sgd(learning_rate=100)\n"),
    wrong: "optimizer sgd(learning_rate=100)",
    right: "optimizer sgd(learning_rate=0.01)",
  },
  NN602: {
    severity: "warning",
    title: "Dead units",
    explain:
      "A relu or relu6 unit whose sum is negative for nearly every row outputs 0 and receives no gradient, so it rarely recovers. A unit counts as dead if it is 0 for 90 % of the rows. If all units of a layer are dead in two epochs in a row, nothing passes through it, and the layers before it learn nothing. If at least half of them are, the warning appears after ten epochs, or at the end, if the loss is still more than half of the first: a network may learn well with the units that are left.",
    repair:
      "If the units are dead from the start, leave out the start values of their bias or kernel, or scale the features. If they die during training, lower the learning rate. `leaky_relu` has a slope below 0, so its units never die.",
    example: file(
      "  input x\n  dense 8 relu bias=[-9, -9, -9, -9, -9, -9, -9, 1]\n  dense 1\n",
      sine,
      "  loss mse\n  optimizer sgd(learning_rate=0.001)\n  epochs 4\n",
    ),
    wrong: "dense 8 relu bias=[-9, -9, -9, -9, -9, -9, -9, 1]",
    right: "dense 8 relu",
  },
  NN603: {
    severity: "warning",
    title: "Vanishing gradient",
    explain:
      "The norm of a layer's gradient is less than a thousandth of that of the output layer in two epochs in a row: the chain rule multiplied many small slopes or weights. The layers near the input hardly learn. There is no warning once the output's gradient has fallen to a hundredth of its first value, since then the training has converged.",
    repair:
      "Replace sigmoid or tanh in the hidden layers by `relu` and leave `init` out, so that its start weights fit. Otherwise put `batch_norm` between the layers, add skip connections (`add`), or use fewer layers.",
    example: file(
      "  input x1, x2\n  repeat 7 {\n    dense 8 sigmoid\n  }\n  dense 1 sigmoid\n",
      moons,
      "  loss binary_crossentropy\n  optimizer sgd(learning_rate=0.01)\n  epochs 3\n",
    ),
    wrong: "dense 8 sigmoid",
    right: "dense 8 relu",
  },
  NN604: {
    severity: "warning",
    title: "Exploding gradient",
    explain:
      "The gradient's norm grows tenfold from layer to layer on its way back to the input, or is more than a thousand times the norm of the weights: large weights or slopes were multiplied, or (one layer is enough) the data are not scaled. The next step is too long.",
    repair:
      "Scale the target or the features if the message names them. Leave out `init` so that the start weights have the usual size. Otherwise limit the gradients with `clip norm=1`, or lower the learning rate.",
    example: file(
      "  input x\n  repeat 3 {\n    dense 4 linear init=normal(stddev=100)\n  }\n  dense 1 init=normal(stddev=100)\n",
      sine,
      "  loss mae\n  optimizer sgd(learning_rate=0.00001)\n  epochs 2\n",
    ),
    wrong: "dense 4 linear init=normal(stddev=100)",
    right: "dense 4 linear",
  },
  NN605: {
    severity: "warning",
    title: "The loss rises or oscillates",
    explain:
      "The steps are probably so long that they overshoot the minimum (very small batches make the loss swing as well). The warning appears if the loss rose in three of the last five epochs by more than 10 % of the first loss.",
    repair:
      "Lower the learning rate, at first to a tenth, or a momentum above 0.9 to 0.9. With batches of a few rows, use larger batches. Rosenblatt's rule settles only if a straight line separates the classes, whatever its learning rate.",
    example: file(
      "  input x\n  dense 1\n",
      "  source line(samples=100)\n",
      "  loss mse\n  optimizer sgd(learning_rate=0.3, momentum=0.99)\n  batch all\n  epochs 40\n",
    ),
    wrong: "optimizer sgd(learning_rate=0.3, momentum=0.99)",
    right: "optimizer sgd(learning_rate=0.3, momentum=0.9)",
  },
  NN606: {
    severity: "warning",
    title: "The loss barely moves",
    explain:
      "A healthy step changes the weights by about a thousandth of their size. The warning appears if the change is below 0.00001 of it while the loss is still more than nine tenths of the first loss, and a learning rate in the optimizer's usual range would change that.",
    repair: "Raise the learning rate, at first tenfold, until the loss falls quickly without swinging.",
    example: file("  input x\n  dense 8 tanh\n  dense 1\n", sine, "  loss mse\n  optimizer sgd(learning_rate=0.00001)\n  epochs 10\n"),
    wrong: "optimizer sgd(learning_rate=0.00001)",
    right: "optimizer sgd(learning_rate=0.1)",
  },
  NN607: {
    severity: "warning",
    title: "Overfitting",
    explain:
      "The validation loss rises while the training loss falls: the network memorizes details of the training rows, wrong labels among them, that do not carry over to other rows. There is no warning if the training stops by its validation loss, since that ends the overfitting, while the validation loss is below the training loss, or with a learning rate above the usual ones, which makes losses swing.",
    repair:
      "Stop at the best epoch with `stop early_stopping(patience=10)`. More data, `dropout`, `l2` or fewer units make memorizing harder.",
    example: file(
      "  input x1, x2\n  dense 64 relu\n  dense 64 relu\n  dense 1 sigmoid\n",
      "  source moons(samples=60, noise=0.3)\n  split  validation=0.5\n",
      "  loss binary_crossentropy\n  optimizer adam(learning_rate=0.01)\n  epochs 100\n",
    ),
    wrong: "epochs 100",
    right: "epochs 100\n  stop early_stopping(patience=10)",
  },
  NN608: {
    severity: "warning",
    title: "The first loss is far from chance",
    explain:
      "Before training, the loss of a classifier of K classes should be about ln K; binary_focal_crossentropy's is 2^−gamma · ln 2. Weights of classes or rows are taken into account, penalties are not. A much larger loss means that its first outputs are confident and wrong: the data are not scaled, or the start weights are too large.",
    repair:
      "Add `scale standard` if the features are large. Otherwise leave out `init` or `kernel`, so that the start weights have the usual size.",
    example: file(
      "  input x1, x2\n  dense 8 relu init=normal(stddev=20)\n  dense 1 sigmoid\n",
      moons,
      "  loss binary_crossentropy\n  optimizer sgd(learning_rate=0.00001)\n  epochs 2\n",
    ),
    wrong: "dense 8 relu init=normal(stddev=20)",
    right: "dense 8 relu",
  },
  NN609: {
    severity: "warning",
    title: "The training ended while the loss was still falling",
    explain:
      "The network could have learnt more. The warning appears if the last loss is more than half of the first one, and it still fell by more than 2 % over the last fifth of the epochs. There is none if the validation loss rose at the end or had no new minimum in that fifth, or if another finding says why the network learns little.",
    repair:
      "Raise `epochs`. If each epoch is a single update because all rows are one batch, use `batch 32`: more updates for the same work. A higher learning rate needs fewer epochs, as long as the loss does not swing; the message says so if the updates are short.",
    example: file(
      "  input x1, x2\n  dense 16 relu\n  dense 1 sigmoid\n",
      moons,
      "  loss binary_crossentropy\n  optimizer sgd(learning_rate=0.05)\n  epochs 6\n",
    ),
    wrong: "epochs 6",
    right: "epochs 100",
  },
  NN610: {
    severity: "warning",
    title: "The training ends in a local minimum or on a plateau",
    explain:
      "The loss stands still far above 0 because there is hardly any gradient left. Where a training ends depends on its start weights, and gradient descent can't leave a local minimum. One run can't tell whether the network could do better. The warning appears only if nothing else explains the loss: the training has at least 100 epochs and uses all rows in each step, there are at least as many weights as targets, a hidden layer, no validation part, no penalty, dropout or noise, and no two rows that contradict each other.",
    repair:
      "Write `seeds 20` in the `train` block, or run `nn train FILE --seeds 20`, to see how many start weights lead further, and choose one of them with `seed`. With more hidden units, more of the starts succeed.",
    example: file(
      "  input a, b\n  dense 2 tanh\n  dense 1 sigmoid\n",
      "  features a, b\n  target y\n  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n",
      "  loss binary_crossentropy\n  optimizer sgd(learning_rate=0.5)\n  epochs 1000\n  seed 45\n",
    ),
    wrong: "dense 2 tanh",
    right: "dense 4 tanh",
  },
  NN611: {
    severity: "warning",
    title: "Rows of the validation or test part are training rows, too",
    explain:
      "The validation and test parts should tell how the network does on rows that it has not seen. A row that is in the training part, too, has been seen, so the measured loss is too good. The warning appears if more than 10 % of a part's rows equal a training row in every feature and in the target, and the part has at least 20 different rows. It does not appear where different cases have equal rows by coincidence, as in a truth table or if the features have few values.",
    repair:
      "Remove repeated rows from the data before they are split. If several rows belong to one case, such as a patient, name its column with `split by=`, so that they stay in one part. Generated rows are the same for the same `seed`, so give the validation part another one.",
    example: file(
      "  input x1, x2\n  dense 16 relu\n  dense 1 sigmoid\n",
      "  source     moons(noise=0.2)\n  validation moons(noise=0.2)\n",
      "  loss binary_crossentropy\n  optimizer adam(learning_rate=0.01)\n  epochs 30\n",
    ),
    wrong: "validation moons(noise=0.2)",
    right: "validation moons(noise=0.2, seed=7)",
  },
} as const satisfies Record<`NN6${number}`, FindingEntry>;
