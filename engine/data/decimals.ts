/**
 * The fast path for large tables. A plain piece of a CSV file, with only numbers between delimiters and line breaks, is parsed directly from its
 * bytes. All other pieces are left to Papa Parse (csv.ts), which defines the meaning of a table. Both return the same numbers.
 */

/** Powers of ten that are exact in float64. */
const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
/** Every integer with this many decimal digits is exact in float64. */
const EXACT_DIGITS = 15;

const [NEWLINE, RETURN, SPACE, PLUS, MINUS, POINT, ZERO, NINE] = [10, 13, 32, 43, 45, 46, 48, 57];

/** The codes of the characters between cells and before fractions. */
export interface PlainCodes {
  readonly delimiter: number;
  readonly decimal: number;
}

export interface PlainPiece {
  readonly rows: number;
  /** One array per wanted column, in order. */
  readonly numbers: readonly Float64Array[];
}

/**
 * Reads rows from bytes [from, to), which end with a line break or with the file. `wanted` maps each column to its index in the result, or to −1 if
 * it is not wanted. Returns undefined if anything is not plain: a quote, a gap, a word in a wanted column, a row that is too short, or a blank line
 * that rows follow.
 *
 * The function is long because position, byte and digits are locals of its loop. A separate number parser would have to return the value and its end
 * together, once per cell.
 */
export function plainPiece(
  bytes: Uint8Array,
  from: number,
  to: number,
  wanted: Int32Array,
  { delimiter, decimal }: PlainCodes,
): PlainPiece | undefined {
  const piece = bytes.subarray(from, to);
  if (piece.includes(34) || piece.includes(0)) return undefined;
  const count = wanted.reduce((most, slot) => Math.max(most, slot + 1), 0);
  // Each column of a row takes at least two bytes: a digit and a delimiter or line break.
  const capacity = Math.ceil((to - from + 1) / (2 * wanted.length));
  const numbers = Array.from({ length: count }, () => new Float64Array(capacity));
  const width = wanted.length;
  let at = from;
  let rows = 0;
  while (at < to) {
    // Blank lines at the file's end are skipped. Others count as rows of the file, which only Papa Parse's path tracks.
    if (bytes[at] === NEWLINE || bytes[at] === RETURN) {
      while (at < to && (bytes[at] === NEWLINE || bytes[at] === RETURN)) at++;
      if (at < bytes.length) return undefined;
      break;
    }
    for (let column = 0; column < width; column++) {
      const slot = wanted[column];
      let code = at < to ? bytes[at] : NEWLINE;
      if (slot < 0) {
        while (at < to && code !== delimiter && code !== NEWLINE) code = bytes[++at];
        if (at >= to) code = NEWLINE;
      } else {
        while (code === SPACE) code = bytes[++at];
        const start = at;
        const isNegative = code === MINUS;
        if (isNegative || code === PLUS) code = bytes[++at];
        let mantissa = 0;
        let digits = 0;
        let scale = 0;
        const whole = at;
        while (code >= ZERO && code <= NINE) {
          mantissa = mantissa * 10 + (code - ZERO);
          if (mantissa > 0) digits++;
          code = bytes[++at];
        }
        let seen = at - whole;
        if (code === decimal) {
          code = bytes[++at];
          const fraction = at;
          while (code >= ZERO && code <= NINE) {
            mantissa = mantissa * 10 + (code - ZERO);
            if (mantissa > 0) digits++;
            code = bytes[++at];
          }
          scale = at - fraction;
          seen += scale;
        }
        if (seen === 0) return undefined;
        // −scale could be −0, which V8 does not treat as an integer.
        let exponent = 0 - scale;
        if (code === 101 || code === 69) {
          code = bytes[++at];
          const isSmall = code === MINUS;
          if (isSmall || code === PLUS) code = bytes[++at];
          const power = at;
          let value = 0;
          while (code >= ZERO && code <= NINE) {
            value = Math.min(value * 10 + (code - ZERO), 9999);
            code = bytes[++at];
          }
          if (at === power) return undefined;
          exponent = isSmall ? exponent - value : exponent + value;
        }
        let value = mantissa;
        if (digits <= EXACT_DIGITS && exponent >= -22 && exponent <= 22) {
          // Both operands are exact, so the result is rounded once, which is correct (Clinger 1990).
          value = exponent < 0 ? mantissa / POWERS[0 - exponent] : mantissa * POWERS[exponent];
          if (isNegative) value = -value;
        } else {
          const text = String.fromCharCode(...bytes.subarray(start, at));
          value = Number(decimal === POINT ? text : text.replace(String.fromCharCode(decimal), "."));
          // A number too large for float64 is a word.
          if (!Number.isFinite(value)) return undefined;
        }
        while (code === SPACE) code = bytes[++at];
        if (at >= to) code = NEWLINE;
        numbers[slot][rows] = value;
      }
      if (code === RETURN && (at + 1 >= to || bytes[at + 1] === NEWLINE)) {
        at++;
        code = NEWLINE;
      }
      if (code !== (column === width - 1 ? NEWLINE : delimiter)) return undefined;
      at++;
    }
    rows++;
  }
  return { rows, numbers: numbers.map((own) => own.subarray(0, rows)) };
}
