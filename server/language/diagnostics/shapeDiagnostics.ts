/** NN3xx: mismatches of shapes, sizes and counts. */
import { plural } from "../../../engine/numberText.ts";
import { error, IRIS, trainable, XOR } from "./define.ts";

const flowers = (layers: string, data = IRIS): string =>
  `model M {\n${layers}}\n\n${data}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n`;

export const shapes = {
  NN301: error({
    title: "The data's features don't fit the input",
    message: ({ input, data, features, repair }: { input: string; data: string; features: string; repair: string }) =>
      `This input takes ${input}, but ${data} has ${features}; write \`${repair}\`.`,
    explain: "The network's input and a row of the data must have the same shape.",
    example: flowers("  input 5\n  dense 8 relu\n  dense 3 softmax\n"),
    fix: "Changes the input to the data's shape, and adds `flatten` after it if the data are images and the input is flat.",
  }),
  NN302: error({
    title: "Shapes that don't fit together",
    message: ({
      layer,
      first,
      other,
      otherName,
      firstName,
      exceptLast,
    }: Record<"layer" | "first" | "other" | "firstName" | "otherName", string> & { exceptLast: boolean }) =>
      `\`${layer}\` needs ${exceptLast ? "inputs that differ only in their last axis" : "inputs of the same shape"}, but \`${firstName}\` has the shape ${first} and \`${otherName}\` ${other}; make ${exceptLast ? "the other axes" : "them"} equal.`,
    explain:
      "`add` and `multiply` work element by element, so both inputs need the same shape. `concat` joins its inputs along the last axis, so only that one may differ.",
    example: "model M {\n  input 4\n  a: dense 3 relu\n  b: dense 2 relu from a\n  add from a, b\n  dense 1\n}\n",
    fix: "Changes the units of one layer to those of the other.",
  }),
  NN303: error({
    title: "Several axes into a dense layer",
    message: ({ layer, shape }: { layer: string; shape: string }) =>
      `\`${layer}\` takes one axis, but its input is ${shape}; add \`flatten\` before it.`,
    explain: "Here `dense` takes one axis (Keras would apply it along the last). Put `flatten` before it: it makes one list of all values.",
    example: "model M {\n  input 28x28\n  dense 10 softmax\n}\n",
    fix: "Inserts `flatten` before the layer.",
  }),
  NN304: error({
    title: "The target doesn't fit the output",
    message: ({
      units,
      targets,
      loss,
      shape,
      outputs,
    }: {
      units: number;
      targets: number;
      loss: string;
      shape?: string;
      /** The names of several outputs among which the columns can't be divided. */
      outputs?: readonly string[];
    }) =>
      outputs
        ? `The ${outputs.length} outputs have ${plural(units, "unit")} together, but the target has ${plural(targets, "column")}; write which columns each output learns, as in \`target ${outputs.map((name) => `${name}=…`).join(" ")}\`.`
        : shape
          ? `The output has the shape ${shape}, which is one class for each position of its leading axes, but the target is one class for each row; add \`flatten\` before the last layer.`
          : `The output has ${plural(units, "unit")}, but \`${loss}\` compares it with ${plural(targets, "target column")}; give the last layer ${plural(targets, "unit")}.`,
    explain: "This loss needs one target column for each output unit.",
    example: trainable("  dense 4 relu\n  dense 2\n", "  loss mse\n"),
    fix: "Changes the output's units.",
  }),
  NN305: error({
    title: "The number of classes doesn't fit the output",
    message: ({
      units,
      classes,
      names,
      line,
      named = 0,
    }: {
      units: number;
      classes: number;
      names: string;
      line?: string;
      named?: number;
    }) =>
      line !== undefined
        ? `The output has ${plural(units, "unit")}, but the class numbers go up to ${classes - 1}${names}; name the ${plural(named, "class", "classes")} with \`${line}\`${named === units ? "" : ` and use ${plural(named, "unit")}`}, or use ${plural(classes, "unit")}.`
        : `The output has ${plural(units, "unit")}, but the target has ${plural(classes, "class", "classes")}${names}; ${classes === 2 ? "use 2 units with softmax, or 1 unit with sigmoid and binary_crossentropy" : `use ${plural(classes, "unit")}`}.`,
    explain: "A categorical loss needs one output unit per class.",
    example: flowers("  input 4\n  dense 8 relu\n  dense 2 softmax\n"),
    fix: "Names the classes with `classes` if their numbers do not begin at 0 or have gaps, and changes the output's units to the number of classes.",
  }),
  NN306: error({
    title: "Row with too many or too few values",
    message: ({ found, wanted, side }: { found: number; wanted: number; side: string }) =>
      `This row has ${plural(found, "value")} ${side} where ${wanted} ${wanted === 1 ? "is" : "are"} expected; ${found < wanted ? "add" : "remove"} ${Math.abs(found - wanted)}.`,
    explain: "Every row of a table has one value for each feature and each target.",
    example: XOR.replace("0 1 -> 1", "0 1 1 -> 1"),
  }),
  NN307: error({
    title: "`reshape` to another size",
    message: ({ from, to, fromSize, toSize }: { from: string; to: string; fromSize: number; toSize: number }) =>
      `\`reshape\` can't change the number of values: the input's shape ${from} has ${fromSize} and ${to} has ${toSize}; write a shape of ${plural(fromSize, "value")}.`,
    explain: "`reshape` rearranges numbers; it can't add or drop any.",
    example: "model M {\n  input 28x28\n  reshape 28x29\n  flatten\n  dense 1\n}\n",
  }),
  NN308: error({
    title: "More parameters than memory allows",
    message: ({ count, limit }: { count: string; limit: string }) =>
      `This model has ${count} parameters, more than the limit of ${limit}; make its layers smaller.`,
    explain: "Each parameter needs memory for its value, its gradient and the optimizer's state.",
    example: "model M {\n  input 100000\n  dense 100000 relu\n  dense 1\n}\n",
  }),
  NN309: error({
    title: "Start values have the wrong shape",
    message: ({ name, found, wanted }: { name: string; found: string; wanted: string }) =>
      `\`${name}=\` has ${found}, but this layer's ${name} is ${wanted}; write values of that shape.`,
    explain: "A kernel has the shape [inputs, units] and a bias the shape [units], as in Keras.",
    example: "model M {\n  input 2\n  dense 3 relu bias=[0, 0]\n  dense 1\n}\n",
  }),
  NN314: error({
    title: "Weights of start that don't fit the layer of that name",
    message: ({ file, parameter, found, wanted }: Record<"file" | "parameter" | "found" | "wanted", string>) =>
      `\`${parameter}\` is ${found} in ${file}, but ${wanted} in this model; give the layer its old size, or another name so that it begins fresh.`,
    explain:
      "A training can begin with the weights of an earlier one if each layer's kernel and bias have the shapes that they had. A layer with another name begins fresh, and start values that the line writes go before the file's.",
    example: trainable("  hidden: dense 3 tanh\n  dense 1\n", '  start weights("xor.safetensors")\n  loss mse\n'),
  }),
} as const;
