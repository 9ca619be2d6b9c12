/** NN5xx: what is allowed and seldom meant. Warnings and hints never stop a training. */
import { roundedText } from "../../../engine/numberText.ts";
import { hint, type Nothing, type Said, SUM, said, trainable, warning, XOR } from "./define.ts";

const WIDE = "data D {\n  features a, b\n  target y\n  0 1000 -> 0\n  1 3000 -> 1\n  2 9000 -> 3\n}\n";
const BELOW_ZERO = SUM.replace("-> 2", "-> -2");
const CLASSES = 'data D {\n  features a, b\n  target colour\n  0 0 -> "red"\n  0 1 -> "green"\n  1 0 -> "blue"\n}\n';
const deep = (activation: string): string => `  dense 8 ${activation}\n`.repeat(5);

export const advice = {
  NN501: warning({
    title: "One layer on data that is not linearly separable",
    message: ({ certificate }: { certificate: string }) =>
      `No single layer can tell these classes apart, since no straight line divides them: ${certificate}; add a hidden layer, such as \`dense 4 tanh\`.`,
    explain:
      "A layer cuts its inputs with one straight line (or plane) a unit. Where a mix of points of one class is also a mix of points of the other, that point would have to lie on both sides at once. This is the perceptron's famous limit, and the reason for hidden layers. A mix is a sum with weights that are not negative and add to 1; the message gives the weights, so that you can check it by hand. For a generator, its points are taken without their noise.",
    example: trainable("  dense 1 sigmoid\n", "  loss binary_crossentropy\n", XOR),
    fix: "Adds a hidden layer before it.",
  }),
  NN502: warning({
    title: "`softmax` on one unit",
    message: (_: Nothing) => "`softmax` of one unit is always 1; use `sigmoid`.",
    explain: "softmax shares 1 among its units, and one unit gets all of it.",
    example: "model M {\n  input 4\n  dense 8 relu\n  dense 1 softmax\n}\n",
    fix: "Changes it to `sigmoid`.",
  }),
  NN503: warning({
    title: "`sigmoid` on several units under a categorical loss",
    message: ({ activation, loss, units }: { activation: string; loss: string; units: number }) =>
      `\`${loss}\` compares ${units} shares of one whole, but \`${activation}\` gives ${units} probabilities that need not add to 1; use \`softmax\`, or \`binary_crossentropy\` where several classes may hold at once.`,
    explain: "For classes that exclude each other the outputs must compete: softmax raises one by lowering the others.",
    example: trainable("  dense 4 relu\n  dense 3 sigmoid\n", "  loss sparse_categorical_crossentropy\n", CLASSES),
    fix: "Changes it to `softmax`.",
  }),
  NN504: warning({
    title: "Features on very different scales and no `scale`",
    message: ({
      wide,
      wideDeviation,
      narrow,
      narrowDeviation,
    }: Record<"wide" | "narrow", string> & Record<"wideDeviation" | "narrowDeviation", number>) =>
      wide === narrow
        ? `\`${wide}\` spreads by ${roundedText(wideDeviation)} around its mean, far more than a network's weights start with; add \`scale standard\`.`
        : `\`${wide}\` spreads by ${roundedText(wideDeviation)} and \`${narrow}\` by ${roundedText(narrowDeviation)}, so one learning rate can't suit both; add \`scale standard\`.`,
    explain:
      "The gradient of a weight grows with its input. Where one input is a thousand times another, a step that suits one is far too long or far too short for the other. It speaks from 20 times between the deviations, or from a deviation over 100.",
    example: trainable("  dense 4 relu\n  dense 1\n", "  loss mse\n", WIDE),
    fix: "Adds `scale standard`.",
  }),
  NN505: warning({
    title: "A hidden layer without activation",
    message: ({ layer }: { layer: string }) =>
      `\`${layer}\` has no activation, so with the next layer it stays one linear layer; add one, such as \`relu\`.`,
    explain: "Two linear layers in a row are one linear layer: nothing is gained but parameters. Where that is meant, write `linear`.",
    example: "model M {\n  input 4\n  dense 8\n  dense 1\n}\n",
    fix: "Adds `relu`.",
  }),
  NN506: hint({
    title: "A deep sigmoid or tanh stack",
    message: ({ count, activation }: { count: number; activation: string }) =>
      `${count} hidden layers of ${activation} in a row: each multiplies the gradient by a slope of at most ${activation === "sigmoid" ? "¼" : "1"}, so it vanishes on its way down; use \`relu\`, put \`batch_norm\` between, or add skip connections.`,
    explain:
      "The chain rule multiplies one slope a layer. sigmoid's is at most ¼ and near 0 where it saturates; five of them leave less than a thousandth.",
    example: `model M {\n  input 4\n${deep("sigmoid")}  dense 1\n}\n`,
  }),
  NN507: warning({
    title: "An all-zero start kernel",
    message: ({ units }: { units: number }) =>
      `All ${units} units start with the same weights, 0, so they get the same gradients and stay alike; leave \`init\` out for random ones.`,
    explain: "Only a difference at the start lets units learn different things: this is called breaking the symmetry.",
    example: "model M {\n  input 4\n  dense 8 tanh init=zeros\n  dense 1\n}\n",
    fix: "Removes the zeros.",
  }),
  NN508: warning({
    title: "A learning rate far outside the usual range",
    message: ({ rate, optimizer, low, high }: { rate: number; optimizer: string; low: number; high: number }) =>
      `${roundedText(rate)} is far ${rate > high ? "above" : "below"} what ${optimizer} is used with (${low} to ${high}); ${rate > high ? "the loss will most likely swing or overflow" : "it will hardly learn"}.`,
    explain: "The range is wide and each optimizer's own: adam's steps are as long as its rate whatever the gradient, sgd's grow with it.",
    example: trainable("  dense 1\n", "  loss mse\n  optimizer adam(learning_rate=5)\n"),
  }),
  NN509: hint({
    title: "A batch larger than the training data",
    message: ({ batch, rows }: { batch: number; rows: number }) =>
      `A batch of ${batch} is more than the ${rows} rows to train on, so each epoch is one step; write \`batch all\` if that is meant, or a smaller one.`,
    explain: "Mini-batches give several steps an epoch. One step an epoch is full-batch gradient descent.",
    example: trainable("  dense 1\n", "  loss mse\n  batch 64\n"),
    fix: "Changes it to `batch all`.",
  }),
  NN510: warning({
    title: "Dropout right before the output",
    message: (_: Nothing) =>
      "This drops outputs themselves: in each step some predictions are 0 whatever the weights; move `dropout` in front of the last layer that has weights, or remove it.",
    explain:
      "Dropout teaches hidden units not to rely on each other. On the outputs it only makes the predictions, and so the loss, wrong at random. Before the last dense layer it is fine.",
    example: "model M {\n  input 4\n  dense 8 relu\n  dense 3\n  dropout 0.2\n  softmax\n}\n",
    fix: "Removes the line.",
  }),
  NN511: warning({
    title: "An output activation that can't reach the targets",
    message: (parts: Said) => said(parts),
    explain:
      "relu and softplus never go below 0, sigmoid stays between 0 and 1, tanh between −1 and 1. A target outside can't be learned, whatever the weights. With `scale_target` the scaled values count.",
    example: trainable("  dense 4 relu\n  dense 1 relu\n", "  loss mse\n", BELOW_ZERO),
    fix: "Removes the activation, so that the output can be any number.",
  }),
  NN512: warning({
    title: "`softmax` under `binary_crossentropy`",
    message: ({ units }: { units: number }) =>
      `\`softmax\` makes the ${units} outputs exclude each other, but \`binary_crossentropy\` asks of each alone; use a categorical loss, or \`sigmoid\` where several may hold at once.`,
    explain:
      "Binary cross-entropy is for questions that are answered one by one. For one class of several, categorical cross-entropy is the likelihood that training should raise.",
    example: trainable("  dense 4 relu\n  dense 3 softmax\n", "  loss binary_crossentropy\n", CLASSES),
    fix: "Changes the loss to the categorical one that fits the target.",
  }),
  NN513: hint({
    title: "A bias right before `batch_norm`",
    message: (_: Nothing) => "`batch_norm` takes the mean away, and this bias with it; write `bias=false`, since beta does its work.",
    explain: "Adding a constant to every row moves the mean by as much, and batch normalization subtracts the mean.",
    example: "model M {\n  input 4\n  dense 8\n  batch_norm\n  relu\n  dense 1\n}\n",
    fix: "Adds `bias=false`.",
  }),
  NN514: hint({
    title: "An initializer that doesn't fit the activation",
    message: ({ init, activation, better }: Record<"init" | "activation" | "better", string>) =>
      `\`${init}\` is made for other activations; under \`${activation}\` use \`${better}\`, or leave \`init\` out.`,
    explain:
      "The start weights' spread should keep signals at one size from layer to layer. relu and its kin cut half of the signal, so they need twice the variance (he); tanh and sigmoid take glorot; selu is made for lecun.",
    example: "model M {\n  input 4\n  dense 8 relu init=glorot_uniform\n  dense 1\n}\n",
    fix: "Changes it to the one that fits.",
  }),
  NN515: warning({
    title: "`nesterov` without momentum",
    message: (_: Nothing) => "`nesterov` looks ahead along the momentum, and there is none; add `momentum=0.9`.",
    explain: "Nesterov's step is taken from where momentum is about to move the weights. Without momentum it is plain gradient descent.",
    example: trainable("  dense 1\n", "  loss mse\n  optimizer sgd(nesterov=true)\n"),
    fix: "Adds `momentum=0.9`.",
  }),
} as const;
