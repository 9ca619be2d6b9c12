/** First lines of blocks, and lines outside of blocks, in other languages' forms. */
import { NumberToken, On, Text, Train } from "../syntax/tokens.ts";
import { foreignBlock } from "./fileLines.ts";
import { imageAt, isNameLike, type Recogniser, replaced, textOf, typeAt } from "./line.ts";

/** `network M {` and `Model M {`. */
const blockWord: Recogniser = (line) => {
  const at = imageAt(line, 1) === ":" && typeAt(line, 2) === Train ? 2 : 0;
  const word = imageAt(line, at);
  const isHead = line.isTop && line.block !== undefined && (line.opens || imageAt(line, -1) === "{" || imageAt(line, -1) === ":");
  const kind = isHead && isNameLike(line.tokens[at]) ? foreignBlock(word) : undefined;
  if (kind === undefined || kind === word) return undefined;
  return { text: replaced(line, at, at, kind), says: `A block that begins with \`${word}\` elsewhere begins with \`${kind}\` here` };
};

/** `model M:` without braces. */
const colon: Recogniser = (line) => {
  const last = line.tokens.length - 1;
  if (!line.isTop || line.block === undefined || last < 1 || imageAt(line, last) === "{") return undefined;
  if (!/^[:=]$/.test(imageAt(line, last)))
    return line.hasBody && !line.opens && line.tokens.every((token) => isNameLike(token) || token.image === ":")
      ? { text: `${line.text} {`, says: "A block has braces" }
      : undefined;
  return { text: replaced(line, last, last, line.opens ? "" : " {").replace(/ +\{/, " {"), says: "A block has braces" };
};

/** `model: M {`. */
const headColon: Recogniser = (line) =>
  line.isTop &&
  line.block !== undefined &&
  imageAt(line, 1) === ":" &&
  typeAt(line, 2) !== Train &&
  isNameLike(line.tokens[2]) &&
  line.opens
    ? { text: replaced(line, 1, 1, "").replace(/ {2,}/, " "), says: "A block's name follows its first word" }
    : undefined;

/** `model M() {`, `model "M" {` and `class M(nn.Module) {`. */
const blockName: Recogniser = (line) => {
  if (!line.isTop || (line.block !== "model" && line.block !== "data")) return undefined;
  if (typeAt(line, 1) === Text && line.tokens.length === 2 && /^"[\p{L}_][\p{L}\d_]*"$/u.test(imageAt(line, 1)))
    return { text: replaced(line, 1, 1, imageAt(line, 1).slice(1, -1)), says: "A block's name has no quotes" };
  const last = line.tokens.length - 1;
  const end = imageAt(line, last) === "{" ? last - 1 : last;
  if (isNameLike(line.tokens[1]) && imageAt(line, 2) === "(" && imageAt(line, end) === ")")
    return { text: replaced(line, 2, end, ""), says: "A block has a name alone" };
  return undefined;
};

/** The words and signs that other languages use instead of `on`, and between other words. */
const JOINS: ReadonlySet<string> = new Set("with using for to , ( ) data model from against over and = -> + &".split(" "));

/** `train M with D`, `train M, D` and `train(M, D)`. */
const subject: Recogniser = (line) => {
  if (!line.isTop || (line.block !== "train" && line.block !== "expect")) return undefined;
  const at = /^[:=]$/.test(imageAt(line, 1)) ? 2 : isNameLike(line.tokens[1]) && typeAt(line, 1) === Train ? 1 : 0;
  const last = imageAt(line, -1) === "{" ? line.tokens.length - 2 : line.tokens.length - 1;
  const words = line.tokens.slice(at + 1, last + 1);
  const label = at > 0 ? `${imageAt(line, 0)}: ` : "";
  const rest = words.filter(({ image, tokenType }) => !JOINS.has(image) && tokenType !== On);
  const [model, data] = rest;
  if (!model || !data || rest.length > 2 || !rest.every((token) => isNameLike(token) || token.tokenType === Text)) return undefined;
  const text = `${label}${imageAt(line, at)} ${plain(model.image)} on ${plain(data.image)}`;
  const written = line.tokens.slice(0, last + 1).map(({ image }) => image);
  if (written.join(" ").replace(" :", ":") === text) return undefined;
  const isLabel = at > 0 && written[1] !== ":";
  return {
    text: replaced(line, 0, last, text),
    says: isLabel ? "A run's label ends with `:`" : "`on` stands between the model and its data",
  };
};

const plain = (image: string): string => image.replaceAll('"', "");

/** `x = 3`, `const x = 3` and `let x: 3` outside of blocks. */
const declaration: Recogniser = (line) => {
  if (!line.isTop || line.block !== undefined || line.opens) return undefined;
  const at = /^(?:let|const|var|val)$/.test(imageAt(line, 0)) ? 1 : 0;
  if (!isNameLike(line.tokens[at]) || (at === 0 && imageAt(line, 0) === "let")) return undefined;
  const isAssigned = imageAt(line, at + 1) === "=" || (at === 1 && imageAt(line, at + 1) === ":");
  const isBare = imageAt(line, 0) === "let" && typeAt(line, 2) === NumberToken && line.tokens.length === 3;
  const isDouble = imageAt(line, at + 1) === ":" && imageAt(line, at + 2) === "=";
  const from = isBare ? at + 1 : isDouble ? at + 3 : at + 2;
  if ((!isAssigned && !isBare) || line.tokens.length <= from) return undefined;
  const text = `let ${imageAt(line, at)} = ${textOf(line, from)}`;
  return text.replace(/\s/g, "") === line.text.replace(/\s/g, "")
    ? undefined
    : { text, says: "A value with a name begins with `let` and has `=`" };
};

/** `import torch` and `from keras import layers`. */
const imports: Recogniser = (line) => {
  const word = imageAt(line, 0);
  const isImport = word === "import" || (word === "from" && line.tokens.some(({ image }) => image === "import"));
  return line.isTop && line.block === undefined && isImport && line.tokens.length > 1
    ? { text: "", says: "A file needs no imports" }
    : undefined;
};

export const headForms: readonly Recogniser[] = [blockWord, headColon, colon, blockName, subject, declaration, imports];
