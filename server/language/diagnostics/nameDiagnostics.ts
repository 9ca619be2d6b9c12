/** NN2xx: names, arguments and values. */
import { type directives, partNouns } from "../../../engine/catalog/index.ts";
import { writtenName } from "../syntax/writtenName.ts";
import {
  error,
  IRIS,
  listed,
  meant,
  orWhole,
  trainable,
  type Unknown,
  unknown,
  type WholeMessage,
  warning,
  wholeMessage,
} from "./define.ts";
import { type Noun, nouns, withArticle } from "./nouns.ts";

/** Nouns of things that a file uses rather than declares. A repeated one must be removed, since another name would not correct it. */
const REPEATED: readonly Noun[] = ["argument", "column", "line", "metric", "output", "part"];

/** Why a value without a name has no place: an earlier value of its kind has taken it, or all values that need no name are already present. */
export type Surplus = { readonly taken: string; readonly first: string; readonly kind: string } | { readonly order: readonly string[] };

function surplusText(of: string, name: string, surplus: Surplus, known: readonly string[]): string {
  if ("taken" in surplus)
    return `\`${of}\` takes \`${surplus.first}\` as its \`${surplus.taken}\`, and \`${name}\` is ${surplus.kind} too many; remove it, or name its argument.`;
  return surplus.order.length === 0
    ? `\`${name}\` needs a name here, since \`${of}\` has ${listed(known)}; write it as in \`${known[0]}=${name}\`.`
    : `\`${of}\` takes only ${listed(surplus.order)} without a name; remove \`${name}\`, or name its argument.`;
}

const NEAREST = "Changes the name to the nearest known name.";

export const names = {
  NN201: error({
    title: "Unknown layer",
    message: orWhole(unknown(partNouns.layers)),
    explain: "There is no layer of that name. Most names follow Keras; `tlu`, `neuron`, `concat` and `normalize` are the language's own.",
    example: "model M {\n  input 4\n  dens 3 relu\n  dense 1\n}\n",
    fix: NEAREST,
  }),
  NN202: error({
    title: "Unknown activation",
    message: orWhole(unknown(partNouns.activations)),
    explain:
      "There is no activation of that name; the completion list shows all. `prelu` is a layer, since it learns its slopes: it has a line of its own.",
    example: "model M {\n  input 4\n  dense 3 rleu\n  dense 1\n}\n",
    fix: "Changes the name to the nearest known name, or moves a layer to the next line.",
  }),
  NN203: error({
    title: "Unknown loss",
    message: unknown(partNouns.losses),
    explain: "There is no loss of that name; the completion list shows all.",
    example: trainable("  dense 1\n", "  loss msee\n"),
    fix: NEAREST,
  }),
  NN204: error({
    title: "Unknown optimizer or schedule",
    message: ({ part, ...rest }: Unknown & { part: "optimizers" | "schedules" }) => unknown(partNouns[part])(rest),
    explain: "There is no optimizer or schedule of that name; the completion list shows all.",
    example: trainable("  dense 1\n", "  loss mse\n  optimizer adm\n"),
    fix: NEAREST,
  }),
  NN205: error({
    title: "Unknown metric",
    message: unknown(partNouns.metrics),
    explain: "There is no metric of that name; the completion list shows all.",
    example: trainable("  dense 1\n", "  loss mse\n  metrics mea\n"),
    fix: NEAREST,
  }),
  NN206: error({
    title: "Unknown initializer",
    message: unknown(partNouns.initializers),
    explain: "There is no initializer of that name; the completion list shows all.",
    example: "model M {\n  input 4\n  dense 3 relu init=he_norml\n  dense 1\n}\n",
    fix: NEAREST,
  }),
  NN207: error({
    title: "Unknown argument",
    message: orWhole(({ of, name, nearest, known, taken, surplus }: Unknown & { of: string; taken?: string; surplus?: Surplus }) =>
      taken !== undefined
        ? `\`${of}\` has \`${taken}\` already; remove \`${name}\`.`
        : known?.length === 0
          ? `\`${of}\` takes no arguments; remove \`${name}\`.`
          : surplus
            ? surplusText(of, name, surplus, known ?? [])
            : `\`${of}\` has no argument \`${name}\`; ${meant(nearest, `it has ${known?.join(", ")}.`)}`,
    ),
    explain: "Each layer, activation, loss and optimizer has its own arguments. Hover over its name to see them.",
    example: "model M {\n  input 4\n  dense 3 relu freez=true\n  dense 1\n}\n",
    fix: NEAREST,
  }),
  NN208: error({
    title: "Unknown directive",
    message: orWhole(({ block, ...rest }: Unknown & { block: keyof typeof directives }) =>
      unknown("directive", ` in ${withArticle(`\`${block}\` block`)}`)(rest),
    ),
    explain: "This directive does not belong in this block. Each block has its own; the completion list shows them.",
    example: trainable("  dense 1\n", "  loss mse\n  epoch 3\n"),
    fix: NEAREST,
  }),
  NN209: error({
    title: "Undeclared name",
    message: ({
      what,
      name,
      nearest,
      add,
    }: Unknown & { what: Noun /** The repair, if the name can be declared unchanged. */; add?: string }) =>
      `No ${nouns[what]} is named \`${name}\`; ${meant(nearest, add === undefined ? "declare it, or correct the name." : `${add}.`)}`,
    explain: "Labels, models, data and `let` names must be declared in the same file.",
    example: "model M {\n  input 4\n  hidden: dense 3 relu\n  dense 1 from hiden\n}\n",
    fix: NEAREST,
  }),
  NN210: error({
    title: "Name declared twice",
    message: ({ what, name }: { what: Noun; name: string }) =>
      `There is already ${withArticle(nouns[what])} named \`${name}\`; ${REPEATED.includes(what) ? "remove one of the two" : "give this one another name"}.`,
    explain: "A name stands for one thing; otherwise it would be unclear which one is meant.",
    example: "model M {\n  input 4\n  h: dense 3 relu\n  h: dense 2 relu\n  dense 1\n}\n",
  }),
  NN211: error({
    title: "Unknown column",
    message: ({ data, name, nearest, known, isRowOfValues }: Unknown & { data: string; isRowOfValues: boolean }) =>
      isRowOfValues
        ? `${data} has no column \`${name}\`: the file's first row is ${listed(known ?? [])}; if it holds values, write \`header=false\` in csv(...) and call the columns column_1, column_2 and so on.`
        : `${data} has no column \`${name}\`; ${meant(nearest, `it has ${listed(known ?? [])}.`)}`,
    explain: "The header of a data file names its columns. For a table in the `.nn` file itself, `features` and `target` name them.",
    example: IRIS.replace("species", "specie"),
    fix: NEAREST,
  }),
  NN212: error({
    title: "Missing argument",
    message: ({ of, name, example }: { of: string; name: string; example: string }) =>
      `\`${of}\` needs ${name}; write it as in \`${example}\`.`,
    explain: "This argument is required; no default would suit most networks.",
    example: "model M {\n  input 4\n  dense relu\n  dense 1\n}\n",
  }),
  NN213: error({
    title: "Argument of the wrong kind or out of range",
    message: (parts: WholeMessage) => wholeMessage(parts),
    explain: "The value has the wrong type or is outside the allowed range.",
    example: "model M {\n  input 4\n  dense 8 relu\n  dropout 1.5\n  dense 1\n}\n",
  }),
  NN214: error({
    title: "A layer that uses itself or a later one",
    message: ({ name, later }: { name: string; later: string }) =>
      `\`${later}\` ${name === later ? "is this layer itself" : "comes after this layer"}; use a layer above this one, since signals flow down the file.`,
    explain: "The forward pass runs down the file, so a layer can use only layers above it.",
    example: "model M {\n  input 4\n  a: dense 3 relu from b\n  b: dense 2 relu\n  add from a, b\n}\n".replace(
      "  add from a, b\n",
      "  dense 1\n",
    ),
  }),
  NN215: warning({
    title: "A layer that nothing uses",
    message: ({ layer, outputs }: { layer: string; outputs: string }) =>
      `Nothing uses \`${layer}\`, so it has no effect and learns nothing; name it after a \`from\`, name it on an \`output\` line (now: ${outputs}), or remove it.`,
    explain: "A layer has an effect only if a path leads from it to an output. Without an `output` line, the last layer is the output.",
    example: "model M {\n  x: input 4\n  forgotten: dense 8 relu\n  dense 1 from x\n}\n",
    fix: "Removes the line.",
  }),
  NN216: error({
    title: "Unknown data source",
    message: unknown(partNouns.sources),
    explain: "`source` takes a file (`csv`, `idx`) or a generator (`xor`, `moons` and others).",
    example: "data D {\n  source moon(samples=100)\n}\n",
    fix: NEAREST,
  }),
  NN217: error({
    title: "Text column among the features",
    message: ({ columns, example, repair }: { columns: readonly string[]; example: string; repair: string }) =>
      columns.length === 1
        ? `Column \`${columns[0]}\` holds text (such as "${example}"), but a network takes numbers; add \`${repair}\` or leave the column out with \`ignore ${writtenName(columns[0] ?? "")}\`.`
        : `${columns.length} columns hold text (${listed(columns)}; such as "${example}"), but a network takes numbers; add \`${repair}\` or leave them out with \`ignore\`.`,
    explain: "A network computes with numbers. `one_hot` turns a text column into one input per word: 1 if the row has the word, 0 if not.",
    example:
      'model M {\n  input a, colour\n  dense 1\n}\n\ndata D {\n  features a, colour\n  target y\n  0 "red" -> 1\n  1 "blue" -> 2\n}\n\ntrain M on D {\n  loss mse\n}\n',
    fix: "Adds `one_hot` with the names of the columns.",
  }),
  NN218: error({
    title: "The target among the features",
    message: ({ column }: { column: string }) =>
      `\`${column}\` is the target, so it can't be a feature as well: the network would only copy it; remove it here, or name another target.`,
    explain:
      "A network that gets the answer as an input learns nothing else. When it is used, the answer is not known, so it can predict nothing.",
    example: IRIS.replace("  target", "  features sepal_length, species\n  target"),
    fix: "Removes the column from the features.",
  }),
  NN219: error({
    title: "Classes that the target does not have, or that `classes` leaves out",
    message: (
      parts:
        | { readonly name: string; readonly repeated: true }
        | { readonly column: string; readonly missing: readonly string[]; readonly place: string | undefined }
        | { readonly largest: number; readonly count: number }
        | ({ readonly unknown: true; readonly data: string } & Unknown),
    ) => {
      if ("unknown" in parts) return unknown("class", ` among the targets of ${parts.data}`)(parts);
      if ("repeated" in parts) return `\`classes\` names \`${parts.name.slice(0, 60)}\` twice; remove one of the two.`;
      if ("largest" in parts)
        return `\`classes\` names ${parts.count}, but the labels go up to ${parts.largest}; name ${parts.largest + 1} classes, from label 0.`;
      const values = listed(parts.missing.map((name) => `\`${name.slice(0, 60)}\``));
      return `\`classes\` leaves out ${values} of the target \`${parts.column}\`${parts.place === undefined ? "" : ` (${parts.place})`}; add ${parts.missing.length === 1 ? "it" : "them"}.`;
    },
    explain:
      "Each value of the target is one of the classes, in the order of this line. `classes` may name a class that the data do not have, but `class_weight` may not. Numbers are compared by their value: `1.0` names the class 1.",
    example:
      'model M {\n  input 4\n  dense 8 relu\n  dense 3 softmax\n}\n\ndata D {\n  source csv("iris.csv")\n  target species\n  classes setosa, virginica\n}\n\ntrain M on D {\n  loss sparse_categorical_crossentropy\n}\n',
    fix: "Adds the missing classes, removes the repeated one, or changes the name to the nearest class.",
  }),
} as const;
