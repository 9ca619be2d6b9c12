/** Reads a written derivation as a student does, from its text alone, and computes the gradient from its own numbers. It shares no code with the engine. */
import { evaluate, readLine, shown } from "./pencil.ts";

export interface ReadDerivation {
  /** Every equation, in the notation of One Step. */
  readonly lines: readonly string[];
  /** What is wrong with the lines' arithmetic. */
  readonly mistakes: readonly string[];
  /** The number of lines with arithmetic. */
  readonly checked: number;
  /** The rows of the batch that are written out, by their numbers. */
  readonly rows: readonly number[];
  /** The sum over the paths of each row that is written out, from their factors; undefined for a row without paths. */
  readonly sums: readonly (number | undefined)[];
  /** The stated share of each of these rows. */
  readonly shares: readonly number[];
  /** The share of every row of the batch, by the row's number. */
  readonly shareOf: ReadonlyMap<number, number>;
  /** The stated gradient and half a unit of its last digit. */
  readonly gradient: { readonly value: number; readonly tolerance: number };
}

/** Returns an equation in TeX in the notation of One Step. */
function pencilText(tex: string): string {
  return tex
    .replaceAll("&", "")
    .replaceAll(/\\frac\{\\partial L\}\{\\partial ([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g, "∂L/∂$1")
    .replaceAll(/\\mathrm\{e\}\{(-?)(\d+)\}/g, "e$1$2")
    .replaceAll(/\\text\{(\d+ smaller: )\}/g, "$1")
    .replaceAll(/\\text\{([^{}]*)\}/g, "$1")
    .replaceAll("\\textstyle\\sum", "Σ")
    .replaceAll("\\cdot", "·")
    .replaceAll("\\approx", "≈")
    .replaceAll("\\varepsilon", "ε")
    .replaceAll("\\leftarrow", "←")
    .replaceAll("^{2}", "²")
    .replaceAll(/\\sqrt\{/g, "√(")
    .replaceAll("-", "−")
    .replaceAll(/\\(tanh|ln|cosh|max|min)/g, "$1")
    .replaceAll("{", "(")
    .replaceAll("}", ")")
    .replaceAll(/\s+/g, " ")
    .trim();
}

const equationsIn = (text: string): string[] =>
  [...text.matchAll(/\\begin\{align(?:ed|\*)\}\n([\s\S]*?)\n\\end\{align(?:ed|\*)\}/g)].flatMap(([, body = ""]) =>
    body.split(" \\\\\n").map(pencilText),
  );

/** Returns what is wrong with a line; undefined if its arithmetic has the stated result, to the digits shown, or if it has no arithmetic. */
function mistakeIn(line: string): string | undefined {
  if (line.endsWith("≈ 0")) return undefined;
  if (line.includes("≈")) return `${line}: is only near`;
  const { arithmetic, result } = readLine(line);
  if (arithmetic === undefined) return undefined;
  const { value, error } = evaluate(arithmetic);
  return Math.abs(value - result.value) <= result.tolerance * (1 + 1e-9) + 100 * error ? undefined : `${line}: it is ${value}`;
}

const resultOf = (line: string): { value: number; tolerance: number } => shown(line.split(/ = | ≈ /).at(-1) ?? "");

/** Returns the product of a path's factors; a path of one factor states only its value. */
function pathValue(line: string): number {
  const { arithmetic, result } = readLine(line.replace("≈", "="));
  return arithmetic === undefined ? result.value : evaluate(arithmetic).value;
}

export function readDerivation(text: string): ReadDerivation {
  const lines = equationsIn(text);
  const [body = "", end = ""] = text.split(/^(?:## |\\subsection\*\{)The gradient/m);
  const parts = body.split(/^(?:## |\\subsection\*\{)Forward through the layers: row /m).slice(1);
  const rows = parts.map((part) => Number.parseInt(part, 10));
  const sums = parts.map((part) => {
    const paths = equationsIn(part).filter((line) => /^p_\(\d+\) =/.test(line));
    if (paths.length === 0) return undefined;
    return paths.reduce((sum, line) => sum + pathValue(line), 0);
  });
  const shares = parts.map((part) => resultOf(equationsIn(part).find((line) => line.startsWith("share =")) ?? "").value);
  const table = [...end.matchAll(/^\|? ?row (\d+) .*?(?:\||&) ([^|&]+?) (?:\||\\\\)$/gm)];
  const shareOf = new Map<number, number>(
    table.length > 0
      ? table.map(([, row, share = ""]) => [Number(row), shown(share).value])
      : rows.map((row, k) => [row, shares[k] ?? Number.NaN]),
  );
  const gradient = resultOf(equationsIn(end).find((line) => line.startsWith("∂L/∂")) ?? "");
  return {
    lines,
    mistakes: lines.flatMap((line) => mistakeIn(line) ?? []),
    checked: lines.filter((line) => !line.includes("≈") && readLine(line).arithmetic !== undefined).length,
    rows,
    sums,
    shares,
    shareOf,
    gradient,
  };
}
