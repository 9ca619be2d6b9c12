/** TeX for the equations of a derivation, which use the notation of One Step, and for arbitrary text. */
import { plainText } from "../safeText.ts";
import { GAP } from "./exercise.ts";

const SIGNS: Readonly<Record<string, string>> = {
  "·": "\\cdot ",
  "−": "-",
  "²": "^{2}",
  "√": "\\surd ",
  Σ: "\\textstyle\\sum ",
  "≈": "\\approx ",
  "≥": "\\ge ",
  "≤": "\\le ",
  "≠": "\\ne ",
  "←": "\\leftarrow ",
  "→": "\\to ",
  "∂": "\\partial ",
  "′": "'",
  Φ: "\\Phi ",
  φ: "\\varphi ",
  ε: "\\varepsilon ",
  λ: "\\lambda ",
  β: "\\beta ",
  η: "\\eta ",
  α: "\\alpha ",
  γ: "\\gamma ",
  δ: "\\delta ",
  μ: "\\mu ",
  Δ: "\\Delta ",
  ᵗ: "^{t}",
  ᶻ: "^{z}",
  "⁻": "^{-}",
  ᵢ: "_{i}",
  ⱼ: "_{j}",
  "½": "\\tfrac{1}{2}",
  "∞": "\\infty ",
  "…": "\\dots ",
};
const FUNCTIONS: ReadonlySet<string> = new Set(["ln", "tanh", "cosh", "max", "min"]);
const ESCAPED: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

const plainDigits = (text: string, digits: string): string =>
  [...text].map((sign) => (digits.includes(sign) ? digits.indexOf(sign) : sign)).join("");
const LOW = "₀₁₂₃₄₅₆₇₈₉";
const HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Returns TeX that shows the text literally. Mathematical signs are set in math mode. */
export const texText = (text: string): string =>
  [...plainText(text)]
    .map((sign) => {
      if (ESCAPED[sign] !== undefined) return ESCAPED[sign];
      if (/[{}$&#_%]/.test(sign)) return `\\${sign}`;
      if (sign === "–") return "--";
      const known = Object.hasOwn(SIGNS, sign) ? SIGNS[sign] : undefined;
      return known === undefined ? sign : `$${known.trim()}$`;
    })
    .join("");

/** A symbol: ∂L/∂z⁽¹⁾₂, w⁽²⁾₃,₁, a⁽⁰⁾₁, p₃, x. */
const PARTIAL = /^∂L\/∂([A-Za-z]+)(?:⁽([⁰¹²³⁴-⁹]+)⁾)?([₀-₉]+(?:,[₀-₉]+)*)?/u;
const SYMBOL = /^([A-Za-z]+|[Δα-ω])(?:⁽([⁰¹²³⁴-⁹]+)⁾)?([₀-₉]+(?:,[₀-₉]+)*)?/u;
const NUMBER = /^(\d+(?:\.\d+)?)(?:e([−+]?)(\d+))?/;
/** A gap of an exercise. */
const BLANK = new RegExp(`^${GAP}(\\d+)`);
const SMALLER = /^\[(\d+) smaller: /;

const indexed = (letter: string, high: string | undefined, low: string | undefined): string =>
  `${letter}${high ? `^{(${plainDigits(high, HIGH)})}` : ""}${low ? `_{${plainDigits(low, LOW)}}` : ""}`;

/** Returns the index after the parenthesis that closes the one at `from`. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")" && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Returns an equation as TeX. */
export function texOf(text: string): string {
  let tex = "";
  for (let rest = text; rest !== ""; ) {
    const [piece, length] = pieceOf(rest);
    tex += piece;
    rest = rest.slice(length);
  }
  return tex;
}

/** Returns the TeX of the first piece of an equation, and the number of characters of that piece. */
function pieceOf(rest: string): readonly [string, number] {
  const partial = PARTIAL.exec(rest);
  if (partial) return [`\\frac{\\partial L}{\\partial ${indexed(wordOf(partial[1] ?? ""), partial[2], partial[3])}}`, partial[0].length];
  const value = NUMBER.exec(rest);
  if (value) {
    const [all, digits = "", sign = "", power] = value;
    return [power === undefined ? digits : `${digits}\\mathrm{e}{${sign === "−" ? "-" : ""}${power}}`, all.length];
  }
  const blank = BLANK.exec(rest);
  if (blank) return [`\\underline{\\quad ${blank[1]}\\quad}`, blank[0].length];
  const smaller = SMALLER.exec(rest);
  if (smaller) return [`[\\text{${smaller[1]} smaller: }`, smaller[0].length];
  const opens = /^(√|\^)\(/.exec(rest);
  if (opens) {
    const end = closing(rest, 1);
    const inner = texOf(rest.slice(2, end - 1));
    return [opens[1] === "√" ? `\\sqrt{${inner}}` : `^{${inner}}`, end];
  }
  const root = /^√([a-zA-Z]+)/.exec(rest);
  if (root) return [`\\sqrt{${wordOf(root[1] ?? "")}}`, root[0].length];
  const power = /^\^([\d.]+|[a-z])/.exec(rest);
  if (power) return [`^{${power[1]}}`, power[0].length];
  const symbol = SYMBOL.exec(rest);
  if (symbol) return [indexed(wordOf(symbol[1] ?? ""), symbol[2], symbol[3]), symbol[0].length];
  const [sign = ""] = rest;
  if (Object.hasOwn(SIGNS, sign)) return [SIGNS[sign] ?? "", sign.length];
  if (/[\s=+\-/()<>,.;:[\]|!]/.test(sign)) return [sign, sign.length];
  return [`\\text{${texText(sign)}}`, sign.length];
}

/** Returns the TeX of a symbol's letters: a single letter is a variable, several are a function or a word. */
const wordOf = (word: string): string =>
  word.length === 1
    ? Object.hasOwn(SIGNS, word)
      ? (SIGNS[word] ?? "").trim()
      : word
    : FUNCTIONS.has(word)
      ? `\\${word}`
      : `\\text{ ${word} }`;
