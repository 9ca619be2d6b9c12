/** Signs of other languages: quotes, line ends, arrows, minus signs, numbers and truth values. */
import { entryOf } from "../../../engine/catalog/index.ts";
import { roundedText } from "../../../engine/numberText.ts";
import {
  Arrow,
  Comma,
  Comparison,
  Equals,
  MalformedNumber,
  NumberToken,
  Shape,
  Text,
  Times,
  UnclosedText,
  Unknown,
} from "../syntax/tokens.ts";
import { imageAt, isNameLike, type Line, type Recogniser, type Repair, replaced, rewritten, touchesNext, typeAt } from "./line.ts";
import { unquoted } from "./quotes.ts";

/** `dense 3,` and `dense 3;`. Two statements with a semicolon between them are two lines. */
const lineEnd: Recogniser = (line) => {
  const last = line.tokens.length - 1;
  const image = imageAt(line, last);
  const isEnd = (typeAt(line, last) === Unknown && /^[;\\]+,?$/.test(image)) || (typeAt(line, last) === Comma && last > 0 && !line.opens);
  if (isEnd && imageAt(line, last - 1) !== "->")
    return { text: replaced(line, last, last, ""), says: `A line ends without \`${image[0] === "\\" ? "\\" : image[0]}\`` };
  const between = line.tokens.findIndex(({ tokenType, image: one }) => tokenType === Unknown && one === ";");
  if (between <= 0 || line.isTop) return undefined;
  if (line.tokens.some(({ tokenType }) => tokenType === Arrow))
    return { text: replaced(line, between, between, " ").replace(/ {2,}/g, " "), says: "A row has no `;` between its values" };
  const text = replaced(line, between, between, `${line.lineBreak}${line.indent}`).replace(
    /[ \t]*\r?\n[ \t]*/,
    `${line.lineBreak}${line.indent}`,
  );
  return { text, says: "Each statement has its own line" };
};

const QUOTES: Readonly<Record<string, string>> = {
  "'": "'",
  "‘": "’‘'",
  "’": "’'",
  "“": '”“"',
  "”": '”"',
  "„": '“”"',
  "«": "»",
  "`": "`'",
  "‚": "‘’'",
};

/** `'adam'` and `“adam”`. */
const quotes: Recogniser = (line) => {
  for (let k = 0; k < line.tokens.length; k++) {
    const token = line.tokens[k];
    const isOpening = token && (token.tokenType === Unknown || token.tokenType === UnclosedText);
    const ends = isOpening ? (token.image[0] === '"' ? "”“" : QUOTES[token.image[0] ?? ""]) : undefined;
    if (!token || ends === undefined) continue;
    const start = token.startOffset - line.base;
    const end = [...line.text.slice(start + 1)].findIndex((sign) => ends.includes(sign));
    const close = end < 0 ? -1 : start + 1 + [...line.text.slice(start + 1)].slice(0, end).join("").length;
    if (close < 0) continue;
    const inner = line.text.slice(start + 1, close).replaceAll('"', "");
    const says = line.text[start] === "'" || line.text[start] === "`" ? "A text has double quotes" : "A text has straight double quotes";
    const text = `${line.text.slice(0, start)}"${inner}"${line.text.slice(close + 1)}`;
    return unquoted(rewritten(line, text), start) ?? { text, says };
  }
  return undefined;
};

/** `\t` in a Windows path is a tab. */
const path: Recogniser = (line) => {
  const word = imageAt(line, 0);
  const at = line.tokens.findIndex(({ tokenType, image }) => tokenType === Text && /(?<!\\)\\[tn]|(?<!\\)\\u\{/.test(image));
  if (at < 0 || line.isTop || !["source", "validation", "test", "start"].includes(word)) return undefined;
  const image = imageAt(line, at);
  const sign = /\\(?:[tn]|u)/.exec(image)?.[0] ?? "\\t";
  const what = sign === "\\t" ? "a tab" : sign === "\\n" ? "a line break" : "another sign";
  return { text: replaced(line, at, at, image.replaceAll("\\", "/")), says: `\`${sign}\` in this path is read as ${what}` };
};

const ARROWS: Readonly<Record<string, string>> = {
  "→": "->",
  "⇒": "->",
  "⟶": "->",
  "➔": "->",
  "–>": "->",
  "−>": "->",
  "—>": "->",
  "|": "->",
  "≥": ">=",
  "≤": "<=",
  "⩾": ">=",
  "⩽": "<=",
};

/** `→` and `=>` mean `->` in a row and `>=` in a claim. */
const arrows: Recogniser = (line) => {
  for (let k = 0; k < line.tokens.length; k++) {
    const image = imageAt(line, k);
    const isFat = typeAt(line, k) === Equals && touchesNext(line, k) && /^[<>]$/.test(imageAt(line, k + 1));
    // The lexer reads a dash before `>` as two tokens.
    const isDash = /^[–−—]$/.test(image) && touchesNext(line, k) && imageAt(line, k + 1) === ">";
    const isClaim = line.block === "expect" && k === 1 && isNameLike(line.tokens[0]) && line.tokens.length <= 4;
    const written = isFat || isDash ? image + imageAt(line, k + 1) : image;
    const isForeign = isFat || isDash || (typeAt(line, k) === Unknown && Object.hasOwn(ARROWS, image));
    if (!isForeign || line.block === "model" || line.tokens.some(({ tokenType }) => tokenType === Arrow)) continue;
    const by = isFat ? (isClaim ? `${imageAt(line, k + 1)}=` : "->") : (ARROWS[written] ?? "->");
    if (by === "->" && (line.block === "train" || line.isTop)) continue;
    const text = replaced(line, k, isFat || isDash ? k + 1 : k, by === "->" ? " -> " : by);
    return {
      text: text.replace(/ {2,}/g, " "),
      says: by === "->" ? `A row has \`->\` in place of \`${written}\`` : `A comparison has \`${by}\` in place of \`${written}\``,
    };
  }
  return undefined;
};

/** `−1` with a typographic minus. */
const minus: Recogniser = (line) => {
  const at = line.tokens.findIndex(
    ({ tokenType, image }, k) =>
      tokenType === Unknown && /[−–﹣－]$/.test(image) && touchesNext(line, k) && /^\.?\d/.test(imageAt(line, k + 1)),
  );
  return at < 0
    ? undefined
    : {
        text: replaced(line, at, at, `${imageAt(line, at).slice(0, -1)}-`),
        says: `A minus is \`-\`, not \`${imageAt(line, at).at(-1)}\``,
        code: "NN104",
      };
};

const isHex = (image: string): boolean => /^0[xX][\da-fA-F]+$/.test(image) && !/^0x0+$/.test(image);

/** `0x10`, `50%` and `1,000`. */
const numbers: Recogniser = (line) => {
  for (let k = 0; k < line.tokens.length; k++) {
    const type = typeAt(line, k);
    const image = imageAt(line, k);
    if ((type === Shape || type === MalformedNumber) && isHex(image))
      return { text: replaced(line, k, k, String(Number(image))), says: `\`${image}\` is a number with the base 16`, code: "NN104" };
    if (type === NumberToken && imageAt(line, k + 1)[0] === "%") {
      const fraction = roundedText(Number(image.replaceAll("_", "")) / 100, 12);
      const rest = imageAt(line, k + 1).slice(1);
      return { text: replaced(line, k, k + 1, fraction + rest), says: "A share is a fraction from 0 to 1", code: "NN104" };
    }
  }
  return undefined;
};

const SIZE_SIGN = /^[×✕✖⨯xX]$/;

/** `accuracy >= 0,8` and `adam(0,01)`. Elsewhere a comma may separate two numbers. */
const decimalComma: Recogniser = (line) => {
  const k = line.tokens.findIndex(({ image }, i) => image === "0" && imageAt(line, i + 1) === "," && touchesNext(line, i));
  const isFraction = k > 0 && touchesNext(line, k + 1) && /^\d+$/.test(imageAt(line, k + 2));
  const isClaim = line.block === "expect" && typeAt(line, k - 1) === Comparison;
  const isRate = line.block === "train" && /^0\d/.test(imageAt(line, k + 2));
  if (!isFraction || line.isTop || (!isClaim && !isRate)) return undefined;
  return { text: replaced(line, k, k + 2, `0.${imageAt(line, k + 2)}`), says: "A number has a point, not a comma", code: "NN104" };
};

/** `28×28`, `28 x 28` and `28X28`. */
const sizes: Recogniser = (line) => {
  for (let k = 0; k < line.tokens.length; k++) {
    const image = imageAt(line, k);
    if (typeAt(line, k) === MalformedNumber && /^\d+(?:X\d+)+$/i.test(image)) return shape(line, k, k, image.split(/x/i));
    const isAxis = typeAt(line, k) === NumberToken || typeAt(line, k) === Shape || /^\d+x$/.test(image);
    const end = isAxis ? lastAxis(line, k) : k;
    if (end > k)
      return shape(
        line,
        k,
        end,
        line.tokens.slice(k, end + 1).flatMap((token) => token.image.match(/\d+/g) ?? []),
      );
  }
  return undefined;
};

/** Returns the index of the last axis of a shape with other signs between its axes. */
function lastAxis(line: Line, first: number): number {
  let k = first;
  for (;;) {
    const glued = /^\d+[xX]$/.test(imageAt(line, k)) && typeAt(line, k + 1) === NumberToken;
    const sign = imageAt(line, k + 1);
    const isSign = SIZE_SIGN.test(sign) || (typeAt(line, k + 1) === Times && line.block === "model");
    const next = glued ? k + 1 : isSign && /^\d+(?:x\d+)*$|^\d+[xX]$/.test(imageAt(line, k + 2)) ? k + 2 : k;
    // `x28` after a number is one word.
    const word = /^[xX×](\d+)$/.test(sign) && next === k ? k + 1 : next;
    if (word === k) return k;
    k = word;
  }
}

function shape(line: Line, from: number, to: number, axes: readonly string[]): Repair {
  return { text: replaced(line, from, to, axes.join("x")), says: "A shape has `x` between its sizes and no spaces", code: "NN104" };
}

const TRUTH: Readonly<Record<string, string>> = { True: "true", TRUE: "true", False: "false", FALSE: "false" };
const YES: Readonly<Record<string, string>> = { yes: "true", on: "true", Yes: "true", no: "false", off: "false", No: "false" };

/** `True`, and `yes` where a line takes true or false. */
const truth: Recogniser = (line) => {
  for (let k = 1; k < line.tokens.length; k++) {
    const image = imageAt(line, k);
    const isYes = k === 1 && line.tokens.length === 2 && line.block === "train" && /^(?:shuffle|reproducible)$/.test(imageAt(line, 0));
    const by = isNameLike(line.tokens[k]) && !line.isTop ? (entryOf(TRUTH, image) ?? (isYes ? entryOf(YES, image) : undefined)) : undefined;
    if (by !== undefined && imageAt(line, k + 1) !== "=" && !isColumn(line, k))
      return { text: replaced(line, k, k, by), says: `\`${image}\` is \`${by}\` here` };
  }
  return undefined;
};

/** Whether a word may be the name of a column or class. */
const isColumn = (line: Line, k: number): boolean =>
  line.tokens.some(({ tokenType }) => tokenType === Arrow) ||
  (line.block === "data" && imageAt(line, k - 1) !== "=" && imageAt(line, 0) !== "shuffle");

export const signForms: readonly Recogniser[] = [quotes, lineEnd, path, arrows, minus, numbers, decimalComma, sizes, truth];
