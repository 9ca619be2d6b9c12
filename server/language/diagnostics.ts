/**
 * The one table of diagnostics. From it come the messages (with their numbers), the severities, and the explanations.
 * A message says what is wrong and what to do, in one sentence.
 */
import type { Fix, Issue } from "./issue.ts";
import type { Span } from "./span.ts";

export type Severity = "error" | "warning" | "hint";

interface Diagnostic<Parts> {
  readonly severity: Severity;
  readonly title: string;
  readonly message: (parts: Parts) => string;
  /** Why it matters, for the page of the code. */
  readonly explain: string;
}

const define =
  (severity: Severity) =>
  <Parts>(title: string, message: (parts: Parts) => string, explain: string): Diagnostic<Parts> => ({ severity, title, message, explain });
const error = define("error");
const warning = define("warning");

interface Unknown {
  readonly name: string;
  /** The nearest known name. */
  readonly nearest?: string | undefined;
  /** What there is, where that is short enough to say. */
  readonly known?: readonly string[] | undefined;
}

const unknown =
  (what: string) =>
  ({ name, nearest, known }: Unknown): string =>
    `There is no ${what} \`${name}\`; ${nearest === undefined ? (known ? `there are ${known.join(", ")}` : "look for its name in the completion list") : `did you mean \`${nearest}\`?`}`.replace(
      /([^.?])$/,
      "$1.",
    );

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

export const diagnostics = {
  NN101: error(
    "Unexpected token",
    ({ message }: { message: string }) => message,
    "The line does not follow the grammar here. The lines around it are read as if it were not there.",
  ),
  NN102: error(
    "Unclosed block",
    ({ block }: { block: string }) => `This ${block} block is not closed; add \`}\` at its end.`,
    "Every `{` needs its `}`. The message stands on the opening line, since where the block should have ended is a guess.",
  ),
  NN103: error(
    "Unclosed string",
    (_: object) => 'This text is not closed; add `"` at its end.',
    "A string begins and ends with a double quote on one line.",
  ),
  NN104: error(
    "Malformed number",
    ({ text }: { text: string }) => `\`${text}\` is no number; write 12, 0.5, 1e-3 or 1_000, and a shape as 28x28.`,
    "A number begins with a digit (0.5, not .5) and has at most one point and one exponent.",
  ),

  NN201: error("Unknown layer", unknown("layer"), "A layer's name must be one of the language's. Names are those of Keras."),
  NN202: error("Unknown activation", unknown("activation"), "An activation's name must be one of the language's."),
  NN203: error("Unknown loss", unknown("loss"), "A loss's name must be one of the language's."),
  NN204: error(
    "Unknown optimizer or schedule",
    ({ what, ...rest }: Unknown & { what: string }) => unknown(what)(rest),
    "An optimizer's or schedule's name must be one of the language's.",
  ),
  NN205: error("Unknown metric", unknown("metric"), "A metric's name must be one of the language's."),
  NN206: error("Unknown initializer", unknown("initializer"), "An initializer's name must be one of the language's."),
  NN207: error(
    "Unknown argument",
    ({ of, ...rest }: Unknown & { of: string }) =>
      rest.known?.length === 0
        ? `\`${of}\` takes no arguments; remove \`${rest.name}\`.`
        : `\`${of}\` has no argument \`${rest.name}\`${rest.nearest === undefined ? `; it has ${rest.known?.join(", ")}.` : `; did you mean \`${rest.nearest}\`?`}`,
    "Each layer, activation, loss and optimizer has its own arguments; the hover lists them.",
  ),
  NN208: error(
    "Unknown directive",
    ({ block, ...rest }: Unknown & { block: string }) => unknown(`directive in a ${block} block named`)(rest),
    "Each block has its own directives.",
  ),
  NN209: error(
    "A name that nothing declares",
    ({ what, ...rest }: Unknown & { what: string }) =>
      `No ${what} is named \`${rest.name}\`; ${rest.nearest === undefined ? "declare it, or mend the name" : `did you mean \`${rest.nearest}\`?`}`.replace(
        /([^.?])$/,
        "$1.",
      ),
    "Labels, models, data and `let` names must be declared in the same file.",
  ),
  NN210: error(
    "A name declared twice",
    ({ what, name }: { what: string; name: string }) => `There is already a ${what} named \`${name}\`; give this one another name.`,
    "A name stands for one thing; which of two was meant could not be told.",
  ),
  NN211: error(
    "Unknown column",
    ({ data, ...rest }: Unknown & { data: string }) =>
      `${data} has no column \`${rest.name}\`; ${rest.nearest === undefined ? `it has ${listed(rest.known ?? [])}.` : `did you mean \`${rest.nearest}\`?`}`,
    "Columns are named by the file's header, or by `features` and `target` for a table in the file itself.",
  ),
  NN212: error(
    "Missing argument",
    ({ of, name, example }: { of: string; name: string; example: string }) => `\`${of}\` needs ${name}; write it as in \`${example}\`.`,
    "This argument has no default, because no value would be right for most networks.",
  ),
  NN213: error(
    "Argument of the wrong kind or out of range",
    ({ message }: { message: string }) => message,
    "The value cannot be what the argument means.",
  ),
  NN214: error(
    "A layer that uses itself or a later one",
    ({ name, later }: { name: string; later: string }) =>
      `\`${later}\` ${name === later ? "is this layer itself" : "stands after this layer"}; \`from\` can only name layers above, since signals flow down the file.`,
    "A network is computed from top to bottom: a layer's inputs must be known before it.",
  ),
  NN216: error("Unknown data source", unknown("data source"), "A source is a file format or a generator of the language."),
  NN217: error(
    "A text column among the features",
    ({ column, example }: { column: string; example: string }) =>
      `Column \`${column}\` holds text (such as "${example}"), and a network takes numbers; write \`one_hot ${column}\` or leave it out of \`features\`.`,
    "One-hot encoding gives each word an input of its own.",
  ),

  NN301: error(
    "The data's features don't fit the input",
    ({ input, data, features, repair }: { input: string; data: string; features: string; repair: string }) =>
      `This input takes ${input}, but ${data} gives ${features}; write \`${repair}\`.`,
    "The network's input and one row of the data must have the same shape.",
  ),
  NN302: error(
    "Shapes that don't fit together",
    ({
      layer,
      first,
      other,
      otherName,
      firstName,
    }: {
      layer: string;
      first: string;
      other: string;
      firstName: string;
      otherName: string;
    }) =>
      `\`${layer}\` needs ${layer === "concat" ? "inputs that differ in their last axis alone" : "inputs of one shape"}, but \`${firstName}\` gives ${first} and \`${otherName}\` ${other}; make them alike.`,
    "add and multiply work unit by unit, so every unit needs its partner; concat puts inputs side by side along the last axis.",
  ),
  NN303: error(
    "Several axes into dense",
    ({ shape }: { shape: string }) => `\`dense\` takes one axis, but its input is ${shape}; add \`flatten\` before it.`,
    "A dense layer connects every input to every unit, so its input must be a plain list of numbers.",
  ),
  NN304: error(
    "The target doesn't fit the output",
    ({ units, targets, loss }: { units: number; targets: number; loss: string }) =>
      `The output has ${plural(units, "unit")}, but \`${loss}\` compares it with ${plural(targets, "target column")}; make the last layer's units ${targets}.`,
    "The loss compares each output unit with its own target.",
  ),
  NN305: error(
    "Class count against output units",
    ({ units, classes, names }: { units: number; classes: number; names: string }) =>
      `The output has ${plural(units, "unit")}, but the target has ${plural(classes, "class", "classes")}${names}; ${classes === 2 ? "use 2 units with softmax, or 1 with sigmoid and binary_crossentropy" : `use ${classes} units`}.`,
    "Under a categorical loss each class has an output unit of its own.",
  ),
  NN306: error(
    "A row with too many or too few values",
    ({ found, wanted, side }: { found: number; wanted: number; side: string }) =>
      `This row has ${plural(found, "value")} ${side} where ${wanted} ${wanted === 1 ? "is" : "are"} expected; ${found < wanted ? "add" : "remove"} ${Math.abs(found - wanted)}.`,
    "Every row of a table has one value for each feature and each target.",
  ),
  NN307: error(
    "`reshape` to another size",
    ({ from, to, fromSize, toSize }: { from: string; to: string; fromSize: number; toSize: number }) =>
      `${from} holds ${fromSize} numbers and ${to} ${toSize}; \`reshape\` can't change how many there are.`,
    "Reshaping lays the same numbers out differently.",
  ),
  NN308: error(
    "More parameters than memory allows",
    ({ count, limit }: { count: string; limit: string }) =>
      `This model has ${count} parameters, more than the ${limit} that can be trained here; make its layers smaller.`,
    "Every parameter needs memory for itself, its gradient and the optimizer's state.",
  ),
  NN309: error(
    "Start values of the wrong shape",
    ({ name, found, wanted }: { name: string; found: string; wanted: string }) =>
      `\`${name}=\` has the shape ${found}, but this layer's ${name} is ${wanted}.`,
    "A kernel is [inputs, units] and a bias [units], as in Keras.",
  ),

  NN401: error(
    "No loss",
    (_: object) => "This training says no loss; add a line such as `loss mse`.",
    "Training makes a loss small, so it must be told which.",
  ),
  NN403: error(
    "A loss that can't work with the target",
    ({ message }: { message: string }) => message,
    "Each loss expects its targets in its own form: numbers, 0 and 1, class names or one column a class.",
  ),
  NN404: error(
    "Backpropagation through a step function",
    ({ activation }: { activation: string }) =>
      `\`${activation}\` has the derivative 0, so neither this layer nor what is below it can learn by backpropagation; use \`sigmoid\` or \`tanh\`.`,
    "The chain rule multiplies by each activation's derivative; a factor of 0 ends the signal. The perceptron's own rule does without.",
  ),
  NN406: error(
    "A data file that is missing, unreadable or malformed",
    ({ message }: { message: string }) => message,
    "The file is read while you type, so that its columns can be checked.",
  ),
  NN407: error(
    "Monitoring validation without validation data",
    ({ monitor, data }: { monitor: string; data: string }) =>
      `\`${monitor}\` needs validation data; add \`split validation=0.2\` to \`${data}\`, or monitor \`loss\`.`,
    "val_ values are measured on rows that training does not see.",
  ),
  NN408: error(
    "Nothing says which model or data",
    ({ what, count }: { what: string; count: number }) =>
      count === 0
        ? `There is no ${what} in this file; add one.`
        : `There are ${count} ${what} blocks; say which: \`train Model on Data {\`.`,
    "`train` may leave a name out only where there is exactly one.",
  ),
  NN409: error(
    "Nothing to train",
    ({ model }: { model: string }) => `\`${model}\` has no parameters, so there is nothing to train; add a \`dense\` layer.`,
    "Only kernels and biases are trained.",
  ),

  NN502: warning(
    "`softmax` on one unit",
    (_: object) => "`softmax` of one unit is always 1; use `sigmoid`.",
    "softmax shares 1 among its units, and one unit gets all of it.",
  ),
  NN505: warning(
    "A hidden layer without activation",
    ({ layer }: { layer: string }) =>
      `\`${layer}\` has no activation, so with the next layer it stays one linear layer; add one, such as \`relu\`.`,
    "Two linear layers in a row are one linear layer: nothing is gained but parameters.",
  ),
  // biome-ignore lint/suspicious/noExplicitAny: the parts of each entry are its own; `issue` below ties them together.
} as const satisfies Record<`NN${number}`, Diagnostic<any>>;

export type DiagnosticCode = keyof typeof diagnostics;
type PartsOf<C extends DiagnosticCode> = Parameters<(typeof diagnostics)[C]["message"]>[0];

export interface IssueExtras {
  readonly related?: Issue["related"];
  readonly fixes?: readonly Fix[];
}

/** A finding with its message filled in. */
export function issue<C extends DiagnosticCode>(
  code: C,
  span: Span,
  parts: PartsOf<C>,
  { related = [], fixes = [] }: IssueExtras = {},
): Issue {
  const { severity, message } = diagnostics[code] as Diagnostic<PartsOf<C>>;
  return { code, severity, span, message: message(parts), related, fixes };
}

/** The first few of many, and how many more. */
export function listed(names: readonly string[], most = 8): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
