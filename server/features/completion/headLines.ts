/** Completion outside all blocks: the blocks themselves, the names in the opening lines of `train` and `expect`, the values of `let`. */
import type { CompletionItem } from "vscode-languageserver";
import { shapeText } from "../../../engine/catalog/shapes.ts";
import type { Analysis } from "../../language/analysis.ts";
import { featureShape } from "../../language/resolve/features.ts";
import type { Context } from "./context.ts";
import { KIND, plain, snippet } from "./items.ts";
import { callItems, isNumber, letItems } from "./values.ts";

/** The basis of a template: the file's data, or otherwise a template for new data. */
interface Beginning {
  /** The lines with the input. */
  readonly input: string;
  readonly classes: number;
  readonly data: string;
  /** Returns the data block ending in these lines; nothing if the file already has data. */
  readonly block: (lines: string) => string;
}

const NEW_DATA: Beginning = {
  input: "input ${2:4}",
  classes: 3,
  data: "${6:Data}",
  block: (lines) => `data \${6:Data} {\n  source csv("\${7:file.csv}")\n  target \${8:column}\n  scale  standard\n${lines}}\n\n`,
};

/** Returns the basis for the file's last data. */
function beginningOf({ data }: Analysis): Beginning {
  const last = data.at(-1);
  if (!last?.name) return NEW_DATA;
  const shape = featureShape({ layers: [] }, last);
  const target = last.column(last.target[0] ?? "");
  const classes = last.classes?.length ?? (last.images ? (last.images.largestLabel ?? 0) + 1 : target?.counts.size);
  return {
    input: shape ? `input \${2:${shapeText(shape)}}${shape.length > 1 ? "\n  flatten" : ""}` : NEW_DATA.input,
    classes: classes || NEW_DATA.classes,
    data: last.name,
    block: () => "",
  };
}

const classifier = ({ input, classes, data, block }: Beginning): string =>
  `model \${1:Classifier} {\n  ${input}\n  dense \${3:16} \${4:relu}\n  dense \${5:${classes}} softmax\n}\n\n` +
  block("  split  validation=0.2\n") +
  `train \${1:Classifier} on ${data} {\n  loss      sparse_categorical_crossentropy\n  optimizer adam\n  metrics   accuracy\n  epochs    \${9:50}\n}\n$0`;
const regression = ({ input, data, block }: Beginning): string =>
  `model \${1:Regression} {\n  ${input}\n  dense \${3:30} \${4:relu}\n  dense \${5:1}\n}\n\n` +
  block("  scale_target standard\n  split  validation=0.2\n") +
  `train \${1:Regression} on ${data} {\n  loss      mse\n  optimizer adam\n  metrics   mae\n  epochs    \${9:50}\n}\n$0`;

export function headItems(context: Context): CompletionItem[] {
  const { place, analysis } = context;
  const [first, second] = place.words;
  if (first === undefined) return blockItems(context);
  if (first === "let" && place.call) return callItems(context, []);
  if (first === "let") return second !== undefined && place.words.length > 2 ? letValueItems(context) : [];
  if (first !== "train" && first !== "expect") return [];
  const last = place.words.at(-1);
  const on = plain("on", KIND.Keyword, "followed by the data");
  if (last === "on") return analysis.data.filter(({ name }) => name !== "").map(({ name }) => plain(name, KIND.Module, "data"));
  if (place.words.includes("on")) return [];
  return second === undefined
    ? [...analysis.models.filter(({ name }) => name !== "").map(({ name }) => plain(name, KIND.Class, "model")), on]
    : [on];
}

/** A label can only be followed by a training. */
function blockItems({ place, analysis }: Context): CompletionItem[] {
  const model = analysis.models.at(-1)?.name || "Model";
  const data = analysis.data.at(-1)?.name || "Data";
  const beginning = beginningOf(analysis);
  const whole = beginning === NEW_DATA ? "A complete file" : `The rest of the file for ${beginning.data}`;
  const parts = beginning === NEW_DATA ? "model, data and training" : "model and training";
  const train = snippet(
    "train",
    "A training of a model on data.",
    `train \${1:${model}} on \${2:${data}} {\n  loss      \${3:mse}\n  optimizer \${4:adam}\n  epochs    \${5:10}\n}`,
  );
  if (place.hasLabel) return [train];
  return [
    snippet(
      "model",
      "A network: its layers, from input to output.",
      `model \${1:Name} {\n  ${beginning.input}\n  dense \${3:16} relu\n  dense \${4:${beginning.classes}} softmax\n}`,
    ),
    snippet(
      "data",
      "Rows from a file.",
      'data ${1:Name} {\n  source csv("${2:file.csv}")\n  target ${3:column}\n  scale  standard\n  split  validation=0.2\n}',
    ),
    train,
    snippet(
      "expect",
      "What the trained model is expected to do.",
      `expect \${1:${model}} on \${2:${data}} {\n  \${3:accuracy} >= \${4:0.9}\n}`,
    ),
    snippet("let", "A named value.", "let ${1:name} = ${2:1}"),
    snippet("classifier", `${whole}, to classify: ${parts}.`, classifier(beginning)),
    snippet("regression", `${whole}, to predict numbers: ${parts}.`, regression(beginning)),
  ];
}

const OPERATORS: ReadonlySet<string> = new Set(["=", "+", "-", "*", "/", "("]);

function letValueItems(context: Context): CompletionItem[] {
  const { words } = context.place;
  if (!OPERATORS.has(words.at(-1) ?? "")) return [];
  const isWhole = words.length === 3;
  return letItems(context, (value) => isWhole || isNumber(value));
}
