/** NN4xx: a training that can't work. */
import { error, type Said, said, trainable, XOR } from "./define.ts";

export const training = {
  NN401: error({
    title: "No loss",
    message: ({ outputs }: { outputs: readonly string[] }) =>
      outputs.length > 0
        ? `This training says no loss for ${outputs.map((name) => `\`${name}\``).join(", ")}; add ${outputs.map((name) => `\`${name}=mse\``).join(" and ")} or another loss.`
        : "This training says no loss; add a line such as `loss mse`.",
    explain: "Training makes a loss small, so it must be told which. Only Rosenblatt's rule (`optimizer perceptron`) needs none.",
    example: trainable("  dense 1\n", "  optimizer sgd\n"),
    fix: "Adds the loss that fits the output and the target.",
  }),
  NN402: error({
    title: "A loss that can't work with the output activation",
    message: (parts: Said) => said(parts),
    explain:
      "Cross-entropy takes probabilities, from 0 to 1, and hinge needs outputs of both signs. Losses here take the activation's output, as Keras' do with `from_logits=False`: PyTorch's CrossEntropyLoss, which takes the sums before softmax, is `softmax` and `sparse_categorical_crossentropy` here.",
    example: trainable("  dense 2 tanh\n  dense 1\n", "  loss binary_crossentropy\n", XOR),
    fix: "Changes the output's activation to the one that the loss is made for.",
  }),
  NN403: error({
    title: "A loss that can't work with the target",
    message: (parts: Said) => said(parts),
    explain: "Each loss expects its targets in its own form: numbers, 0 and 1, class names or one column a class.",
    example:
      'model M {\n  input 4\n  dense 8 relu\n  dense 3 softmax\n}\n\ndata D {\n  source csv("iris.csv")\n  target species\n}\n\ntrain M on D {\n  loss mse\n}\n',
    fix: "Changes the loss to one that fits the target.",
  }),
  NN404: error({
    title: "Backpropagation through a step function",
    message: ({ activation, repair }: { activation: string; repair: string }) =>
      `\`${activation}\` has the derivative 0, so neither this layer nor what is below it can learn by backpropagation; ${repair}.`,
    explain:
      "The chain rule multiplies by each activation's derivative; a factor of 0 ends the signal. The perceptron's own rule does without, for one layer.",
    example: trainable("  dense 2 heaviside\n  dense 1 sigmoid\n", "  loss binary_crossentropy\n", XOR),
    fix: "Changes the step to `sigmoid` (`tanh` for `sign`).",
  }),
  NN405: error({
    title: "The perceptron rule on anything but one layer of TLUs",
    message: ({ model, problem }: { model: string; problem: string }) =>
      `The perceptron rule trains one layer of threshold logic units alone, but ${model} ${problem}; use \`tlu\` as its only layer, or another optimizer such as sgd.`,
    explain:
      "Rosenblatt's rule compares a unit's answer with the right one. For a unit further back nobody knows the right answer: that is what backpropagation is for.",
    example: trainable("  dense 2 tanh\n  tlu 1\n", "  optimizer perceptron\n", XOR),
  }),
  NN406: error({
    title: "A data file that is missing, unreadable or malformed",
    message: (parts: Said) => said(parts),
    explain: "The file is read while you type, so that its columns can be checked.",
    example: 'data D {\n  source csv("no-such-file.csv")\n  target y\n}\n',
  }),
  NN407: error({
    title: "Monitoring validation without validation data",
    message: ({ monitor, data }: { monitor: string; data: string }) =>
      `\`${monitor}\` needs validation data; add \`split validation=0.2\` to \`${data}\`, or monitor \`loss\`.`,
    explain: "val_ values are measured on rows that training does not see.",
    example: trainable("  dense 1\n", "  loss mse\n  stop early_stopping(patience=5)\n"),
    fix: "Adds `split validation=0.2` to the data.",
  }),
  NN408: error({
    title: "Nothing says which model or data",
    message: ({ what, count }: { what: "model" | "data"; count: number }) =>
      count === 0
        ? `There is no ${what} block in this file; add one.`
        : `There are ${count} ${what} blocks; name the one that you mean, as in \`train Model on Data {\`.`,
    explain: "`train` and `expect` may leave a name out only where there is exactly one.",
    example: "model M {\n  input 2\n  dense 1\n}\n\ntrain M {\n  loss mse\n}\n",
  }),
  NN409: error({
    title: "Nothing to train",
    message: ({ model }: { model: string }) =>
      `\`${model}\` has no parameters that training could change, so there is nothing to train; add a \`dense\` layer that is not frozen.`,
    explain: "Only kernels, biases, gammas and betas are trained.",
    example: trainable("  both: neuron a, b threshold=2\n", "  loss mse\n", XOR),
  }),
} as const;
