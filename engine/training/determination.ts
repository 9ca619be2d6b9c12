/** R², the coefficient of determination: 1 − Σ(t − y)² / Σ(t − t̄)². */

export interface Determination {
  /** Takes an output y and its target t. */
  readonly add: (y: number, t: number) => void;
  /** Returns R², which is NaN if every target is the same, and begins anew. */
  readonly take: () => number;
}

/** The R² of one column. */
export function determination(): Determination {
  let errors = 0;
  let count = 0;
  let mean = 0;
  let spread = 0;
  return {
    add(y, t) {
      errors += (t - y) ** 2;
      // Welford's running variance is exact for targets far from 0, and exactly 0 for a constant.
      count++;
      const distance = t - mean;
      mean += distance / count;
      spread += distance * (t - mean);
    },
    take() {
      const value = spread === 0 ? Number.NaN : 1 - errors / spread;
      errors = count = mean = spread = 0;
      return value;
    },
  };
}
