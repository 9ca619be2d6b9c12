/** Random changes of `.nn` texts, and the invariants that hold for any text, for the tests and `npm run fuzz`. */
import fc from "fast-check";
import { inProject } from "../scripts/project.ts";
import { codeActions } from "../server/features/codeActions.ts";
import { completion } from "../server/features/completion.ts";
import { documentLinks } from "../server/features/documentLinks.ts";
import { documentSymbols } from "../server/features/documentSymbols.ts";
import { folding } from "../server/features/folding.ts";
import { formatting, formattingOnType } from "../server/features/formatting.ts";
import { hover } from "../server/features/hover.ts";
import { inlayHints } from "../server/features/inlayHints.ts";
import { linkedEditing } from "../server/features/linkedEditing.ts";
import type { Ranges } from "../server/features/ranges.ts";
import { highlights } from "../server/features/references.ts";
import { rename } from "../server/features/rename.ts";
import { selectionRange } from "../server/features/selectionRanges.ts";
import { encoded, semanticTokens } from "../server/features/semanticTokens.ts";
import { signatureHelp } from "../server/features/signatureHelp.ts";
import { workspaceSymbols } from "../server/features/workspaceSymbols.ts";
import { type Analysis, analyse } from "../server/language/analysis.ts";
import { formatted } from "../server/language/syntax/formatter.ts";
import { conformanceCases, nnFilesIn } from "./fixtures.ts";

/** Returns the texts of the samples and the conformance cases. */
export const seedTexts = (): string[] =>
  [
    ...nnFilesIn(inProject("samples")),
    ...conformanceCases("cases"),
    ...conformanceCases("contract"),
    ...conformanceCases("contract-2"),
  ].map(([, text]) => text);

/** Returns every prefix of the texts whose length is a multiple of `step`, with LF and with CRLF. */
export function* prefixes(texts: readonly string[], step: number): Generator<{ text: string; offset: number }> {
  for (const text of texts.flatMap((one) => [one, one.replaceAll("\n", "\r\n")]))
    for (let offset = 0; offset <= text.length; offset += step) yield { text: text.slice(0, offset), offset };
}

/** Returns the text of each `step`-th word, counted over all texts, without that word. */
export function* withoutOneWord(texts: readonly string[], step: number): Generator<{ text: string; offset: number }> {
  let count = 0;
  for (const text of texts) {
    for (const { index, 0: word } of text.matchAll(/[^\s]+/g))
      if (count++ % step === 0) yield { text: text.slice(0, index) + text.slice(index + word.length), offset: index };
  }
}

const ODD = [
  ...'{}()[]\n"#:=,.-_<>\\\t\0',
  "->",
  "..",
  "\r\n",
  "\r",
  "\uFEFF",
  "\ud800",
  "\udfff",
  "\u2028",
  "\u0301",
  "🦆",
  "é",
  "漢",
  "1e999",
  "-1e-999",
  "999999999999999999999",
  "0x0",
  "00x00",
  "1_",
  "not ",
  "from ",
  "repeat 99999999 {",
  "let x = x\n",
  "train",
  "on on",
  "nn-ignore NN505",
  "constructor",
  "__proto__",
  "model M {\n",
  "data D {\n source parity(bits=16)\n}\n",
  "source xor(samples=10000000)\n",
  "kernel=[[0]]",
  "neuron ",
  "expect {\n",
];

const place = fc.nat(1_000_000);
const length = fc.oneof({ weight: 6, arbitrary: fc.nat(20) }, { weight: 1, arbitrary: fc.nat(2000) });

/** One change of a text. `other` is the text that inserted pieces come from. */
const change: fc.Arbitrary<(text: string, other: string) => string> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.oneof(
      fc.tuple(place, length).map(
        ([at, n]) =>
          (text: string) =>
            splice(text, at, n, ""),
      ),
      fc.tuple(place, length, place).map(
        ([at, n, to]) =>
          (text: string) =>
            splice(text, to, 0, piece(text, at, n)),
      ),
      fc.tuple(place, place, length).map(
        ([a, b, n]) =>
          (text: string) =>
            splice(splice(text, a, n, piece(text, b, n)), b, n, piece(text, a, n)),
      ),
      fc.tuple(place, fc.nat(5), fc.constantFrom(...ODD)).map(
        ([at, n, odd]) =>
          (text: string) =>
            splice(text, at, n, odd),
      ),
      fc.tuple(place, place, length).map(
        ([at, from, n]) =>
          (text: string, other: string) =>
            splice(text, at, 0, piece(other, from, n)),
      ),
      fc.constant((text: string) => text.replaceAll("\n", "\r\n")),
      fc.constant((text: string) => `\uFEFF${text}`),
    ),
  },
  // Long insertions are rare, so that most changes are fast to check.
  {
    weight: 1,
    arbitrary: fc.tuple(place, fc.constantFrom(..."([{", "a ", "dense ", "1 ", "a,", "=", '"a" '), fc.constantFrom(50, 1000, 10_000)).map(
      ([at, word, n]) =>
        (text: string) =>
          splice(text, at, 0, word.repeat(n)),
    ),
  },
);

/** Returns an arbitrary: a text with one to five changes. */
export const mutation = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...texts), fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 5 }))
    .map(([text, other, changes]) => changes.reduce((changed, one) => one(changed, other), text));

const at = (text: string, n: number): number => n % (text.length + 1);
const piece = (text: string, from: number, n: number): string => text.slice(at(text, from), at(text, from) + n);
const splice = (text: string, from: number, n: number, put: string): string =>
  text.slice(0, at(text, from)) + put + text.slice(at(text, from) + n);

/** Returns the texts with one word of each line replaced by a name that every object has. Each of four versions replaces another word of the line. */
export function* withObjectWords(texts: readonly string[]): Generator<string> {
  for (const word of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    for (const text of texts) {
      for (const at of [1, 3, 5, 7]) {
        yield text.replace(/^( *)(.*)$/gm, (_line, space: string, rest: string) => {
          const pieces = rest.split(/([A-Za-z_]+)/);
          return at < pieces.length ? space + pieces.with(at, word).join("") : space + rest;
        });
      }
    }
  }
}

/** Throws if a feature fails at any `step`-th offset, or a hover shows something that does not belong to the language. */
export function requireEverywhere(text: string, step: number): void {
  const analysis = requireCheck(text);
  for (let offset = 0; offset <= text.length; offset += step) requireFeatures(analysis, offset);
  for (let offset = 0; offset <= text.length; offset += 11) {
    const shown = hover(analysis, offset)?.markdown ?? "";
    if (/undefined|native code/.test(shown)) throw new Error(`The hover has no content: ${shown}`);
  }
}

/** Throws if one of `count` random changes of the texts breaks an invariant. */
export function requireForRandomChanges(texts: readonly string[], draw: { readonly seed: number; readonly count: number }): void {
  let count = 0;
  fc.assert(
    fc.property(mutation(texts), (text) => {
      const analysis = requireCheck(text);
      // Features and formatter run on one text of ten, since they take most of the time.
      if (count++ % 10 !== 0) return;
      requireFeatures(analysis, count % (text.length + 1));
      requireFormat(text);
    }),
    { seed: draw.seed, numRuns: draw.count },
  );
}

/** The limit of a check's processor time, in milliseconds. Only a hang reaches it. */
const HANG = 1000;
/** Processor time of `yardstick` on a usual machine of 2026, in milliseconds. */
const USUAL = 25;

/** Returns the thread's processor time in milliseconds. Other programs on the machine do not add to it. */
const processorTime = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

function processorTimeOf(work: () => void): number {
  const began = processorTime();
  work();
  return processorTime() - began;
}

/** Returns the processor time of checking 1,000 lines at this moment: the median of five, in milliseconds. */
function yardstick(): number {
  const text = Array.from(
    { length: 90 },
    (_, i) =>
      `model M${i} {\n  input 28x28\n  flatten\n  dense 300 relu init=he_normal\n  dropout 0.2\n  a: dense 100 relu\n  b: dense 100 relu\n  concat from a, b\n  dense 10 softmax\n}\n`,
  ).join("\n");
  const times = Array.from({ length: 5 }, () => processorTimeOf(() => analyse(text)));
  return times.sort((a, b) => a - b)[2] ?? USUAL;
}

/** Throws if the cost of the work grows faster than its size: 16 times the size may cost 40 times as much. A quadratic cost is 256 times as much. */
export async function requireLinearCost(work: (n: number) => void | Promise<void>, n: number): Promise<void> {
  const cost = async (size: number): Promise<number> => {
    const began = processorTime();
    await work(size);
    return processorTime() - began;
  };
  let growth = Number.POSITIVE_INFINITY;
  // One slow measurement may be garbage collection, so two must be slow.
  for (let k = 0; k < 2 && growth > 40; k++) {
    // The processor's clock may advance in steps of 10 ms.
    const short = Math.max(10, Math.min(await cost(n), await cost(n), await cost(n)));
    growth = (await cost(16 * n)) / short;
  }
  if (growth > 40) throw new Error(`16 times the size costs ${growth.toFixed(1)} times as much.`);
}

/** Throws if an invariant of the checker is broken. Returns the analysis. */
export function requireCheck(text: string): Analysis {
  const began = processorTime();
  const analysis = analyse(text);
  const took = processorTime() - began;
  // The limit is extended by the machine's slowness, which is measured only here and at the same moment.
  if (took > HANG && took > HANG * (yardstick() / USUAL)) throw new Error(`The check took ${took.toFixed(0)} ms of processor time.`);
  for (const { span, related, fixes, message } of analysis.issues) {
    const spans = [span, ...related.map((other) => other.span), ...fixes.flatMap(({ changes }) => changes.map((one) => one.span))];
    for (const { start, end } of spans) {
      if (!(start >= 0 && start <= end && end <= text.length))
        throw new Error(`The range ${start}..${end} is not inside a text of ${text.length}: ${message}`);
    }
    if (/undefined|NaN|\[object/.test(message.replace(/`[^`]*`/g, ""))) throw new Error(`The message has a hole: ${message}`);
    if (message.length > 1500) throw new Error(`The message has ${message.length} characters: ${message.slice(0, 200)}`);
  }
  return analysis;
}

/** Throws if formatting twice differs from formatting once, or if the formatter's edits do not produce its text. */
export function requireFormat(text: string): void {
  const once = formatted(text);
  if (once !== undefined && formatted(once) !== once) throw new Error("Formatting twice differs from formatting once.");
  const pieces = [...formatting(text, plainRanges)].sort((a, b) => b.range.start.character - a.range.start.character);
  const made = pieces.reduce(
    (shown, { range, newText }) => shown.slice(0, range.start.character) + newText + shown.slice(range.end.character),
    text,
  );
  if (once !== undefined && made !== once) throw new Error("The formatter's edits do not produce its text.");
}

const plainRanges: Ranges = { of: ({ start, end }) => ({ start: { line: 0, character: start }, end: { line: 0, character: end } }) };

/** Throws if an editor feature fails at the offset. */
export function requireFeatures(analysis: Analysis, offset: number): void {
  completion(analysis, offset, { files: ["a.csv"] });
  const shown = hover(analysis, offset)?.markdown ?? "";
  if (/\bundefined\b|\bNaN\b|native code/.test(shown.replace(/`[^`]*`/g, ""))) throw new Error(`The hover has no content: ${shown}`);
  documentSymbols(analysis, plainRanges);
  const { length } = analysis.text;
  for (const { range } of highlights(analysis, offset, plainRanges)) {
    if (range.end.character > length) throw new Error(`A highlight ends at ${range.end.character} in a text of ${length}.`);
  }
  rename(analysis, offset, "other", plainRanges);
  folding(analysis, (at) => at);
  inlayHints(analysis, { start: 0, end: length }, plainRanges, { shapes: true, totals: true });
  selectionRange(analysis, offset, plainRanges);
  linkedEditing(analysis, offset, plainRanges);
  workspaceSymbols(analysis, "a", "file:///x.nn", plainRanges);
  const tokens = encoded(semanticTokens(analysis), (at) => ({ line: 0, character: at }));
  if (tokens.some((part) => part < 0)) throw new Error("Two semantic tokens overlap.");
  formattingOnType(analysis.text, offset, "}", plainRanges);
  formattingOnType(analysis.text, offset, "\n", plainRanges);
  signatureHelp(analysis, offset);
  documentLinks(analysis, plainRanges, (path) => path);
  codeActions(analysis, { start: offset, end: offset }, { uri: "file:///x.nn", ranges: plainRanges });
}
