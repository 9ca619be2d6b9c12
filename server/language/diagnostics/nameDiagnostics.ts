/** NN2xx: names, arguments and values. */
import { type directives, partNouns } from "../../../engine/catalog/index.ts";
import { error, IRIS, listed, meant, type Said, said, trainable, type Unknown, unknown, warning } from "./define.ts";
import { type Noun, nouns, withArticle } from "./nouns.ts";

/** Nouns of what a file uses rather than declares: another name would not mend the repetition. */
const REPEATED: readonly Noun[] = ["argument", "line", "output"];

const NEAREST = "Changes it to the nearest name.";

export const names = {
  NN201: error({
    title: "Unknown layer",
    message: unknown(partNouns.layers),
    explain: "A layer's name must be one of the language's. Names are those of Keras.",
    example: "model M {\n  input 4\n  dens 3 relu\n  dense 1\n}\n",
    fix: NEAREST,
  }),
  NN202: error({
    title: "Unknown activation",
    message: unknown(partNouns.activations),
    explain: "An activation's name must be one of the language's.",
    example: "model M {\n  input 4\n  dense 3 rleu\n  dense 1\n}\n",
    fix: NEAREST,
  }),
  NN203: error({
    title: "Unknown loss",
    message: unknown(partNouns.losses),
    explain: "A loss's name must be one of the language's.",
    example: trainable("  dense 1\n", "  loss msee\n"),
    fix: NEAREST,
  }),
  NN204: error({
    title: "Unknown optimizer or schedule",
    message: ({ part, ...rest }: Unknown & { part: "optimizers" | "schedules" }) => unknown(partNouns[part])(rest),
    explain: "An optimizer's or schedule's name must be one of the language's.",
    example: trainable("  dense 1\n", "  loss mse\n  optimizer adm\n"),
    fix: NEAREST,
  }),
  NN205: error({
    title: "Unknown metric",
    message: unknown(partNouns.metrics),
    explain: "A metric's name must be one of the language's.",
    example: trainable("  dense 1\n", "  loss mse\n  metrics mea\n"),
    fix: NEAREST,
  }),
  NN206: error({
    title: "Unknown initializer",
    message: unknown(partNouns.initializers),
    explain: "An initializer's name must be one of the language's.",
    example: "model M {\n  input 4\n  dense 3 relu init=he_norml\n  dense 1\n}\n",
    fix: NEAREST,
  }),
  NN207: error({
    title: "Unknown argument",
    message: ({ of, name, nearest, known }: Unknown & { of: string }) =>
      known?.length === 0
        ? `\`${of}\` takes no arguments; remove \`${name}\`.`
        : `\`${of}\` has no argument \`${name}\`; ${meant(nearest, `it has ${known?.join(", ")}.`)}`,
    explain: "Each layer, activation, loss and optimizer has its own arguments; the hover lists them.",
    example: "model M {\n  input 4\n  dense 3 relu unit=2\n  dense 1\n}\n",
    fix: NEAREST,
  }),
  NN208: error({
    title: "Unknown directive",
    message: ({ block, ...rest }: Unknown & { block: keyof typeof directives }) =>
      unknown("directive", ` in ${withArticle(`\`${block}\` block`)}`)(rest),
    explain: "Each block has its own directives.",
    example: trainable("  dense 1\n", "  loss mse\n  epoch 3\n"),
    fix: NEAREST,
  }),
  NN209: error({
    title: "A name that nothing declares",
    message: ({ what, name, nearest }: Unknown & { what: Noun }) =>
      `No ${nouns[what]} is named \`${name}\`; ${meant(nearest, "declare it, or correct the name.")}`,
    explain: "Labels, models, data and `let` names must be declared in the same file.",
    example: "model M {\n  input 4\n  hidden: dense 3 relu\n  dense 1 from hiden\n}\n",
    fix: NEAREST,
  }),
  NN210: error({
    title: "A name declared twice",
    message: ({ what, name }: { what: Noun; name: string }) =>
      `There is already ${withArticle(nouns[what])} named \`${name}\`; ${REPEATED.includes(what) ? "remove one of the two" : "give this one another name"}.`,
    explain: "A name stands for one thing; which of two was meant could not be told.",
    example: "model M {\n  input 4\n  h: dense 3 relu\n  h: dense 2 relu\n  dense 1\n}\n",
  }),
  NN211: error({
    title: "Unknown column",
    message: ({ data, name, nearest, known }: Unknown & { data: string }) =>
      `${data} has no column \`${name}\`; ${meant(nearest, `it has ${listed(known ?? [])}.`)}`,
    explain: "Columns are named by the file's header, or by `features` and `target` for a table in the file itself.",
    example: IRIS.replace("species", "specie"),
    fix: NEAREST,
  }),
  NN212: error({
    title: "Missing argument",
    message: ({ of, name, example }: { of: string; name: string; example: string }) =>
      `\`${of}\` needs ${name}; write it as in \`${example}\`.`,
    explain: "This argument has no default, because no value would be right for most networks.",
    example: "model M {\n  input 4\n  dense relu\n  dense 1\n}\n",
  }),
  NN213: error({
    title: "Argument of the wrong kind or out of range",
    message: (parts: Said) => said(parts),
    explain: "The value cannot be what the argument means.",
    example: "model M {\n  input 4\n  dense 8 relu\n  dropout 1.5\n  dense 1\n}\n",
  }),
  NN214: error({
    title: "A layer that uses itself or a later one",
    message: ({ name, later }: { name: string; later: string }) =>
      `\`${later}\` ${name === later ? "is this layer itself" : "stands after this layer"}; a layer can only use layers above it, since signals flow down the file.`,
    explain: "A network is computed from top to bottom: a layer's inputs must be known before it.",
    example: "model M {\n  input 4\n  a: dense 3 relu from b\n  b: dense 2 relu\n  add from a, b\n}\n".replace(
      "  add from a, b\n",
      "  dense 1\n",
    ),
  }),
  NN215: warning({
    title: "A layer that nothing uses",
    message: ({ layer, outputs }: { layer: string; outputs: string }) =>
      `Nothing uses \`${layer}\`, so it neither learns nor counts; take it into a \`from\`, name it as an output (${outputs} is), or remove it.`,
    explain: "A layer counts only when a path leads from it to an output. Without an `output` line, the output is the last layer.",
    example: "model M {\n  x: input 4\n  forgotten: dense 8 relu\n  dense 1 from x\n}\n",
    fix: "Removes the line.",
  }),
  NN216: error({
    title: "Unknown data source",
    message: unknown(partNouns.sources),
    explain: "A source is a file format or a generator of the language.",
    example: "data D {\n  source moon(samples=100)\n}\n",
    fix: NEAREST,
  }),
  NN217: error({
    title: "A text column among the features",
    message: ({ column, example }: { column: string; example: string }) =>
      `Column \`${column}\` holds text (such as "${example}"), and a network takes numbers; write \`one_hot ${column}\` or leave it out of \`features\`.`,
    explain: "One-hot encoding gives each word an input of its own.",
    example:
      'model M {\n  input a, colour\n  dense 1\n}\n\ndata D {\n  features a, colour\n  target y\n  0 "red" -> 1\n  1 "blue" -> 2\n}\n\ntrain M on D {\n  loss mse\n}\n',
    fix: "Adds `one_hot` with the column.",
  }),
} as const;
