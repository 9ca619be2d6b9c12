/** The meaning of a table cell: a number, a missing value or a word. Checking, training and predicting share these rules. */

/** The number format of a table. */
export interface NumberStyle {
  /** The character before the fraction: "." or ",". */
  readonly decimal: string;
  /** The character between groups of three digits; null if there is none. */
  readonly thousands: string | null;
}

export interface CellRules {
  /** Returns the cell's number, or undefined if it is not a finite number. `0x10`, `Infinity` and `1e309` are words. */
  readonly number: (cell: string) => number | undefined;
  /** Whether the cell means "no value" in any column. */
  readonly isGap: (cell: string) => boolean;
  /** Whether the number means "no value", for readers that bypass `number`. */
  readonly isMissing: (value: number) => boolean;
  /** Whether the cell is a word that means "no value" in a column of numbers only. */
  readonly isNumberGap: (cell: string) => boolean;
}

const GAPS: ReadonlySet<string> = new Set(["", "na", "n/a", "nan", "null", "?"]);
const NUMBER_GAPS: ReadonlySet<string> = new Set(["-", "#n/a", "none"]);
/** The length of the longest of these words. */
const LONGEST_GAP = 4;

const isOneOf =
  (words: ReadonlySet<string>) =>
  (cell: string): boolean => {
    const trimmed = cell.trim();
    return trimmed.length <= LONGEST_GAP && words.has(trimmed.toLowerCase());
  };
const isGap = isOneOf(GAPS);
const isNumberGap = isOneOf(NUMBER_GAPS);

/** Returns the rules for cells with numbers in that style. `missing` lists additional texts and numbers that mean "no value" in any column. */
export function cellRules(style: NumberStyle, missing: readonly string[] = []): CellRules {
  const read = numberReader(style);
  if (missing.length === 0) return { number: read, isGap, isNumberGap, isMissing: () => false };
  const words = new Set(missing.map((text) => text.trim().toLowerCase()));
  const numbers = new Set(missing.flatMap((text) => readPlain(text) ?? []));
  return {
    number(cell) {
      const value = read(cell);
      return value === undefined || numbers.has(value) || words.has(cell.trim().toLowerCase()) ? undefined : value;
    },
    isGap(cell) {
      if (isGap(cell) || words.has(cell.trim().toLowerCase())) return true;
      const value = numbers.size > 0 ? read(cell) : undefined;
      return value !== undefined && numbers.has(value);
    },
    isNumberGap,
    isMissing: (value) => numbers.has(value),
  };
}

/** Reads numbers in the format of a `.nn` file. */
const readPlain = (cell: string): number | undefined => numberReader({ decimal: ".", thousands: null })(cell);

/** Returns a class name or word in the format of a numeric column's reader: `1.0` and `007` as "1" and "7". */
export function valueText(name: string): string {
  const value = readPlain(name);
  return value === undefined ? name : String(value);
}

/** Whether a word has the number format of a numeric column's reader. */
export const isValueText = (word: string): boolean => readPlain(word) !== undefined && valueText(word) === word;

function numberReader({ decimal, thousands }: NumberStyle): (cell: string) => number | undefined {
  const plain = decimal === "." && thousands === null;
  const point = literal(decimal);
  const group = thousands === null ? undefined : groupPattern(thousands);
  const whole = group ? `(?:\\d{1,3}(?:${group}\\d{3})+(?!\\d)|\\d+)` : "\\d+";
  // The pattern is unambiguous, so that matching takes linear time even for a long cell.
  const pattern = new RegExp(`^[+-]?(?:${whole}(?:${point}\\d*)?|${point}\\d+)(?:[eE][+-]?\\d+)?$`);
  const groups = group && new RegExp(group, "g");
  return (cell) => {
    const trimmed = cell.trim();
    if (!pattern.test(trimmed)) return undefined;
    const value = Number(plain ? trimmed : (groups ? trimmed.replace(groups, "") : trimmed).replace(decimal, "."));
    return Number.isFinite(value) ? value : undefined;
  };
}

const literal = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** The blank between thousands is often a non-breaking one, and an apostrophe may be typographic. */
function groupPattern(thousands: string): string {
  if (thousands === " ") return "[ \\u00a0\\u202f]";
  if (thousands === "'") return "['\\u2019]";
  return literal(thousands);
}

const COMMA: NumberStyle = { decimal: ",", thousands: null };

/** Number styles, the most common first. */
const STYLES: readonly NumberStyle[] = [
  { decimal: ".", thousands: null },
  { decimal: ".", thousands: "," },
  COMMA,
  { decimal: ",", thousands: "." },
  { decimal: ",", thousands: " " },
  { decimal: ".", thousands: " " },
  { decimal: ".", thousands: "'" },
];

/**
 * If some cells are not numbers in `style`, returns the style in which every cell with a value is a number. Groups of three digits after a comma may
 * be thousands or a fraction. They are a fraction if semicolons separate the cells, as in regions with a decimal comma.
 */
export function otherStyle(cells: readonly string[], style: NumberStyle, delimiter: string): NumberStyle | undefined {
  const own = numberReader(style);
  const first = cells.find((cell) => !isGap(cell) && !isNumberGap(cell) && own(cell) === undefined);
  if (first === undefined || !/^[+-]?\d[\d.,' \u00a0\u202f\u2019]*(?:[eE][+-]?\d+)?$/.test(first.trim())) return undefined;
  const styles = delimiter === ";" ? [COMMA, ...STYLES] : STYLES;
  return styles.find((other) => {
    const number = numberReader(other);
    return cells.every((cell) => number(cell) !== undefined || isGap(cell) || isNumberGap(cell));
  });
}
