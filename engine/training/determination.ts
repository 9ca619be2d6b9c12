/** R², the coefficient of determination: 1 − Σ(t − a)² / Σ(t − t̄)². */

export interface Determination {
  /** Adds an output y and its target t. */
  readonly add: (y: number, t: number) => void;
  /** Returns R² and resets it. R² is NaN if all targets are equal. */
  readonly take: () => number;
}

/** Returns an accumulator for one column. */
export function determination(): Determination {
  let errors = 0;
  let count = 0;
  let mean = 0;
  let spread = 0;
  return {
    add(y, t) {
      errors += (t - y) ** 2;
      // Welford's running variance is accurate for targets far from 0, and exactly 0 for constant targets.
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
