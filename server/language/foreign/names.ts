/**
 * Other libraries' names on a line with a foreign form. On other lines the checker itself suggests the right name. Here the repair must be
 * complete, so that its fix leaves nothing to correct.
 */
import { aliases } from "../../../engine/catalog/aliases.ts";
import { needlessArguments } from "../../../engine/catalog/foreign.ts";
import { catalog, entryOf, isName } from "../../../engine/catalog/index.ts";
import { Arrow, NumberToken } from "../syntax/tokens.ts";
import { closingAt, imageAt, isNameLike, type Line, type Recogniser, replaced, textOf, wordAt } from "./line.ts";
import { argumentsOf, isLayerWord, meantDirective, meantEntry, meantLayer, partOf } from "./words.ts";

/** The owner of a line's arguments: the part of the catalog, the entry, and the index of its word. */
interface Owner {
  readonly part: keyof typeof catalog;
  readonly entry: string;
  readonly at: number;
}

function ownerOf(line: Line): Owner | undefined {
  if (line.isTop || line.block === undefined) return undefined;
  if (line.block === "model") {
    const at = wordAt(line);
    const entry = meantLayer(imageAt(line, at));
    return entry === undefined ? undefined : { part: isName(catalog.layers, entry) ? "layers" : "activations", entry, at };
  }
  const part = partOf(line.block, imageAt(line, 0));
  const entry = part && meantEntry(part, imageAt(line, 1));
  return part && entry !== undefined ? { part, entry, at: 1 } : undefined;
}

/** Returns the index of the last token of an argument's value. */
function valueEnd(line: Line, from: number): number {
  const open = /^[([]$/.test(imageAt(line, from)) ? from : imageAt(line, from + 1) === "(" ? from + 1 : -1;
  const close = open < 0 ? from : closingAt(line, open);
  return close < 0 ? from : close;
}

/** Returns the line without the argument between two tokens and its comma. */
function without(line: Line, from: number, to: number): string {
  if (imageAt(line, from - 1) === ",") return replaced(line, from - 1, to, "");
  if (imageAt(line, to + 1) === ",") return replaced(line, from, to + 1, "").replace(/\( +/, "(");
  return replaced(line, from, to, "").replace(/ {2,}/g, " ");
}

/** `kernel_regularizer=l2(0.01)` is `l2=0.01`. */
const regularizer: Recogniser = (line) => {
  const owner = ownerOf(line);
  if (owner?.part !== "layers") return undefined;
  const at = line.tokens.findIndex(({ image }, k) => /^(?:kernel_)?regularizer$/.test(image) && imageAt(line, k + 1) === "=");
  if (at < 0) return undefined;
  const end = valueEnd(line, at + 2);
  const kind = /l[12]/i.exec(textOf(line, at + 2, end))?.[0]?.toLowerCase();
  if (kind === undefined || !argumentsOf(owner.part, owner.entry).includes(kind)) return undefined;
  // Keras' default penalty is 0.01.
  const size = line.tokens.slice(at, end + 1).find(({ tokenType }) => tokenType === NumberToken)?.image ?? "0.01";
  return { text: replaced(line, at, end, `${kind}=${size}`), says: `A penalty on the kernel is \`${kind}=\``, code: "NN207" };
};

/** `name="hidden"` is the label `hidden:`. */
const nameArgument: Recogniser = (line) => {
  const owner = ownerOf(line);
  const at =
    line.block === "model" && owner
      ? line.tokens.findIndex(({ image }, k) => image === "name" && k > 0 && imageAt(line, k + 1) === "=")
      : -1;
  if (!owner || at < 0) return undefined;
  const label = imageAt(line, at + 2)
    .replaceAll('"', "")
    .replace(/[^\p{L}\d_]/gu, "_");
  if (!/^[\p{L}_]/u.test(label)) return undefined;
  return {
    text: (owner.at === 0 ? `${label}: ` : "") + without(line, at, at + 2),
    says: "A layer's name stands before it, as a label",
    code: "NN207",
  };
};

/** `dim=1`, `inplace=True`, `input_shape=(4,)`, `activation=None`. */
const needless: Recogniser = (line) => {
  const owner = ownerOf(line);
  if (!owner || owner.entry === "input" || (owner.part !== "layers" && owner.part !== "activations" && owner.part !== "losses"))
    return undefined;
  const known = argumentsOf(owner.part, owner.entry);
  const at = line.tokens.findIndex(
    ({ image }, k) =>
      k > owner.at &&
      imageAt(line, k + 1) === "=" &&
      ((needlessArguments.has(image) && !known.includes(image)) || imageAt(line, k + 2) === "None"),
  );
  return at < 0
    ? undefined
    : { text: without(line, at, valueEnd(line, at + 2)), says: `\`${imageAt(line, at)}\` is not needed here`, code: "NN207" };
};

/** `BatchNorm1d(16)`: the number of features is already known here. */
const featureCount: Recogniser = (line) => {
  const owner = line.isForeign ? ownerOf(line) : undefined;
  if (!owner || (owner.entry !== "batch_norm" && owner.entry !== "layer_norm")) return undefined;
  const at = owner.at + 2;
  return imageAt(line, at - 1) === "(" && /^\d+$/.test(imageAt(line, at))
    ? { text: without(line, at, at), says: "The number of features is not needed here", code: "NN207" }
    : undefined;
};

/** The first word of a line, and the entry after a directive. */
const word: Recogniser = (line) => {
  if (line.isTop || line.block === undefined || (!line.isForeign && line.block === "model")) return undefined;
  const at = line.block === "model" ? wordAt(line) : 0;
  const written = imageAt(line, at);
  const isValue = imageAt(line, at + 1) === "=" || !isNameLike(line.tokens[at]);
  const meant = isValue
    ? undefined
    : line.block === "model"
      ? isLayerWord(written)
        ? written
        : meantLayer(written)
      : meantDirective(line.block, written);
  // A row may start with a word.
  if (line.tokens.some(({ tokenType }) => tokenType === Arrow)) return undefined;
  if (meant !== undefined && meant !== written && !line.isForeign)
    return {
      text: replaced(line, at, at, meant),
      says: `There is no directive \`${written}\` in a \`${line.block}\` block`,
      code: "NN208",
      asks: meant,
    };
  if (meant !== undefined && meant !== written) return { text: replaced(line, at, at, meant), says: `\`${written}\` is \`${meant}\` here` };
  const part = line.block === "model" || !line.isForeign ? undefined : partOf(line.block, written);
  for (let k = at + 1; part && k < line.tokens.length; k++) {
    const isItem = imageAt(line, k + 1) !== "=" && isNameLike(line.tokens[k]) && !inParentheses(line, k);
    const entry = isItem ? meantEntry(part, imageAt(line, k)) : undefined;
    if (entry !== undefined && entry !== imageAt(line, k))
      return { text: replaced(line, k, k, entry), says: `\`${imageAt(line, k)}\` is \`${entry}\` here` };
  }
  return undefined;
};

function inParentheses({ tokens }: Line, at: number): boolean {
  let depth = 0;
  for (let k = 0; k < at; k++) depth += tokens[k]?.image === "(" ? 1 : tokens[k]?.image === ")" ? -1 : 0;
  return depth > 0;
}

/** The names of arguments, and words used as values. */
const argument: Recogniser = (line) => {
  const owner = line.isForeign ? ownerOf(line) : undefined;
  if (!owner) return undefined;
  const known = argumentsOf(owner.part, owner.entry);
  for (let k = owner.at + 1; k < line.tokens.length; k++) {
    const image = imageAt(line, k);
    if (!isNameLike(line.tokens[k])) continue;
    if (imageAt(line, k + 1) === "=") {
      const own = entryOf({ out_features: "units", activation_fn: "activation" }, image) ?? entryOf(aliases, image.toLowerCase());
      if (!known.includes(image) && own !== undefined && known.includes(own))
        return { text: replaced(line, k, k, own), says: `\`${image}\` is \`${own}\` here`, code: "NN207" };
      continue;
    }
    if (line.block !== "model" || imageAt(line, k - 1) === "from" || owner.entry === "input" || owner.entry === "neuron" || inFrom(line, k))
      continue;
    const part = /^(?:init|kernel_initializer)$/.test(imageAt(line, k - 2)) ? "initializers" : "activations";
    const entry = meantEntry(part, image);
    if (entry !== undefined && entry !== image) return { text: replaced(line, k, k, entry), says: `\`${image}\` is \`${entry}\` here` };
  }
  return undefined;
};

const inFrom = ({ tokens }: Line, at: number): boolean => tokens.slice(0, at).some(({ image }) => image === "from");

/** `dense(32, activation=relu)` becomes `dense 32 relu`, and `relu()` becomes `relu`. */
const shortForm: Recogniser = (line) => {
  const owner = line.isForeign && line.block === "model" ? ownerOf(line) : undefined;
  if (!owner || (owner.part === "activations" && imageAt(line, owner.at + 1) !== "(")) return undefined;
  const open = owner.at + 1;
  if (imageAt(line, open) !== "(") return undefined;
  const close = closingAt(line, open);
  if (close < 0) return undefined;
  const items: string[] = [];
  for (let k = open + 1; k < close; k++) {
    if (imageAt(line, k) === ",") continue;
    const isNamed = imageAt(line, k + 1) === "=";
    const end = valueEnd(line, isNamed ? k + 2 : k);
    const value = textOf(line, isNamed ? k + 2 : k, end);
    const isPlain =
      isNamed && (imageAt(line, k) === "units" ? items.length === 0 : imageAt(line, k) === "activation" && items.length === 1);
    items.push(isNamed && !isPlain ? `${imageAt(line, k)}=${value}` : value);
    k = end;
  }
  const head = textOf(line, 0, owner.at);
  const tail = textOf(line, close + 1);
  return { text: [head, ...items, tail].filter((part) => part !== "").join(" "), says: "A layer's arguments follow its name" };
};

export const namesOf: readonly Recogniser[] = [regularizer, nameArgument, needless, featureCount, word, argument, shortForm];
