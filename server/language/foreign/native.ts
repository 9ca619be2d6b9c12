/** A quick test for lines that need no repair. Long files consist of such lines, so the test must be fast. */
import { activations } from "../../../engine/catalog/activations.ts";
import { catalog, isName } from "../../../engine/catalog/index.ts";
import { isInputWord, isJoiningWord, isNamingWord } from "../../../engine/catalog/layers.ts";
import { Arrow, Colon, Comma, Equals, From, LeftBracket, NumberToken, RightBracket, Shape, Text } from "../syntax/tokens.ts";
import { isNameLike, type Line } from "./line.ts";
import { argumentsOf } from "./words.ts";

/** Returns whether a line is certainly in this language's form. Other lines may be, too. */
export function isNative(line: Line): boolean {
  if (line.isTop) return false;
  return line.block === "model" ? isNativeLayer(line) : line.block === "data" || line.block === "expect" ? isNativeRow(line) : false;
}

/** A row of numbers, texts and words with a single arrow between them. */
function isNativeRow({ tokens }: Line): boolean {
  let arrow = -1;
  let hasNumber = false;
  for (let k = 0; k < tokens.length; k++) {
    const type = tokens[k]?.tokenType;
    if (type === NumberToken) hasNumber = true;
    else if (type === Arrow) {
      if (arrow >= 0 || k === 0 || tokens[k - 1]?.tokenType === Comma) return false;
      arrow = k;
    } else if (type === Comma) {
      if (k === tokens.length - 1) return false;
    } else if (type !== Text && !isNameLike(tokens[k])) return false;
  }
  return arrow > 0 && hasNumber && arrow < tokens.length - 1;
}

/** A layer with its own arguments, numbers, activations, and labels after `from`. */
function isNativeLayer({ tokens }: Line): boolean {
  const at = tokens[1]?.tokenType === Colon ? 2 : 0;
  const word = tokens[at]?.image ?? "";
  const isActivation = isName(activations, word);
  if ((!isActivation && !isName(catalog.layers, word)) || isInputWord(word) || isNamingWord(word)) return false;
  const known = argumentsOf(isActivation ? "activations" : "layers", word);
  let hasFrom = false;
  for (let k = at + 1; k < tokens.length; k++) {
    const type = tokens[k]?.tokenType;
    const before = tokens[k - 1]?.tokenType;
    if (type === From) {
      if (hasFrom || !isNameLike(tokens[k + 1])) return false;
      hasFrom = true;
    } else if (isNameLike(tokens[k])) {
      const image = tokens[k]?.image ?? "";
      const isArgument = tokens[k + 1]?.tokenType === Equals && known.includes(image);
      const isValue = isName(activations, image) || isName(catalog.initializers, image) || image === "true" || image === "false";
      if (hasFrom && tokens[k + 1]?.tokenType === Equals) return false;
      if (!hasFrom && !isArgument && !(isValue && tokens[k + 1]?.tokenType !== Equals)) return false;
    } else if (type === Comma) {
      if (k === tokens.length - 1) return false;
    } else if (type === Equals) {
      if (k === at + 1 || !isNameLike(tokens[k - 1])) return false;
    } else if (type === Shape) {
      if (word !== "reshape") return false;
    } else if (type === NumberToken) {
      if (isActivation && before !== Equals) return false;
    } else if (type !== LeftBracket && type !== RightBracket) return false;
  }
  return !isJoiningWord(word) || hasFrom;
}
