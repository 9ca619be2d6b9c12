/** NN5xx: valid lines that are rarely intended. Warnings and hints never stop a training. */
import { plural, roundedText } from "../../../engine/numberText.ts";
import { writtenName } from "../syntax/writtenName.ts";
import { hint, listed, type Nothing, SUM, trainable, type WholeMessage, warning, wholeMessage, XOR } from "./define.ts";

const WIDE = "data D {\n  features a, b\n  target y\n  0 1000 -> 0\n  1 3000 -> 1\n  2 9000 -> 3\n}\n";
const BELOW_ZERO = SUM.replace("-> 2", "-> -2");
const CLASSES = 'data D {\n  features a, b\n  target colour\n  0 0 -> "red"\n  0 1 -> "green"\n  1 0 -> "blue"\n}\n';
const RARE = `data D {\n  features a, b\n  target y\n${Array.from({ length: 10 }, (_, k) => `  ${k} 1 -> ${k === 9 ? 1 : 0}\n`).join("")}}\n`;
const deep = (activation: string): string => `  dense 8 ${activation}\n`.repeat(5);

export const advice = {
  NN501: warning({
    title: "One layer on data that is not linearly separable",
    message: ({ certificate }: { certificate: string }) =>
      `No single layer can separate these classes, because no straight line divides them: ${certificate}; add a hidden layer, such as \`dense 4 tanh\`.`,
    explain:
      "Each unit of a single layer divides the inputs by one straight line (or plane). If some point lies between points of class 0 and also between points of class 1, no line can put it on both sides. This is the well-known limit of the perceptron, and the reason for hidden layers. A point between others is their sum with weights that are not negative and add to 1. The message has these weights, so you can check them by hand. The points of a generator are used without their noise.",
    example: trainable("  dense 1 sigmoid\n", "  loss binary_crossentropy\n", XOR),
    fix: "Adds a hidden layer before the output.",
  }),
  NN502: warning({
    title: "`softmax` on one unit",
    message: (_: Nothing) => "`softmax` of one unit is always 1; use `sigmoid`.",
    explain: "The outputs of softmax add to 1, so a single output is always 1.",
    example: "model M {\n  input 4\n  dense 8 relu\n  dense 1 softmax\n}\n",
    fix: "Changes the activation to `sigmoid`.",
  }),
  NN503: warning({
    title: "`sigmoid` on several units under a categorical loss",
    message: ({ activation, loss, units }: { activation: string; loss: string; units: number }) =>
      `\`${loss}\` expects ${units} probabilities that add to 1, but \`${activation}\` computes ${units} independent ones; use \`softmax\`, or \`binary_crossentropy\` if a row may belong to several classes at once.`,
    explain: "If a row belongs to exactly one class, the outputs must compete: softmax raises one output by lowering the others.",
    example: trainable("  dense 4 relu\n  dense 3 sigmoid\n", "  loss sparse_categorical_crossentropy\n", CLASSES),
    fix: "Changes the activation to `softmax`.",
  }),
  NN504: warning({
    title: "Features on very different scales without `scale`",
    message: ({
      wide,
      wideDeviation,
      narrow,
      narrowDeviation,
    }: Record<"wide" | "narrow", string> & Record<"wideDeviation" | "narrowDeviation", number>) =>
      wide === narrow
        ? `\`${wide}\` has a standard deviation of ${roundedText(wideDeviation)}, far too much for the weights that a network starts with; add \`scale standard\`.`
        : `\`${wide}\` has a standard deviation of ${roundedText(wideDeviation)} and \`${narrow}\` one of ${roundedText(narrowDeviation)}, so one learning rate can't suit both; add \`scale standard\`.`,
    explain:
      "The gradient of a weight grows with its input. If one input is a thousand times as large as another, a step that suits one weight is far too long or far too short for the other. The warning appears if one standard deviation is more than 20 times another, or more than 100.",
    example: trainable("  dense 4 relu\n  dense 1\n", "  loss mse\n", WIDE),
    fix: "Adds `scale standard`.",
  }),
  NN505: warning({
    title: "A hidden layer without activation",
    message: ({ layer }: { layer: string }) =>
      `\`${layer}\` has no activation, so together with the next layer it is one linear layer; add an activation, such as \`relu\`.`,
    explain:
      "Two linear layers in a row compute no more than one linear layer: they only have more parameters. If you mean that, write `linear`.",
    example: "model M {\n  input 4\n  dense 8\n  dense 1\n}\n",
    fix: "Adds `relu`.",
  }),
  NN506: hint({
    title: "A deep sigmoid or tanh stack",
    message: ({ count, activation }: { count: number; activation: "sigmoid" | "tanh" }) =>
      `${count} hidden layers of ${activation} follow each other; ${
        activation === "sigmoid"
          ? "each multiplies the gradient by a slope of at most ¼, so it vanishes on its way back to the input"
          : "each multiplies the gradient by a slope below 1 wherever tanh is not near 0, so it often shrinks on its way back to the input"
      }; use \`relu\`, put \`batch_norm\` between them, or add skip connections.`,
    explain:
      "Each layer multiplies the gradient by its weights and its slope. The slope of sigmoid is at most ¼, so five layers contribute at most 1/1024, and little of the gradient reaches the layers near the input. The slope of tanh is 1 at 0 and small where tanh saturates; with the usual start weights the gradient survives ten such layers, but often not twenty. The hint appears from 5 layers of sigmoid and from 20 of tanh.",
    example: `model M {\n  input 4\n${deep("sigmoid")}  dense 1\n}\n`,
  }),
  NN507: warning({
    title: "Units that all start the same",
    message: ({ units, argument, ...more }: SameStart) => {
      const repair = `leave \`${argument}\` out to start with random weights`;
      if (more.effect === "stuck")
        return `The weights of all ${units} units start at 0, where \`${more.activation}\` has no slope, so they receive no gradient and stay 0; ${repair}.`;
      if (more.effect === "alike")
        return `All ${units} units start with the same weights, into them and out of them, so they receive the same gradients and stay equal; ${repair}.`;
      return `The weights of all ${units} units start at 0, which is a poor start: every unit begins with the same output, and only the weights out of it tell it from the others; ${repair}.`;
    },
    explain:
      "Units can only learn different things if they start with different weights: this is called breaking the symmetry. Units whose incoming and outgoing weights are all equal receive equal gradients and stay equal for good. If only the incoming weights are equal, the outgoing ones make a difference, but learning starts late. Under relu a sum of 0 has no slope, so nothing is learnt at all.",
    example: "model M {\n  input 4\n  dense 8 tanh init=zeros\n  dense 1\n}\n",
    fix: "Removes the start values.",
  }),
  NN508: warning({
    title: "A learning rate far outside the usual range",
    message: ({ rate, optimizer, low, high }: { rate: number; optimizer: string; low: number; high: number }) =>
      `A learning rate of ${roundedText(rate)} is far ${rate > high ? "above" : "below"} the usual range for ${optimizer} (${low} to ${high}), so ${rate > high ? "the loss will most likely oscillate or overflow; lower it" : "the network will hardly learn; raise it"}.`,
    explain:
      "The usual range depends on the optimizer: adam's steps are at most about as long as the rate, those of sgd grow with the gradient.",
    example: trainable("  dense 1\n", "  loss mse\n  optimizer adam(learning_rate=5)\n"),
  }),
  NN509: hint({
    title: "A batch larger than the training data",
    message: ({ batch, rows }: { batch: number; rows: number }) =>
      `A batch of ${batch} rows is more than the ${rows} training ${rows === 1 ? "row" : "rows"}, so each epoch is one step; write \`batch all\` if you mean that, or a smaller batch.`,
    explain: "With mini-batches, an epoch has several steps. With one step per epoch, training is full-batch gradient descent.",
    example: trainable("  dense 1\n", "  loss mse\n  batch 64\n"),
    fix: "Changes the line to `batch all`.",
  }),
  NN510: warning({
    title: "Dropout right before the output",
    message: (_: Nothing) =>
      "This `dropout` sets some of the output's sums to 0 in each training step, whatever the weights are; move it before the last layer with weights, or remove it.",
    explain:
      "Dropout keeps hidden units from relying on each other. On the output's sums it changes the outputs, and with them the loss, at random, and no weights can make up for that. Before the last dense layer it is useful.",
    example: "model M {\n  input 4\n  dense 8 relu\n  dense 3\n  dropout 0.2\n  softmax\n}\n",
    fix: "Removes the line.",
  }),
  NN511: warning({
    title: "An output activation that can't reach the targets",
    message: (parts: WholeMessage) => wholeMessage(parts),
    explain:
      "relu and softplus are never below 0, sigmoid is between 0 and 1, tanh between −1 and 1. No weights can reach a target outside this range. With `scale_target`, the scaled targets are compared with the range.",
    example: trainable("  dense 4 relu\n  dense 1 relu\n", "  loss mse\n", BELOW_ZERO),
    fix: "Removes the activation, so that the output can be any number.",
  }),
  NN512: warning({
    title: "`softmax` under `binary_crossentropy`",
    message: ({ units }: { units: number }) =>
      `\`softmax\` treats the ${units} outputs as classes of which exactly one is right, but \`binary_crossentropy\` treats each output as a question of its own; use a categorical loss, or \`sigmoid\` if a row may belong to several classes at once.`,
    explain:
      "Binary cross-entropy is for independent yes-or-no questions. For one class out of several use categorical cross-entropy: lowering it raises the probability of the right class.",
    example: trainable("  dense 4 relu\n  dense 3 softmax\n", "  loss binary_crossentropy\n", CLASSES),
    fix: "Changes the loss to the categorical one that fits the target.",
  }),
  NN513: hint({
    title: "A bias right before `batch_norm`",
    message: (_: Nothing) =>
      "The `batch_norm` after this layer subtracts the mean, so this bias cancels out; write `bias=false` (its own beta takes over).",
    explain: "A constant that is added to every row moves the mean by the same amount, and batch normalization subtracts the mean.",
    example: "model M {\n  input 4\n  dense 8\n  batch_norm\n  relu\n  dense 1\n}\n",
    fix: "Adds `bias=false`.",
  }),
  NN514: hint({
    title: "An initializer that doesn't fit the activation",
    message: ({ init, activation, better }: Record<"init" | "activation" | "better", string>) =>
      `\`${init}\` is meant for other activations; with \`${activation}\` use \`${better}\`, or leave \`init\` out.`,
    explain:
      "The variance of the start weights should keep signals at the same size from layer to layer. relu and similar activations zero about half of the signal, so they need twice the variance (he). tanh and sigmoid need glorot, and selu needs lecun. Without `init` a layer starts with what fits its activation; Keras' Dense starts with glorot_uniform under any activation.",
    example: "model M {\n  input 4\n  dense 8 relu init=glorot_uniform\n  dense 1\n}\n",
    fix: "Changes it to the initializer that fits the activation.",
  }),
  NN515: warning({
    title: "`nesterov` without momentum",
    message: (_: Nothing) => "`nesterov` looks ahead along the momentum, but there is no momentum; add `momentum=0.9`.",
    explain:
      "Nesterov's method measures the gradient where momentum is about to carry the weights. Without momentum it is plain gradient descent.",
    example: trainable("  dense 1\n", "  loss mse\n  optimizer sgd(nesterov=true)\n"),
    fix: "Adds `momentum=0.9`.",
  }),
  NN520: warning({
    title: "A target of a large scale without `scale_target`",
    message: ({ column, deviation }: { column: string; deviation: number }) =>
      `The target \`${column}\` has a standard deviation of ${roundedText(deviation)}, so the loss and its gradients are very large at first; add \`scale_target standard\`.`,
    explain:
      "A network's first outputs are near 0 and its weights change in small steps, so it takes very long to reach large numbers, or its loss overflows. With `scale_target`, the loss is computed in scaled units; predictions and metrics stay in the column's own. The warning appears if the standard deviation is more than 100.",
    example: trainable("  dense 1\n", "  loss mse\n", SUM.replace("-> 2", "-> 1000")),
    fix: "Adds `scale_target standard`.",
  }),
  NN526: warning({
    title: "A claim that never or always holds",
    message: ({
      metric,
      claim,
      low,
      high,
      holds,
      share,
    }: {
      metric: string;
      claim: string;
      low: number;
      high: number;
      holds: "never" | "always";
      share: string | undefined;
    }) =>
      `\`${claim}\` ${holds} holds, since \`${metric}\` is ${rangeText(low, high)}; ${share === undefined ? "change the number" : `write \`${share}\` for ${Number(share) * 100} %`}.`,
    explain:
      "A claim is a test of the trained network. One that holds whatever the network computes tests nothing, and one that can't hold always fails. Shares such as accuracy are between 0 and 1, not percentages.",
    example: `${trainable("  dense 4 relu\n  dense 3 softmax\n", "  loss sparse_categorical_crossentropy\n", CLASSES)}\nexpect M on D {\n  accuracy >= 95\n}\n`,
    fix: "Changes a percentage to the share.",
  }),
  NN527: hint({
    title: "`softmax` inside the network",
    message: (_: Nothing) =>
      "`softmax` lets the units of this hidden layer compete, so that they add to 1 and little passes through; use `relu` here, and `softmax` on the output.",
    explain:
      "Softmax turns scores into the probabilities of classes that exclude each other, which is what an output needs. In a hidden layer it ties each unit to all others: the values are small, at most one is near 1, and the gradients are small, too. `sigmoid` and `tanh` in hidden layers are usual and have no hint.",
    example: "model M {\n  input 4\n  dense 8 softmax\n  dense 3 softmax\n}\n",
    fix: "Changes the activation to `relu`.",
  }),
  NN528: hint({
    title: "Classes of very unequal sizes",
    message: ({
      data,
      shares,
      others,
    }: {
      data: string;
      shares: readonly { readonly name: string; readonly share: number }[];
      others: number;
    }) =>
      `In ${data}, ${shares.map(({ name, share }) => `${roundedText(100 * share, 3)} % of the rows are \`${name.slice(0, 40)}\``).join(" and ")}${others > 0 ? ` (and ${others} more)` : ""}, so always saying \`${shares[0]?.name.slice(0, 40)}\` reaches an accuracy of ${roundedText(shares[0]?.share ?? 1, 3)}; compare with that and measure \`f1\` or \`auc\`, or let all classes count the same with \`class_weight balanced\`.`,
    explain:
      "Accuracy says little if one class has nearly all rows: a network that ignores its inputs reaches the share of the largest class. The hint appears if that share is at least 90 % and the data block has no `class_weight`.",
    example: trainable("  dense 4 tanh\n  dense 1 sigmoid\n", "  loss binary_crossentropy\n", RARE),
    fix: "Adds `class_weight balanced`, so that mistakes on rare classes count more in training.",
  }),
  NN529: hint({
    title: "A first column that may be an index",
    message: ({ column, sign, name }: Record<"column" | "sign" | "name", string>) =>
      `The file's first column \`${column}\` ${sign}, so it may be an index that says nothing about a row; add \`ignore ${name}\`, or name it on a \`features\` line.`,
    explain:
      "Programs such as pandas write the number of each row as the first column. As a feature it lets the network recognize rows instead of learning from them. The hint appears if neither `features` nor an input names the column, and it has no name, counts the rows, or holds another whole number or word in every row.",
    example:
      'model M {\n  input 3\n  dense 1\n}\n\ndata D {\n  source csv("numbered.csv")\n  target y\n}\n\ntrain M on D {\n  loss mse\n}\n',
    fix: "Adds `ignore` with the column's name, and corrects the input's size.",
  }),
  NN530: warning({
    title: "A layer that the weights of start lack",
    message: ({ file, layers, known }: { file: string; layers: readonly string[]; known: readonly string[] }) =>
      `${file} has no weights for ${listed(layers.map((name) => `\`${name}\``))}, so ${layers.length === 1 ? "it begins" : "they begin"} fresh; if that is a mistake, use the names of the file's layers: ${listed(known)}.`,
    explain:
      "Weights are found by the layer's name. Without a label the name is the kind and a number, such as `dense_2`, which changes if a layer is added above it; labels stay. For a new output on layers that have learned already, the warning can be silenced with `# nn-ignore NN530`.",
    example: trainable("  hidden: dense 2 tanh\n  other: dense 1\n", '  start weights("xor.safetensors")\n  loss mse\n'),
  }),
  NN531: hint({
    title: "A `let` that nothing uses",
    message: ({ name }: { name: string }) => `Nothing uses \`${name}\`; remove this line, or use the name.`,
    explain: "A name that `let` declares stands for its value where it is written. Without a use, the line has no effect.",
    example: "let rate = 0.1\nmodel M {\n  input 4\n  dense 1\n}\n",
    fix: "Removes the line.",
  }),
  NN532: hint({
    title: "`# nn-ignore` without effect",
    message: ({ code, isKnown }: { code: string; isKnown: boolean }) =>
      isKnown
        ? `This line has no ${code}, so this \`nn-ignore\` hides nothing; remove \`${code}\`.`
        : `There is no message \`${code}\`; correct the code, or remove it.`,
    explain:
      "A comment such as `# nn-ignore NN505` at the end of a line hides that advice on that line. It has no effect on errors. The hint appears if the code is unknown or the line has no such advice.",
    example: "model M {\n  input 4\n  dense 8 relu # nn-ignore NN505\n  dense 1\n}\n",
    fix: "Removes the code.",
  }),
  NN533: hint({
    title: "A feature on another scale than the weights of start had",
    message: ({ file, column, now, before }: Record<"file" | "column" | "now" | "before", string>) =>
      `\`${column}\` reaches the network as ${now}, but as ${before} when ${file} was trained, so its weights begin with other inputs; of all features this one differs most.`,
    explain:
      "A training fits the scales to its own data, also when it begins with the weights of another one. If a column's mean or spread is very different, or the data have another `scale`, the weights see other numbers than those they learned. The hint appears if the mean differs by more than half of the file's scale, or the scale by a factor of more than 1.6. The checker computes the scale from all rows, training from its part of them.",
    example: trainable("  hidden: dense 2 tanh\n  dense_2: dense 1\n", '  start weights("scaled.safetensors")\n  loss mse\n'),
  }),
  NN534: warning({
    title: "A setting of a layer far above the usual values",
    message: ({
      layer,
      argument,
      value,
      high,
      effect,
      better,
    }: Record<"layer" | "argument" | "effect", string> & Record<"value" | "high" | "better", number>) =>
      `\`${argument}\` of this \`${layer}\` is ${roundedText(value)}, far above the usual values (up to ${high}): ${effect}; begin with ${better}.`,
    explain:
      "Dropout and penalties keep a network from memorizing its rows. Too much of them keeps it from learning: a dropout of 0.9 leaves one value in ten in each training step, and a large l2 makes small weights more important than right predictions. The warning appears above a dropout of 0.7 and above an l1 or l2 of 0.1.",
    example: "model M {\n  input 4\n  dense 8 relu\n  dropout 0.9\n  dense 1\n}\n",
    fix: "Changes the number to a usual one.",
  }),
  NN535: warning({
    title: "A target that is the same in every row",
    message: ({ data, column, value }: Record<"data" | "column" | "value", string>) =>
      `In ${data}, the target \`${column}\` is ${value} in every row, so there is nothing to learn from the features; name another column as the target, or add rows with other values.`,
    explain:
      "A network learns how the target depends on the features. If the target never changes, the best answer is that value, whatever the features are, and a small loss says nothing. Often the wrong column is named, or the rows of one class were cut out.",
    example: trainable("  dense 1\n", "  loss mse\n", "data D {\n  features a, b\n  target y\n  0 1 -> 3\n  1 0 -> 3\n  1 1 -> 3\n}\n"),
  }),
  NN536: warning({
    title: "A split by the target",
    message: ({ column }: { column: string }) =>
      `\`${column}\` is the target, so \`by=${writtenName(column)}\` puts all rows of a class into one part, and the network is tested on classes that it never saw; split by another column, or leave \`by\` out.`,
    explain:
      "`by` keeps rows that belong together, such as those of one person, in one part. Rows of one class do not belong together in this sense: the network has to see each class in training.",
    example:
      'model M {\n  input 4\n  dense 8 relu\n  dense 3 softmax\n}\n\ndata D {\n  source csv("iris.csv")\n  target species\n  split test=0.3 by=species\n}\n\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n',
    fix: "Removes `by`.",
  }),
  NN537: warning({
    title: "A warm-up longer than the training",
    message: ({ warmup, steps }: Record<"warmup" | "steps", number>) =>
      `The warm-up takes ${plural(warmup, "step")}, but the training has only ${plural(steps, "step")}, so the learning rate never gets to its value; write \`warmup_steps=${Math.max(1, Math.floor(steps / 10))}\`, or train for more epochs.`,
    explain:
      "In a warm-up the learning rate rises from 0, step by step; after it the schedule begins. A step is one batch, so an epoch has as many steps as batches. A tenth of the training is usual for a warm-up.",
    example: trainable(
      "  dense 1\n",
      "  loss mse\n  optimizer sgd(learning_rate=exponential_decay(0.01, steps=100, rate=0.9, warmup_steps=1000))\n",
    ),
  }),
} as const;

/** The consequences of initial values that are the same for all units. */
type SameStart = { readonly units: number; readonly argument: "kernel" | "init" } & (
  | { readonly effect: "stuck"; readonly activation: string }
  | { readonly effect: "alike" | "poor" }
);

/** Returns a metric's range in words: "between 0 and 1", "at least 0". */
function rangeText(low: number, high: number): string {
  if (high === Number.POSITIVE_INFINITY) return `at least ${low}`;
  return low === Number.NEGATIVE_INFINITY ? `at most ${high}` : `between ${low} and ${high}`;
}
