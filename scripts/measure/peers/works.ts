/** The workloads to measure: the book's networks, and wide ones. Their data are random numbers, since only the time matters. */
export interface Work {
  readonly name: string;
  readonly what: string;
  /** The units of each layer, inputs first. */
  readonly layers: readonly number[];
  readonly hidden: "relu" | "tanh" | "sigmoid";
  readonly loss: "sparse" | "binary" | "mse";
  readonly optimizer: "sgd" | "adam";
  readonly rate: number;
  readonly batch: number;
  readonly rows: number;
  /** The maximum number of epochs in one measurement. */
  readonly epochs: number;
  /** Measures forward passes only: all rows in batches, or one row at a time. */
  readonly passes?: "batch" | "single";
  /** The time limit of a measurement, in seconds. */
  readonly seconds?: number;
}

const BOOK = { hidden: "relu", loss: "sparse", optimizer: "sgd", rate: 0.01 } as const;

export const WORKS: readonly Work[] = [
  {
    ...BOOK,
    name: "W1",
    what: "XOR 2-2-1",
    layers: [2, 2, 1],
    hidden: "sigmoid",
    loss: "binary",
    rate: 0.5,
    batch: 4,
    rows: 4,
    epochs: 200_000,
  },
  { ...BOOK, name: "W2", what: "iris 4-16-3", layers: [4, 16, 3], batch: 16, rows: 150, epochs: 1000 },
  { ...BOOK, name: "W3", what: "784-300-100-10", layers: [784, 300, 100, 10], batch: 32, rows: 8000, epochs: 10 },
  { ...BOOK, name: "W4", what: "8-30-1", layers: [8, 30, 1], loss: "mse", rate: 0.001, batch: 32, rows: 11_610, epochs: 60 },
  {
    ...BOOK,
    name: "W5",
    what: "784-1024-1024-10, Adam",
    layers: [784, 1024, 1024, 10],
    optimizer: "adam",
    rate: 0.001,
    batch: 128,
    rows: 8192,
    epochs: 2,
  },
  {
    ...BOOK,
    name: "W6a",
    what: "forward, 10,000 rows by 1,000",
    layers: [784, 300, 100, 10],
    batch: 1000,
    rows: 10_000,
    epochs: 4,
    passes: "batch",
  },
  { ...BOOK, name: "W6b", what: "forward, one row", layers: [784, 300, 100, 10], batch: 1, rows: 1, epochs: 2000, passes: "single" },
  { ...BOOK, name: "W7", what: "2-8-8-1, batch 10", layers: [2, 8, 8, 1], hidden: "tanh", loss: "mse", batch: 10, rows: 300, epochs: 500 },
];

/** The output of a measuring process: the median of the milliseconds per epoch (or pass) after the first. */
export interface Timed {
  readonly ms: number;
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
