/** The keywords. They are reserved only in their positions. */
export const keywords = {
  let: { summary: "Names a value, which may be computed from others.", example: "let width = 64" },
  model: { summary: "A network: its layers, from input to output, one on each line.", example: "model Xor {" },
  data: { summary: "A table to learn from: its source or its rows, its target, and how its values are prepared.", example: "data Iris {" },
  train: {
    summary: "Trains a model on data. A label before it names the run, so that a model can be trained in several ways.",
    example: "fast: train Xor on XorTable {",
  },
  on: {
    summary: "Names the data after the model. It can be left out if the file has only one data block.",
    example: "train Xor on XorTable {",
  },
  expect: {
    summary: "What the trained model must be able to do: rows with their outputs, and claims about metrics.",
    example: "expect Xor on XorTable {",
  },
  repeat: {
    summary: "Stands for its lines, written that many times. Labels inside it get `_1`, `_2` and so on. `repeat 0` leaves them out.",
    example: "repeat 3 {",
  },
  output: { summary: "Names the model's outputs. Without this line, the last layer is the output.", example: "output price, aux" },
  from: { summary: "Names the layers that this one takes, in place of the one on the line before.", example: "concat from wide, deep" },
  not: {
    summary: "Makes the next input of a neuron inhibiting: if it is active, the neuron does not fire.",
    example: "neuron a, not b threshold=1",
  },
  true: { summary: "Yes.", example: "shuffle true" },
  false: { summary: "No.", example: "shuffle false" },
} as const;
