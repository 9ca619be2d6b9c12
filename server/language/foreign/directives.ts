/** Lines of `data`, `train` and `expect` blocks in other languages' forms. The file is long because it is a single list of forms. */
import { aliases } from "../../../engine/catalog/aliases.ts";
import { parts as partNames, scalings } from "../../../engine/catalog/foreign.ts";
import { entryOf } from "../../../engine/catalog/index.ts";
import { roundedText } from "../../../engine/numberText.ts";
import { Arrow, Comparison, NumberToken, Text, type Token } from "../syntax/tokens.ts";
import { closingAt, imageAt, isNameLike, type Line, type Recogniser, replaced, textOf, touchesNext, typeAt } from "./line.ts";
import { unquoted } from "./quotes.ts";
import { argumentsOf, isDirective, meantDirective, meantEntry, partOf } from "./words.ts";

const isBody = (line: Line): boolean => !line.isTop && line.block !== undefined && line.block !== "model";
const hasArrow = (line: Line): boolean => line.tokens.some(({ tokenType }) => tokenType === Arrow);

/** `epochs=10`, `epochs: 10`, and `accuracy = 1` in an `expect` block. */
const sign: Recogniser = (line) => {
  const written = imageAt(line, 1);
  if (!isBody(line) || !isNameLike(line.tokens[0]) || (written !== "=" && written !== ":") || line.tokens.length < 3 || hasArrow(line))
    return undefined;
  const word = imageAt(line, 0);
  if (line.block === "expect" && !isDirective("expect", word))
    return { text: `${word} == ${textOf(line, 2)}`, says: "A comparison has `==`" };
  return { text: `${word} ${textOf(line, 2)}`, says: `A line has no \`${written}\` after its first word` };
};

/** `loss {x: mse, y: mse}`: the only form with braces on a line. */
export const dictionary: Recogniser = (line) => {
  const found = /^(\w+)\s*[=:]?\s*\{([^{}]*)\}$/.exec(line.text);
  const [, word = "", inner = ""] = found ?? [];
  if (!found || line.block === undefined || line.block === "model" || meantDirective(line.block, word) === undefined) return undefined;
  const items = inner.split(",").map((item) => item.trim().replace(/^["']?(\w+)["']?\s*[:=]\s*/, "$1="));
  return { text: `${word} ${items.filter((item) => item !== "").join(" ")}`, says: "Values with names stand on the line without braces" };
};

/** `compile(loss="mse", optimizer="adam")` and `model.fit(x, y, epochs=10)`. */
const keywordCall: Recogniser = (line) => {
  const at = imageAt(line, 1) === "." ? 2 : 0;
  const word = imageAt(line, at);
  if (line.block !== "train" || line.isTop || !/^(?:compile|fit)$/.test(word) || imageAt(line, at + 1) !== "(") return undefined;
  if (closingAt(line, at + 1) !== line.tokens.length - 1 || !line.tokens.some(({ image }) => image === "=")) return undefined;
  const lines: string[] = [];
  for (let k = at + 2; k < line.tokens.length - 1; k++) {
    if (imageAt(line, k) === ",") continue;
    // The data come first: `fit(x, y, epochs=10)`.
    if (imageAt(line, k + 1) === "," && lines.length === 0 && isNameLike(line.tokens[k])) continue;
    if (imageAt(line, k + 1) !== "=") return undefined;
    const end = valueEnd(line, k + 2);
    const value = textOf(line, k + 2, end)
      .replace(/^\[(.*)\]$/, "$1")
      .replaceAll('"', "");
    lines.push(`${meantDirective("train", imageAt(line, k)) ?? imageAt(line, k)} ${value}`);
    k = end;
  }
  return { text: lines.join(`${line.lineBreak}${line.indent}`), says: `The arguments of \`${word}\` are lines of their own` };
};

/** `SGD(model.parameters(), lr=0.1)`: a training always changes all parameters. */
const parameters: Recogniser = (line) => {
  const at = line.tokens.findIndex(
    ({ image }, k) => image === "parameters" && imageAt(line, k - 1) === "." && imageAt(line, k + 1) === "(",
  );
  if (line.block !== "train" || line.isTop || at < 2 || imageAt(line, at + 2) !== ")") return undefined;
  const end = imageAt(line, at + 3) === "," ? at + 3 : at + 2;
  return { text: replaced(line, at - 2, end, "").replace(/\( +/, "("), says: "A training changes all parameters" };
};

/** `batch size 32`. */
const batchSize: Recogniser = (line) =>
  line.block === "train" && !line.isTop && imageAt(line, 0) === "batch" && imageAt(line, 1) === "size" && line.tokens.length > 2
    ? { text: `batch ${textOf(line, imageAt(line, 2) === "=" ? 3 : 2)}`, says: "The size of a batch stands after `batch`" }
    : undefined;

/** `accuracy is 1` and `assert accuracy > 0.9`. */
const claim: Recogniser = (line) => {
  if (line.block !== "expect" || line.isTop) return undefined;
  if (imageAt(line, 0) === "assert" && line.tokens.length > 2)
    return { text: textOf(line, 1), says: "A comparison begins with its metric" };
  const isEqual = /^(?:is|equals)$/.test(imageAt(line, 1)) && typeAt(line, 2) === NumberToken;
  return isEqual ? { text: replaced(line, 1, 1, "=="), says: "A comparison has `==`" } : undefined;
};

/** Lines that take a list in brackets, or names before their values. */
const LISTS: ReadonlySet<string> = new Set(["classes", "loss_weights", "class_weight"]);

/** `epochs(10)` and `loss(mse)`, `metrics [accuracy]`, `metrics ["accuracy"]`. */
const brackets: Recogniser = (line) => {
  const open = imageAt(line, 1);
  if (!isBody(line) || line.block === "expect" || (open !== "(" && open !== "[")) return undefined;
  const word = imageAt(line, 0);
  const last = line.tokens.length - 1;
  if (closingAt(line, 1) !== last || last < 3 || LISTS.has(word) || meantDirective(line.block as "train", word) === undefined)
    return undefined;
  return { text: `${word} ${textOf(line, 2, last - 1)}`, says: `\`${word}\` has no brackets around its values` };
};

/** `callbacks [EarlyStopping(patience=3)]`. */
const callbacks: Recogniser = (line) => {
  if (line.block !== "train" || line.isTop || !/^callbacks?$/.test(imageAt(line, 0))) return undefined;
  const at = line.tokens.findIndex(({ image }) => meantEntry("stops", image) !== undefined);
  const says = "A training has no callbacks";
  if (at < 0) return { text: "", says: "A training has no callbacks but `stop early_stopping`, and it saves its weights itself" };
  const close = imageAt(line, at + 1) === "(" ? closingAt(line, at + 1) : at;
  return { text: `stop early_stopping${close > at ? textOf(line, at + 1, close) : ""}`, says };
};

/** `early_stopping(patience=3)`, `adam(0.01)`, `csv "iris.csv"` and `mse` as lines without their directive. */
const missingDirective: Recogniser = (line) => {
  if (!isBody(line) || line.block === "expect" || !isNameLike(line.tokens[0]) || hasArrow(line) || typeAt(line, 1) === Comparison)
    return undefined;
  const word = imageAt(line, 0);
  if (meantDirective(line.block as "train", word) !== undefined) return undefined;
  const tried = line.block === "data" ? (["source"] as const) : (["stop", "optimizer", "loss", "metrics"] as const);
  for (const directive of tried) {
    const part = partOf(line.block, directive);
    const entry = part && meantEntry(part, word);
    if (entry === undefined || /^(?:momentum|lr)$/i.test(word)) continue;
    return { text: `${directive} ${replaced(line, 0, 0, entry)}`, says: `\`${entry}\` stands after \`${directive}\`` };
  }
  return undefined;
};

/** `optimizer adam lr=0.1`, `stop early_stopping patience=3`, `source csv "iris.csv"`: an entry's arguments without parentheses. */
const parentheses: Recogniser = (line) => {
  const part = isBody(line) ? partOf(line.block, imageAt(line, 0)) : undefined;
  if (part !== "optimizers" && part !== "stops" && part !== "sources") return undefined;
  // There is only one kind of stop, so its name may be missing.
  const isLeftOut = part === "stops" && imageAt(line, 2) === "=";
  const entry = isLeftOut ? "early_stopping" : meantEntry(part, imageAt(line, 1));
  const known = entry === undefined ? [] : argumentsOf(part, entry);
  if (entry === undefined || known.length === 0 || line.tokens.length < 3) return undefined;
  const at = isLeftOut ? 1 : imageAt(line, 2) === "," ? 3 : 2;
  if (/^[([)\]]$/.test(imageAt(line, at)) || imageAt(line, 2) === ".") return undefined;
  const inner: string[] = [];
  for (let k = at; k < line.tokens.length; k++) {
    if (imageAt(line, k) === ",") continue;
    const isNamed = isNameLike(line.tokens[k]) && imageAt(line, k + 1) === "=";
    const end = valueEnd(line, isNamed ? k + 2 : k);
    // The first argument of early stopping is the monitored value; a number is its patience.
    const name = part === "stops" && typeAt(line, k) === NumberToken ? "patience=" : "";
    inner.push(name + textOf(line, k, end).replace(/\s*=\s*/, "="));
    k = end;
  }
  return { text: `${imageAt(line, 0)} ${entry}(${inner.join(", ")})`, says: `The arguments of \`${entry}\` are in parentheses` };
};

/** `loss huber delta=2` and `metrics accuracy top_k_accuracy k=3`. Other names before `=` are outputs. */
const looseArguments: Recogniser = (line) => {
  const part = isBody(line) ? partOf(line.block, imageAt(line, 0)) : undefined;
  if (part !== "losses" && part !== "metrics") return undefined;
  const isArgument = (k: number, known: readonly string[]): boolean => known.includes(imageAt(line, k)) && imageAt(line, k + 1) === "=";
  for (let k = 2; k < line.tokens.length; k++) {
    const entry = imageAt(line, k - 1);
    const known = argumentsOf(part, entry);
    if (!isArgument(k, known)) continue;
    const inner: string[] = [];
    let end = k - 1;
    for (let next = k; isArgument(next, known); next = imageAt(line, end + 1) === "," ? end + 2 : end + 1) {
      end = valueEnd(line, next + 2);
      inner.push(textOf(line, next, end).replace(/\s*=\s*/, "="));
    }
    return {
      text: replaced(line, k - 1, end, `${entry}(${inner.join(", ")})`),
      says: `The arguments of \`${entry}\` are in parentheses`,
    };
  }
  return undefined;
};

/** Returns the index of a value's last token. */
function valueEnd(line: Line, from: number): number {
  const open = imageAt(line, from) === "[" ? from : imageAt(line, from + 1) === "(" ? from + 1 : -1;
  const close = open < 0 ? from : closingAt(line, open);
  return close < 0 ? line.tokens.length - 1 : Math.min(close, line.tokens.length - 1);
}

/** `sgd(momentum 0.9)` and `sgd(momentum: 0.9)`. */
const missingEquals: Recogniser = (line) => {
  const part = isBody(line) ? partOf(line.block, imageAt(line, 0)) : undefined;
  const entry = part && meantEntry(part, imageAt(line, 1));
  if (!part || entry === undefined || imageAt(line, 2) !== "(") return undefined;
  const known = argumentsOf(part, entry);
  for (let k = 3; k + 1 < line.tokens.length; k++) {
    const name = known.includes(imageAt(line, k)) ? imageAt(line, k) : (entryOf(aliases, imageAt(line, k)) ?? "");
    if (!known.includes(name) || !/^[(,]$/.test(imageAt(line, k - 1))) continue;
    const isColon = imageAt(line, k + 1) === ":";
    if (!isColon && typeAt(line, k + 1) !== NumberToken) continue;
    const value = isColon ? k + 2 : k + 1;
    return { text: replaced(line, k, value, `${imageAt(line, k)}=${imageAt(line, value)}`), says: "An argument's name ends with `=`" };
  }
  return undefined;
};

/** `normalize`, `scale standardize` and `StandardScaler()` in a `data` block. */
const scaling: Recogniser = (line) => {
  if (line.block !== "data" || line.isTop || hasArrow(line)) return undefined;
  const isScale = /^scale(?:_target|r)?$/.test(imageAt(line, 0));
  const at = isScale ? 1 : 0;
  const word = imageAt(line, at).toLowerCase();
  const isAlone =
    line.tokens.length === at + 1 ||
    (imageAt(line, at + 1) === "(" && closingAt(line, at + 1) === line.tokens.length - 1) ||
    (!isScale && /^true$/i.test(imageAt(line, 1)));
  if (!isAlone) return undefined;
  const meant = entryOf(scalings, word);
  const directive = imageAt(line, 0) === "scale_target" ? "scale_target" : "scale";
  if (meant !== undefined) return { text: `${directive} ${meant}`, says: `\`${imageAt(line, at)}\` is \`scale ${meant}\` here` };
  return /^(?:normalize|normalise|normalization|scaler?)$/.test(word) && !isScale
    ? {
        text: "scale minmax",
        says: "Features are scaled to the range from 0 to 1 by `scale minmax`, or to mean 0 and deviation 1 by `scale standard`",
        code: "NN208",
        others: ["scale standard"],
      }
    : undefined;
};

/** `split 80/20`, `split 0.8 0.1 0.1` and `split val=0.2`. */
const split: Recogniser = (line) => {
  if (line.block !== "data" || line.isTop || imageAt(line, 0) !== "split") return undefined;
  const foreign = line.tokens.findIndex(({ image }, k) => k > 0 && imageAt(line, k + 1) === "=" && entryOf(partNames, image) !== undefined);
  if (foreign > 0) {
    const meant = entryOf(partNames, imageAt(line, foreign)) ?? "";
    if (!line.tokens.some(({ image }) => image === meant))
      return {
        text: replaced(line, foreign, foreign, meant),
        says: `The part \`${imageAt(line, foreign)}\` is \`${meant}\` here`,
        code: "NN207",
      };
  }
  const percent = percentages(line);
  if (percent) return percent;
  const rest = line.tokens.slice(1);
  const shares = rest.filter(({ tokenType }) => tokenType === NumberToken).map(({ image }) => Number(image.replace(/^-/, "")));
  const total = shares.reduce((sum, one) => sum + one, 0);
  const isList = rest.every(({ tokenType, image }) => tokenType === NumberToken || /^[,/:;|-]$/.test(image));
  if (!isList || shares.length < 1 || shares.length > 3 || !(total > 0)) return undefined;
  const scaled = shares.map((one) => roundedText(one / (total > 1 + 1e-9 ? total : 1), 6));
  if (shares.length === 1)
    return shares[0] !== undefined && shares[0] < 1
      ? guess(`split validation=${roundedText(Math.min(shares[0], 1 - shares[0]), 6)}`)
      : undefined;
  if (shares.length === 2) return guess(`split train=${scaled[0]} validation=${scaled[1]}`);
  return { text: `split train=${scaled[0]} validation=${scaled[1]} test=${scaled[2]}`, says: "Each part of the data has a name" };
};

/** `split train=80 test=20`. */
function percentages(line: Line): ReturnType<Recogniser> {
  const sizes = line.tokens.flatMap(({ tokenType, image }, k) =>
    tokenType === NumberToken && imageAt(line, k - 1) === "=" ? [{ k, image }] : [],
  );
  const total = sizes.reduce((sum, { image }) => sum + Number(image), 0);
  const isPercent = sizes.length > 0 && total <= 100 && sizes.every(({ image }) => /^\d+$/.test(image) && Number(image) > 1);
  if (!isPercent) return undefined;
  const text = line.text.replace(/=\s*(\d+)(?![\d.])/g, (_, digits: string) => `=${roundedText(Number(digits) / 100, 6)}`);
  return { text, says: "A share is a fraction from 0 to 1", code: "NN104" };
}

const guess = (text: string): ReturnType<Recogniser> => ({
  text,
  says: "Each part of the data has a name, and it may be `validation` or `test`",
  others: [text.replace("validation=", "test=")],
});

/** `loss x: mse y: mse`. */
const outputColon: Recogniser = (line) => {
  if (!isBody(line) || !/^(?:loss|loss_weights|metrics|target)$/.test(imageAt(line, 0))) return undefined;
  const at = line.tokens.findIndex(
    ({ image }, k) => k > 1 && image === ":" && isNameLike(line.tokens[k - 1]) && k + 1 < line.tokens.length,
  );
  return at < 0
    ? undefined
    : { text: replaced(line, at - 1, at + 1, `${imageAt(line, at - 1)}=${imageAt(line, at + 1)}`), says: "An output's name ends with `=`" };
};

/** `split validation 0.2` and `clip norm: 1`. */
const fractions: Recogniser = (line) => {
  if (!isBody(line) || !/^(?:split|clip)$/.test(imageAt(line, 0))) return undefined;
  for (let k = 1; k + 1 < line.tokens.length; k++) {
    const isColon = imageAt(line, k + 1) === ":";
    const value = isColon ? k + 2 : k + 1;
    if (!isNameLike(line.tokens[k]) || typeAt(line, value) !== NumberToken) continue;
    return { text: replaced(line, k, value, `${imageAt(line, k)}=${imageAt(line, value)}`), says: "A part's name ends with `=`" };
  }
  return undefined;
};

/** `loss mse optimizer adam epochs 10` on one line. */
const severalLines: Recogniser = (line) => {
  if (line.block !== "train" || line.isTop || !isDirective("train", imageAt(line, 0))) return undefined;
  let depth = 0;
  for (let k = 1; k < line.tokens.length; k++) {
    const image = imageAt(line, k);
    if (/^[([]$/.test(image)) depth++;
    else if (/^[)\]]$/.test(image)) depth--;
    else if (
      depth === 0 &&
      k > 1 &&
      isDirective("train", image) &&
      imageAt(line, k + 1) !== "=" &&
      imageAt(line, k - 1) !== "=" &&
      k + 1 < line.tokens.length
    )
      return {
        text: `${textOf(line, 0, k - 1).replace(/,\s*$/, "")}${line.lineBreak}${line.indent}${textOf(line, k)}`,
        says: "Each line has one directive",
      };
  }
  return undefined;
};

/** `1,000` where a line takes one whole number. */
const thousands: Recogniser = (line) => {
  if (line.block !== "train" || line.isTop || !/^(?:epochs|batch|seed)$/.test(imageAt(line, 0)) || line.tokens.length !== 4)
    return undefined;
  const isGroup =
    imageAt(line, 2) === "," &&
    /^\d{1,3}$/.test(imageAt(line, 1)) &&
    /^\d{3}$/.test(imageAt(line, 3)) &&
    touchesNext(line, 1) &&
    touchesNext(line, 2);
  return isGroup ? { text: replaced(line, 2, 2, ""), says: "A number has no comma", code: "NN104" } : undefined;
};

/** `source "iris.csv"`, `source csv(iris.csv)`, `pd.read_csv("iris.csv")` and `file "iris.csv"`. */
const fileSource: Recogniser = (line) => {
  if (line.block !== "data" || line.isTop || hasArrow(line)) return undefined;
  const isSource = imageAt(line, 0) === "source";
  const isReader = /^(?:(?:[^\W\d]\w*\s*=?\s*)?(?:pd\s*\.\s*)?read_csv|file|path|load|csv_file|filename|load_csv)\b/.test(line.text);
  const bare = /^source\s+(?:csv\s*\(?\s*)?([^\s"'()=,]+\.(?:csv|tsv|txt|data))\s*\)?$/.exec(line.text)?.[1];
  if (bare !== undefined) return { text: `source csv("${bare}")`, says: "A file's path is a text in quotes" };
  const text = line.tokens.find(({ tokenType }) => tokenType === Text);
  const isText = text !== undefined && (isReader || (isSource && typeAt(line, 1) === Text));
  if (!isText || /ubyte/.test(text.image)) return undefined;
  const rest =
    line.tokens.filter(({ image }) => image === "=").length > 0 ? textOf(line, line.tokens.indexOf(text) + 1).replace(/\)$/, "") : "";
  return { text: `source csv(${text.image}${rest})`, says: "A table is read by `source csv`" };
};

/** `clip 1.0`, `clipnorm 1` and `grad_clip 1`. */
const clip: Recogniser = (line) => {
  if (line.block !== "train" || line.isTop || line.tokens.length !== 2 || typeAt(line, 1) !== NumberToken) return undefined;
  const kind = { clipnorm: "norm", clip_norm: "norm", global_clipnorm: "norm", clipvalue: "value", clip_value: "value" }[imageAt(line, 0)];
  if (kind !== undefined) return { text: `clip ${kind}=${imageAt(line, 1)}`, says: "The limit of the gradients has a name", code: "NN208" };
  return imageAt(line, 0) === "clip"
    ? {
        text: `clip norm=${imageAt(line, 1)}`,
        says: "`clip` limits the norm of all gradients or the value of each, and names which",
        others: [`clip value=${imageAt(line, 1)}`],
      }
    : undefined;
};

/** `0 1 : 1`, `0 1 | 1`, `(0, 1) -> 1` and `true false -> true`. */
const row: Recogniser = (line) => {
  if ((line.block !== "data" && line.block !== "expect") || line.isTop) return undefined;
  const at = line.tokens.findIndex(({ image }) => image === ":" || image === "=");
  const isRow = typeAt(line, 0) === NumberToken || typeAt(line, 0) === Text;
  const isCell = (token: Token): boolean => token.tokenType === NumberToken || token.tokenType === Text || isNameLike(token);
  const isCells = line.tokens.every((token) => isCell(token) || /^[:=,]$/.test(token.image));
  if (at > 0 && isRow && isCells && !hasArrow(line) && line.tokens.length > at + 1)
    return { text: replaced(line, at, at, " ->").replace(/ {2,}/g, " "), says: `A row has \`->\` in place of \`${imageAt(line, at)}\`` };
  const dash = line.tokens.findIndex(({ image }, k) => image === "-" && />$/.test(imageAt(line, k + 1)));
  if (isRow && dash > 0) return { text: replaced(line, dash, dash + 1, "->").replace(/\s*->\s*/, " -> "), says: "An arrow is `->`" };
  const arrow = line.tokens.findIndex(({ tokenType }) => tokenType === Arrow);
  if (arrow < 0) return undefined;
  if (imageAt(line, arrow - 1) === ",") return { text: replaced(line, arrow - 1, arrow - 1, ""), says: "No comma stands before `->`" };
  if (typeAt(line, arrow + 1) === Arrow)
    return { text: replaced(line, arrow, arrow, "").replace(/ {2,}/g, " "), says: "A row has one `->`" };
  const others = line.tokens.filter((token) => !isCell(token) && !/^[,()[\]]$|^->$/.test(token.image));
  if (others.length === 0 && line.tokens.some(({ image }) => /^[()[\]]$/.test(image))) {
    const cells = line.tokens.filter(({ image }) => !/^[,()[\]]$/.test(image));
    return { text: cells.map(({ image }) => image).join(" "), says: "A row has no brackets" };
  }
  // Words may be classes; a row of only truth values is a row of numbers.
  const isTruth = line.tokens.every(({ image }) => /^(?:true|false|True|False|->|,)$/.test(image));
  return isTruth
    ? { text: line.text.replace(/true/gi, "1").replace(/false/gi, "0"), says: "A row has 1 for `true` and 0 for `false`" }
    : undefined;
};

/** `accuracy 0.9`, `accuracy at least 0.9`, `0.9 < accuracy`, `accuracy > = 0.9` and `test_accuracy > 0.9`. */
const comparison: Recogniser = (line) => {
  if (line.block !== "expect" || line.isTop || hasArrow(line)) return undefined;
  const number = line.tokens.findIndex(({ tokenType }) => tokenType === NumberToken);
  if (/^[<>]$/.test(imageAt(line, 1)) && imageAt(line, 2) === "=")
    return { text: replaced(line, 1, 2, `${imageAt(line, 1)}=`), says: "A comparison has no space in it" };
  if (number === 0 && line.tokens.length === 3 && typeAt(line, 1) === Comparison) {
    const flipped = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==" }[imageAt(line, 1)] ?? "==";
    return { text: `${imageAt(line, 2)} ${flipped} ${imageAt(line, 0)}`, says: "A comparison begins with its metric" };
  }
  const words = textOf(line, 1, number - 1);
  if (isNameLike(line.tokens[0]) && /^(?:at least|minimum|min|above)$/.test(words))
    return { text: replaced(line, 1, number - 1, ">="), says: "A comparison has a sign" };
  if (isNameLike(line.tokens[0]) && /^(?:at most|maximum|max|below)$/.test(words))
    return { text: replaced(line, 1, number - 1, "<="), says: "A comparison has a sign" };
  const metric = /^(?:test|val|validation)_(.+)$/.exec(imageAt(line, 0))?.[1];
  if (metric !== undefined && meantEntry("metrics", metric) !== undefined && typeAt(line, 1) === Comparison)
    return { text: replaced(line, 0, 0, metric), says: "A claim is about the data's test part" };
  return line.tokens.length === 2 && number === 1 && meantEntry("metrics", imageAt(line, 0)) !== undefined
    ? {
        text: `${imageAt(line, 0)} >= ${imageAt(line, 1)}`,
        others: [`${imageAt(line, 0)} <= ${imageAt(line, 1)}`],
        says: "A claim needs a comparison",
      }
    : undefined;
};

export const directiveForms: readonly Recogniser[] = [
  fileSource,
  keywordCall,
  parameters,
  batchSize,
  sign,
  severalLines,
  claim,
  comparison,
  brackets,
  unquoted,
  callbacks,
  scaling,
  split,
  outputColon,
  fractions,
  clip,
  thousands,
  missingDirective,
  parentheses,
  looseArguments,
  missingEquals,
  row,
];
