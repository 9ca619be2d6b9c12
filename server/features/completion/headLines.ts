/** Completion outside all blocks: the blocks themselves, the names in the opening lines of `train` and `expect`, the values of `let`. */
import type { CompletionItem } from "vscode-languageserver";
import type { Context } from "./context.ts";
import { KIND, plain, snippet } from "./items.ts";
import { callItems, isNumber, letItems } from "./values.ts";

const DATA_FORM = 'data ${6:Data} {\n  source csv("${7:file.csv}")\n  target ${8:column}\n  scale  standard\n';
const CLASSIFIER =
  "model ${1:Classifier} {\n  input ${2:4}\n  dense ${3:16} ${4:relu}\n  dense ${5:3} softmax\n}\n\n" +
  `${DATA_FORM}  split  validation=0.2\n}\n\n` +
  "train ${1:Classifier} on ${6:Data} {\n  loss      sparse_categorical_crossentropy\n  optimizer adam\n  metrics   accuracy\n  epochs    ${9:50}\n}\n$0";
const REGRESSION =
  "model ${1:Regression} {\n  input ${2:8}\n  dense ${3:30} ${4:relu}\n  dense ${5:1}\n}\n\n" +
  `${DATA_FORM}  scale_target standard\n  split  validation=0.2\n}\n\n` +
  "train ${1:Regression} on ${6:Data} {\n  loss      mse\n  optimizer adam\n  metrics   mae\n  epochs    ${9:50}\n}\n$0";

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

/** After a label there can only be a training. */
function blockItems({ place, analysis }: Context): CompletionItem[] {
  const model = analysis.models.at(-1)?.name || "Model";
  const data = analysis.data.at(-1)?.name || "Data";
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
      "model ${1:Name} {\n  input ${2:4}\n  dense ${3:16} relu\n  dense ${4:3} softmax\n}",
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
    snippet("classifier", "A complete file for classification: model, data and training.", CLASSIFIER),
    snippet("regression", "A complete file for regression: model, data and training.", REGRESSION),
  ];
}

const OPERATORS: ReadonlySet<string> = new Set(["=", "+", "-", "*", "/", "("]);

function letValueItems(context: Context): CompletionItem[] {
  const { words } = context.place;
  if (!OPERATORS.has(words.at(-1) ?? "")) return [];
  const isWhole = words.length === 3;
  return letItems(context, (value) => isWhole || isNumber(value));
}
