/** Values written in words, or together, where this language uses one word or several arguments. */
import { NumberToken, Shape } from "../syntax/tokens.ts";
import { closingAt, imageAt, type Line, type Recogniser, replaced, textOf, typeAt, wordAt } from "./line.ts";
import { meantEntry } from "./words.ts";

const isIn = (line: Line, block: Line["block"], word: string): boolean => line.block === block && !line.isTop && imageAt(line, 0) === word;

/** `scale 0 1`, `scale 0..1`, `scale [0, 1]` and `scale -1 to 1`. */
const scaleRange: Recogniser = (line) => {
  if (!isIn(line, "data", "scale")) return undefined;
  const [, low, high] = /^scale\s+[[(]?\s*(-?[\d.]*\d)\s*(?:,|\.\.|to\b|-|\s)\s*(-?[\d.]*\d)\s*[\])]?$/.exec(line.text) ?? [];
  if (low === undefined || high === undefined) return undefined;
  const says = "`scale minmax` brings each feature to the range from 0 to 1";
  return Number(low) === 0 && Number(high) === 1
    ? { text: "scale minmax", says }
    : { text: "scale minmax", says: `${says}, and \`scale standard\` to mean 0 and deviation 1`, others: ["scale standard"] };
};

/** `metrics accuracy and f1`. */
const conjunction: Recogniser = (line) => {
  const at = isIn(line, "train", "metrics") ? line.tokens.findIndex(({ image }, k) => k > 1 && /^(?:and|&)$/i.test(image)) : -1;
  if (at < 0 || at === line.tokens.length - 1) return undefined;
  const meant = (k: number): string => meantEntry("metrics", imageAt(line, k)) ?? imageAt(line, k);
  const before = imageAt(line, at - 1) === "," ? at - 2 : at - 1;
  const first = imageAt(line, before) === ")" ? undefined : meant(before);
  return {
    text: replaced(line, first === undefined ? at : before, at + 1, `${first ?? ""}, ${meant(at + 1)}`).replaceAll(" ,", ","),
    says: "A list has commas in place of `and`",
  };
};

/** `input 4 features`. */
const countedFeatures: Recogniser = (line) => {
  const at = wordAt(line);
  const isSize = typeAt(line, at + 1) === NumberToken || typeAt(line, at + 1) === Shape;
  const isCounted =
    isSize &&
    at + 3 === line.tokens.length &&
    /^(?:features?|inputs?|values?|columns?|numbers?|pixels?|units?|neurons?)$/i.test(imageAt(line, at + 2));
  return line.block === "model" && !line.isTop && imageAt(line, at) === "input" && isCounted
    ? { text: textOf(line, 0, at + 1), says: "A size stands alone" }
    : undefined;
};

/** `adam(betas=(0.9, 0.999))`, as in PyTorch. */
const betas: Recogniser = (line) => {
  const at = isIn(line, "train", "optimizer")
    ? line.tokens.findIndex(({ image }, k) => image === "betas" && imageAt(line, k + 1) === "=")
    : -1;
  const close = at > 0 ? closingAt(line, at + 2) : -1;
  if (close !== at + 6 || imageAt(line, at + 4) !== ",") return undefined;
  return {
    text: replaced(line, at, close, `beta_1=${imageAt(line, at + 3)}, beta_2=${imageAt(line, at + 5)}`),
    says: "The two numbers of `betas` are `beta_1` and `beta_2` here",
    code: "NN207",
  };
};

export const valueForms: readonly Recogniser[] = [scaleRange, conjunction, countedFeatures, betas];
