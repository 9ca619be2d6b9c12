/** Lines of a model in the form of Keras or PyTorch. */

import { modules } from "../../../engine/catalog/foreign.ts";
import { catalog, isName } from "../../../engine/catalog/index.ts";
import { isJoiningWord } from "../../../engine/catalog/layers.ts";
import { Arrow, From, Name, NumberToken, Shape, Text } from "../syntax/tokens.ts";
import { closingAt, imageAt, isNameLike, type Line, type Recogniser, replaced, textOf, touchesNext, typeAt, wordAt } from "./line.ts";
import { argumentsOf, isDirective, isEntry, isLayerWord, meantEntry, meantLayer } from "./words.ts";

const inModel = (line: Line): boolean => line.block === "model" && !line.isTop;

/** `nn.Linear`, `tf.keras.layers.Dense`, `self.hidden`: in any block. */
const module: Recogniser = (line) => {
  for (let k = 0; k + 2 < line.tokens.length; k++) {
    if (imageAt(line, k + 1) !== "." || !isNameLike(line.tokens[k + 2]) || !modules.has(imageAt(line, k))) continue;
    const whole = `${imageAt(line, k)}.${imageAt(line, k + 2)}`;
    return { text: replaced(line, k, k + 1, ""), says: `Names such as \`${whole}\` have no module before them here` };
  }
  return undefined;
};

/** `model.add(Dense(3))`. */
const added: Recogniser = (line) => {
  if (!inModel(line) || imageAt(line, 1) !== "." || imageAt(line, 2) !== "add" || imageAt(line, 3) !== "(") return undefined;
  const close = closingAt(line, 3);
  return close === line.tokens.length - 1 ? { text: textOf(line, 4, close - 1), says: "A layer is a line of its own" } : undefined;
};

/** `h = dense 3` and `dense = 3`, `dense: 3`, `output = y`. */
const assigned: Recogniser = (line) => {
  if (!inModel(line) || !isNameLike(line.tokens[0])) return undefined;
  const sign = imageAt(line, 1);
  const word = imageAt(line, 0);
  if ((sign !== "=" && sign !== ":") || line.tokens.length < 3) return undefined;
  const isValue =
    !isNameLike(line.tokens[2]) || (word === "output" && !isNameLike(line.tokens[3]) && meantLayer(imageAt(line, 2)) === undefined);
  const isOwnWord = word === "repeat" || word === "output" || meantLayer(word) !== undefined;
  if (isOwnWord && isValue) return { text: replaced(line, 1, 1, " ").replace(/\s+/, " "), says: `\`${word}\` has no \`${sign}\` after it` };
  return sign === "=" && isNameLike(line.tokens[2])
    ? { text: `${word}: ${textOf(line, 2)}`, says: "A layer's label ends with `:`" }
    : undefined;
};

/** `dense 3 relu -> out`. */
const arrow: Recogniser = (line) => {
  const last = line.tokens.length - 1;
  if (!inModel(line) || last < 2 || typeAt(line, last - 1) !== Arrow || !isNameLike(line.tokens[last])) return undefined;
  const target = meantEntry("activations", imageAt(line, last));
  if (target !== undefined) return { text: replaced(line, last - 1, last, target), says: "An activation stands after its layer's units" };
  const label = wordAt(line) === 0 ? `${imageAt(line, last)}: ` : "";
  return { text: label + textOf(line, 0, last - 2), says: "A layer's name stands before it" };
};

/** `Dense(3)(h)`. */
const called: Recogniser = (line) => {
  const open = wordAt(line) + 1;
  const close = inModel(line) && imageAt(line, open) === "(" ? closingAt(line, open) : -1;
  if (close < 0 || imageAt(line, close + 1) !== "(" || closingAt(line, close + 1) !== line.tokens.length - 1) return undefined;
  const inputs = line.tokens.slice(close + 2, -1).filter(isNameLike);
  if (inputs.length === 0) return undefined;
  if (inputs.length === 1 && inputs[0]?.image === line.before) {
    // `x = Dense(3)(x)` passes the name on to the next layer.
    const isTaken = open > 1 && line.before === imageAt(line, 0) && !line.isReused;
    return { text: textOf(line, isTaken ? open - 1 : 0, close), says: "A layer takes the output of the line before it" };
  }
  return {
    text: `${textOf(line, 0, close)} from ${inputs.map(({ image }) => image).join(", ")}`,
    says: "A layer's inputs stand after `from`",
  };
};

/** `concat a, b`, `concat([a, b])` and `concat [a, b]`. */
const joined: Recogniser = (line) => {
  const at = wordAt(line);
  const word = meantLayer(imageAt(line, at)) ?? "";
  if (!inModel(line) || !isJoiningWord(word) || line.tokens.some(({ tokenType, image }) => tokenType === From || image === "="))
    return undefined;
  const rest = line.tokens.slice(at + 1);
  const isList = rest.every((token) => isNameLike(token) || /^[,()[\]+*&]$/.test(token.image));
  const inputs = rest.filter(isNameLike);
  const isCall = imageAt(line, at + 1) === "(" && !rest.some(({ image }) => image === "[") && word === imageAt(line, at);
  if (!isList || isCall || inputs.length < 2) return undefined;
  return {
    text: replaced(line, at, line.tokens.length - 1, `${word} from ${inputs.map(({ image }) => image).join(", ")}`),
    says: `The inputs of \`${word}\` stand after \`from\``,
  };
};

/** `input (28, 28)`, `input(shape=(4,))`, `input 28, 28`. */
const inputShape: Recogniser = (line) => {
  const at = wordAt(line);
  const word =
    meantLayer(imageAt(line, at)) ?? (/^(?:input|inputlayer|input_layer|input_shape|input_dim)$/i.test(imageAt(line, at)) ? "input" : "");
  if (!inModel(line) || (word !== "input" && word !== "reshape")) return undefined;
  const rest = line.tokens.slice(at + 1);
  const axes = rest.filter(({ tokenType }) => tokenType === NumberToken || tokenType === Shape);
  const isShape = rest.every(
    (token) => axes.includes(token) || /^(?:[,()[\]=]|shape|input_shape|input_dim|batch_shape|target_shape|None|size)$/.test(token.image),
  );
  const isRight =
    rest.every(({ image }) => !/^[[\]]$/.test(image) && !/^(?:input_|None|target_|batch_|size)/.test(image)) &&
    axes.length === 1 &&
    rest.filter(({ image }) => image === "(").length <= 1 &&
    !rest.some(({ image }) => image === ",") &&
    word === imageAt(line, at);
  if (!isShape || isRight || axes.length === 0) return undefined;
  const text = axes.map(({ image }) => image).join("x");
  return {
    text: replaced(line, at, line.tokens.length - 1, `${word} ${text}`),
    says: axes.length > 1 ? "A shape has `x` between its sizes" : "A size stands alone",
  };
};

/** `Linear(4, 3)` and `linear 3` are `dense 3`; `softmax 10` is `dense 10 softmax`. */
const units: Recogniser = (line) => {
  const at = wordAt(line);
  const word = imageAt(line, at);
  if (!inModel(line) || !isNameLike(line.tokens[at])) return undefined;
  const isCall = imageAt(line, at + 1) === "(";
  const first = isCall ? at + 2 : at + 1;
  if (typeAt(line, first) !== NumberToken || !/^\d+$/.test(imageAt(line, first))) return undefined;
  if (/^(?:linear|fc|fully_connected|lazylinear)$/i.test(word)) {
    // PyTorch's first number is the number of inputs, which is already known here.
    const second = imageAt(line, first + 1) === "," ? first + 2 : first + 1;
    const isPair = typeAt(line, second) === NumberToken;
    const size = imageAt(line, isPair ? second : first);
    const end = isPair ? second : first;
    const after = isCall
      ? textOf(line, end + 1, closingAt(line, at + 1) - 1) + textOf(line, closingAt(line, at + 1) + 1)
      : textOf(line, end + 1);
    return {
      text: `${textOf(line, 0, at - 1)}${at > 0 ? " " : ""}dense ${size}${after
        .replace(/^,\s*/, " ")
        .replace(/^(?=\w)/, " ")
        .replace(/ +bias/, " bias")}`,
      says: `A layer such as \`${word}\` is \`dense\` with its number of units`,
      code: "NN201",
    };
  }
  const activation = meantLayer(word);
  const isUnits =
    activation !== undefined && isName(catalog.activations, activation) && argumentsOf("activations", activation).length === 0;
  const ends = isCall ? first + 2 : first + 1;
  if (isUnits && line.tokens.length === ends)
    return {
      text: replaced(line, at, ends - 1, `dense ${imageAt(line, first)} ${activation}`),
      says: `\`${activation}\` is an activation, and units are those of a \`dense\` layer`,
      code: "NN201",
    };
  return /^(?:hidden|output|fullyconnected|layer)$/i.test(word) && (at === 0 || word !== "output")
    ? { text: replaced(line, at, at, "dense"), says: `A layer with units is \`dense\``, code: "NN201" }
    : undefined;
};

/** `8 neurons tanh`. */
const countedUnits: Recogniser = (line) =>
  inModel(line) && /^\d+$/.test(imageAt(line, 0)) && /^(?:neurons|units|nodes)$/.test(imageAt(line, 1))
    ? { text: replaced(line, 0, 1, `dense ${imageAt(line, 0)}`), says: "A layer with units is `dense`", code: "NN201" }
    : undefined;

/** `Activation('relu')` and `activation relu`. */
const activationLayer: Recogniser = (line) => {
  const at = wordAt(line);
  if (!inModel(line) || !/^activation$/i.test(imageAt(line, at))) return undefined;
  const name = line.tokens.slice(at + 1).find((token) => isNameLike(token) || token.tokenType === Text);
  const meant = name && meantLayer(name.image.replaceAll('"', ""));
  return meant !== undefined && isName(catalog.activations, meant)
    ? { text: replaced(line, at, line.tokens.length - 1, meant), says: "An activation's name is a line of its own" }
    : undefined;
};

/** `hidden dense 8 relu`, and `return y`. */
const missingColon: Recogniser = (line) => {
  const word = imageAt(line, 0);
  const isOutputs = inModel(line) && /^(?:return|returns|outputs|output)$/.test(word) && /^[([]$/.test(imageAt(line, 1));
  if (isOutputs && line.tokens.slice(1).every((token) => isNameLike(token) || /^[,()[\]]$/.test(token.image)))
    return { text: `output ${namesIn(line, 1)}`, says: "The outputs stand after `output`, without brackets" };
  if (!inModel(line) || !isNameLike(line.tokens[0]) || !isNameLike(line.tokens[1]) || imageAt(line, 1) === "from") return undefined;
  if (/^(?:return|returns|outputs)$/.test(word)) return { text: replaced(line, 0, 0, "output"), says: "The outputs stand after `output`" };
  const isLabel =
    meantLayer(word) === undefined &&
    word !== "repeat" &&
    word !== "activation" &&
    isLayerWord(meantLayer(imageAt(line, 1)) ?? "") &&
    imageAt(line, 2) !== ":";
  const isOutput = word === "output" && !(typeAt(line, 2) === NumberToken);
  return isLabel && !isOutput
    ? { text: replaced(line, 0, 0, `${word}:`), says: `There is no layer \`${word}\`, and a label ends with \`:\``, code: "NN201" }
    : undefined;
};

const namesIn = ({ tokens }: Line, from: number): string =>
  tokens
    .slice(from)
    .filter(isNameLike)
    .map(({ image }) => image)
    .join(", ");

/** `from [a, b]`, `from: a`, `<- a` and `inputs=a`. */
const from: Recogniser = (line) => {
  if (!inModel(line)) return undefined;
  const at = line.tokens.findIndex(
    ({ tokenType, image }, k) =>
      k > 0 &&
      (tokenType === From || (image === "<" && imageAt(line, k + 1) === "-") || (/^inputs?$/.test(image) && imageAt(line, k + 1) === "=")),
  );
  if (at < 1) return undefined;
  const isRight = typeAt(line, at) === From && isNameLike(line.tokens[at + 1]);
  const rest = line.tokens.slice(at + (typeAt(line, at) === From ? 1 : 2));
  const isNames = rest.some(isNameLike) && rest.every((token) => isNameLike(token) || /^[,()[\]:=]$/.test(token.image));
  return isRight || !isNames
    ? undefined
    : {
        text: `${textOf(line, 0, at - 1)} from ${namesIn(line, line.tokens.length - rest.length)}`,
        says: "The names of a layer's inputs stand after `from`, without brackets",
      };
};

/** `dense 3 from h l2=0.01`. */
const argumentsLast: Recogniser = (line) => {
  const at = line.tokens.findIndex(({ tokenType }) => tokenType === From);
  if (!inModel(line) || at < 1 || imageAt(line, 1) === "(") return undefined;
  const k = line.tokens.findIndex((token, i) => i > at + 1 && isNameLike(token) && imageAt(line, i + 1) === "=");
  return k < 0
    ? undefined
    : {
        text: `${textOf(line, 0, at - 1)} ${textOf(line, k)} from ${namesIn({ ...line, tokens: line.tokens.slice(0, k) }, at + 1)}`,
        says: "A layer's arguments stand before `from`",
      };
};

/** `- dense 3` and `1. dense 3`, as in a list. */
const bullet: Recogniser = (line) => {
  const image = imageAt(line, 0);
  const isNumber = /^\d+\.$/.test(image) || (/^\d+$/.test(image) && meantLayer(imageAt(line, 1)) !== undefined);
  const isBullet = /^[-*•·+>]$/.test(image) || (inModel(line) && isNumber);
  return isBullet && !line.isTop && isNameLike(line.tokens[1]) && !line.tokens.some(({ tokenType }) => tokenType === Arrow)
    ? { text: textOf(line, 1), says: `A line begins without \`${image}\`` }
    : undefined;
};

/** `dense 3 activation: relu`. */
const argumentColon: Recogniser = (line) => {
  const at = wordAt(line);
  const word = inModel(line) ? meantLayer(imageAt(line, at)) : undefined;
  if (word === undefined) return undefined;
  const known = argumentsOf(isName(catalog.layers, word) ? "layers" : "activations", word);
  const k = line.tokens.findIndex(({ image }, i) => i > at && known.includes(image) && imageAt(line, i + 1) === ":");
  return k < 0
    ? undefined
    : { text: replaced(line, k, k + 2, `${imageAt(line, k)}=${imageAt(line, k + 2)}`), says: "An argument's name ends with `=`" };
};

/** `repeat 3x {`, `repeat 3 times {` and `repeat(3) {`. */
const repeat: Recogniser = (line) => {
  if (!inModel(line) || imageAt(line, 0) !== "repeat" || line.tokens.length < 2) return undefined;
  const count = /^[(]?\s*(\d+)\s*[)]?\s*(?:x|×|\*|times)?\s*:?$/i.exec(textOf(line, 1))?.[1];
  return count === undefined || (count === imageAt(line, 1) && line.tokens.length === 2)
    ? undefined
    : { text: `repeat ${count}`, says: "`repeat` takes a number alone" };
};

/** `from my-layer` and `my-layer:`. */
const hyphen: Recogniser = (line) => {
  for (let k = 0; k + 2 < line.tokens.length; k++) {
    const isJoined =
      typeAt(line, k) === Name &&
      touchesNext(line, k) &&
      imageAt(line, k + 1) === "-" &&
      touchesNext(line, k + 1) &&
      isNameLike(line.tokens[k + 2]);
    if (!isJoined || line.block === undefined) continue;
    let end = k + 2;
    while (touchesNext(line, end) && imageAt(line, end + 1) === "-" && touchesNext(line, end + 1) && isNameLike(line.tokens[end + 2]))
      end += 2;
    const text = textOf(line, k, end);
    const name = text.replaceAll("-", "_");
    if (line.block === "model" || line.isTop || isDirective(line.block, name) || isEntry(name))
      return { text: replaced(line, k, end, name), says: "A name has `_` in place of `-`", key: `- ${text}` };
  }
  return undefined;
};

export const layerForms: readonly Recogniser[] = [
  bullet,
  module,
  added,
  argumentColon,
  hyphen,
  assigned,
  arrow,
  called,
  from,
  argumentsLast,
  joined,
  inputShape,
  activationLayer,
  missingColon,
  units,
  countedUnits,
  repeat,
];
