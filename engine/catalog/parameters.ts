/** The parameters of layers: their symbols, fans and initial values. */
import { type Shape, sizeOf } from "./shapes.ts";

/** The number of inputs that each output of a parameter sums, and the number of outputs that each input contributes to. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

interface ParameterFacts {
  /** The symbol in formulas. */
  readonly symbol: string;
  readonly fans: (shape: Shape) => Fans;
  /** The initial value if the file does not write one. `drawn` means drawn by the layer's initializer. */
  readonly start: "drawn" | "zeros" | "ones";
  /** Whether the penalties `l1` and `l2` include it. */
  readonly isPenalized: boolean;
  /** Whether it is a statistic of the data. Gradients do not change statistics. */
  readonly isStatistic: boolean;
}

/** Returns the fans of a kernel [inputs, units], or of a convolution, whose window's axes come first: [height, width, channels, filters]. */
function kernelFans(shape: Shape): Fans {
  const [inputs = 1, units = inputs] = shape.slice(-2);
  const window = sizeOf(shape.slice(0, -2));
  return { in: window * inputs, out: window * units };
}
/** Returns the fans of a parameter with one number for each unit. */
const vectorFans = (shape: Shape): Fans => ({ in: sizeOf(shape), out: sizeOf(shape) });
const statistic = (symbol: string, start: "zeros" | "ones") =>
  ({ symbol, fans: vectorFans, start, isPenalized: false, isStatistic: true }) as const;

/** The parameters of all layers, under Keras' names. */
export const parameterFacts = {
  kernel: { symbol: "W", fans: kernelFans, start: "drawn", isPenalized: true, isStatistic: false },
  bias: { symbol: "b", fans: vectorFans, start: "zeros", isPenalized: false, isStatistic: false },
  gamma: { symbol: "gamma", fans: vectorFans, start: "ones", isPenalized: false, isStatistic: false },
  beta: { symbol: "beta", fans: vectorFans, start: "zeros", isPenalized: false, isStatistic: false },
  alpha: { symbol: "alpha", fans: vectorFans, start: "zeros", isPenalized: false, isStatistic: false },
  moving_mean: statistic("moving_mean", "zeros"),
  moving_variance: statistic("moving_variance", "ones"),
  mean: statistic("mean", "zeros"),
  variance: statistic("variance", "ones"),
} as const satisfies Record<string, ParameterFacts>;

export type ParameterName = keyof typeof parameterFacts;

export interface ParameterShape {
  readonly name: ParameterName;
  readonly shape: Shape;
}
