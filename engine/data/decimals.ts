/**
 * The quick way through a large table: a piece of a CSV file that is plain, numbers between delimiters and line breaks, is read
 * from its bytes, without text in between. Anything else is left to Papa Parse (csv.ts), which decides what a table is; both give the same numbers.
 */

/** Powers of ten that are exact in float64. */
const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));
/** Digits that a float64 holds exactly, whichever they are. */
const EXACT_DIGITS = 15;

const [NEWLINE, RETURN, SPACE, PLUS, MINUS, POINT, ZERO, NINE] = [10, 13, 32, 43, 45, 46, 48, 57];

export interface PlainPiece {
  readonly rows: number;
  /** One for each wanted column, in their order. */
  readonly numbers: readonly Float64Array[];
}

/**
 * Reads rows from bytes [from, to), which end with a line break or the file. `wanted` has the place of each column's numbers, −1 for a column that is
 * not asked for. Returns undefined where something is not plain: a quote, a gap, a word in a wanted column, a row too short.
 *
 * One long function: position, byte and digits are locals of its loop. Split, each number would have to return its value and its end together.
 */
export function plainPiece(bytes: Uint8Array, from: number, to: number, wanted: Int32Array, delimiter: number): PlainPiece | undefined {
  const piece = bytes.subarray(from, to);
  if (piece.includes(34) || piece.includes(0)) return undefined;
  const count = wanted.reduce((most, slot) => Math.max(most, slot + 1), 0);
  // A row has a digit and a delimiter or line break a column at least.
  const capacity = Math.ceil((to - from + 1) / (2 * wanted.length));
  const numbers = Array.from({ length: count }, () => new Float64Array(capacity));
  const width = wanted.length;
  let at = from;
  let rows = 0;
  let breakLength = 0;
  while (at < to) {
    // Blank lines are no rows.
    if (bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] === NEWLINE)) {
      const own = bytes[at] === NEWLINE ? 1 : 2;
      if (breakLength > 0 && own !== breakLength) return undefined;
      breakLength = own;
      at += own;
      continue;
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
        if (code === POINT) {
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
        // Not −scale, which may be −0: no whole number to the compiler.
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
          // One exact number by another: rounded once, as it should be (Clinger 1990).
          value = exponent < 0 ? mantissa / POWERS[0 - exponent] : mantissa * POWERS[exponent];
          if (isNegative) value = -value;
        } else value = Number(String.fromCharCode(...bytes.subarray(start, at)));
        while (code === SPACE) code = bytes[++at];
        if (at >= to) code = NEWLINE;
        numbers[slot][rows] = value;
      }
      const isReturn = code === RETURN && (at + 1 >= to || bytes[at + 1] === NEWLINE);
      if (isReturn) {
        at++;
        code = NEWLINE;
      }
      if (code === NEWLINE && at < to) {
        // Line breaks of two kinds: which of them end a row is not for here to say.
        if (breakLength > 0 && breakLength !== (isReturn ? 2 : 1)) return undefined;
        breakLength = isReturn ? 2 : 1;
      }
      if (code !== (column === width - 1 ? NEWLINE : delimiter)) return undefined;
      at++;
    }
    rows++;
  }
  return { rows, numbers: numbers.map((own) => own.subarray(0, rows)) };
}
