/** NN4xx: a training that can't work. */
import { error, SUM, trainable, type WholeMessage, wholeMessage, XOR } from "./define.ts";

export const training = {
  NN401: error({
    title: "No loss",
    message: ({ outputs }: { outputs: readonly { readonly name: string; readonly loss: string }[] }) =>
      outputs.length > 0
        ? `This training has no loss for ${outputs.map(({ name }) => `\`${name}\``).join(", ")}; add ${outputs.map(({ name, loss }) => `\`${name}=${loss}\``).join(" and ")} or another loss.`
        : "This training has no loss; add a line such as `loss mse`.",
    explain: "Training minimizes a loss; name one. Only Rosenblatt's rule (`optimizer perceptron`) needs none.",
    example: trainable("  dense 1\n", "  optimizer sgd\n"),
    fix: "Adds the loss that fits the output and the target.",
  }),
  NN402: error({
    title: "The loss can't work with the output activation",
    message: (parts: WholeMessage) => wholeMessage(parts),
    explain:
      "Cross-entropy needs probabilities, from 0 to 1, and hinge needs outputs that can be negative or positive. A loss here takes the output of the activation, as in Keras with `from_logits=False`. PyTorch's CrossEntropyLoss takes the sums before softmax; here write `softmax` and `sparse_categorical_crossentropy` instead.",
    example: trainable("  dense 2 tanh\n  dense 1\n", "  loss binary_crossentropy\n", XOR),
    fix: "Changes the output's activation to the one that the loss is meant for, or a categorical loss of one unit to `binary_crossentropy`.",
  }),
  NN403: error({
    title: "The loss can't work with the target",
    message: (parts: WholeMessage) => wholeMessage(parts),
    explain: "Each loss expects its targets in a certain form: numbers, 0 and 1, class names, or one column per class.",
    example:
      'model M {\n  input 4\n  dense 8 relu\n  dense 3 softmax\n}\n\ndata D {\n  source csv("iris.csv")\n  target species\n}\n\ntrain M on D {\n  loss mse\n}\n',
    fix: "Changes the loss to one that fits the target.",
  }),
  NN404: error({
    title: "Backpropagation through a step function",
    message: ({ activation, repair }: { activation: string; repair: string }) =>
      `The derivative of \`${activation}\` is 0, so neither this layer nor the layers before it can learn by backpropagation; ${repair}.`,
    explain:
      "The chain rule multiplies by each activation's derivative. A step's derivative is 0 wherever it exists, so every gradient behind it, on the way back to the input, is 0. The perceptron rule needs no derivative, but it trains one layer only.",
    example: trainable("  dense 2 heaviside\n  dense 1 sigmoid\n", "  loss binary_crossentropy\n", XOR),
    fix: "Changes the step to `sigmoid` (`tanh` for `sign`).",
  }),
  NN405: error({
    title: "The perceptron rule needs exactly one layer of TLUs",
    message: ({ model, problem }: { model: string; problem: string }) =>
      `The perceptron rule trains exactly one layer of threshold logic units, but ${model} ${problem}; use one \`tlu\` line as its only layer, or replace the steps by \`sigmoid\` and train with \`loss binary_crossentropy\` and \`optimizer sgd\`.`,
    explain:
      "Rosenblatt's rule compares a unit's output with its target. A hidden unit has no target, so it needs backpropagation: smooth activations such as sigmoid in place of steps, a loss, and an optimizer such as sgd.",
    example: trainable("  dense 2 tanh\n  tlu 1\n", "  optimizer perceptron\n", XOR),
  }),
  NN406: error({
    title: "Data file missing, unreadable or malformed",
    message: (parts: WholeMessage) => wholeMessage(parts),
    explain:
      "Check the path, which is relative to this file, then the row and column that the message names. The checker reads the file while you type, so that it can check the columns.",
    example: 'data D {\n  source csv("no-such-file.csv")\n  target y\n}\n',
  }),
  NN407: error({
    title: "Monitoring validation without validation data",
    message: ({ monitor, data }: { monitor: string; data: string }) =>
      `\`${monitor}\` needs validation data; add \`split validation=0.2\` to \`${data}\`, or monitor \`loss\`.`,
    explain: "`val_loss` and other values whose names begin with `val_` need rows held back from training: add `split validation=0.2`.",
    example: trainable("  dense 1\n", "  loss mse\n  stop early_stopping(patience=5)\n"),
    fix: "Adds `split validation=0.2` to the data block.",
  }),
  NN408: error({
    title: "No model or data block, or several to choose from",
    message: ({ what, count }: { what: "model" | "data"; count: number }) =>
      count === 0
        ? `There is no ${what} block in this file; add one.`
        : `There are ${count} ${what} blocks; name the one that you mean, as in \`train Model on Data {\`.`,
    explain: "`train` and `expect` may leave out the name of the model or data only if the file has exactly one.",
    example: "model M {\n  input 2\n  dense 1\n}\n\ntrain M {\n  loss mse\n}\n",
  }),
  NN409: error({
    title: "Nothing to train",
    message: ({ model }: { model: string }) =>
      `\`${model}\` has no parameters that training can change, so there is nothing to train; add a \`dense\` layer that is not frozen.`,
    explain: "No layer here has weights to learn: `neuron` has none, and those of a frozen layer stay as they are.",
    example: trainable("  both: neuron a, b threshold=2\n", "  loss mse\n", XOR),
  }),
  NN410: error({
    title: "A metric that can't measure the output",
    message: ({
      metric,
      measures,
      target,
      better,
    }: {
      metric: string;
      measures: "classes" | "numbers";
      target: readonly string[];
      better: string;
    }) =>
      `\`${metric}\` measures ${measures}, but ${target.length > 0 ? `the target ${target.map((name) => `\`${name}\``).join(", ")} is` : "the labels are"} ${measures === "classes" ? "a number to predict" : "classes"}; use another metric, such as \`${better}\`.`,
    explain:
      "accuracy, precision, recall, f1 and auc compare classes. mae, mse, rmse and r2 compare numbers. Targets of 0 and 1, or of −1 and 1, can be measured as both. With several outputs, a metric is an error only if it can measure none of them.",
    example: trainable("  dense 1\n", "  loss mse\n  metrics accuracy\n"),
    fix: "Changes the metric to `mae` for numbers and to `accuracy` for classes.",
  }),
  NN411: error({
    title: "A split that leaves a part without rows",
    message: (found: { part: string } & ({ share: string; rows: string } | { column: string; groups: string; parts: number })) =>
      "share" in found
        ? `The ${found.part} part gets a share of ${found.share} of ${found.rows}, which is no row; give it a larger share, or add rows.`
        : `The ${found.part} part gets no row, since \`${found.column}\` has ${found.groups} for ${found.parts} parts; split by another column, or into fewer parts.`,
    explain:
      "The parts' sizes are rounded to whole rows, first validation, then test; training gets the rest. A part that is named must have at least one row, and so must the training part.",
    example: trainable("  dense 1\n", "  loss mse\n", SUM.replace("  target y\n", "  target y\n  split validation=0.1\n")),
  }),
} as const;
