import { describe, expect, test } from "vitest";
import { activations, isScalar, type ScalarActivationName, slopeAt, valueAt } from "./activations.ts";
import { names, withDefaults } from "./index.ts";

/** f and f' at −2, −0.5, 0.5 and 2, computed from the formulas independently of this code. */
const TABLE: { readonly [K in ScalarActivationName]: { readonly value: readonly number[]; readonly slope: readonly number[] } } = {
  sigmoid: { value: [0.119203, 0.377541, 0.622459, 0.880797], slope: [0.104994, 0.235004, 0.235004, 0.104994] },
  tanh: { value: [-0.964028, -0.462117, 0.462117, 0.964028], slope: [0.070651, 0.786448, 0.786448, 0.070651] },
  elu: { value: [-0.864665, -0.393469, 0.5, 2], slope: [0.135335, 0.606531, 1, 1] },
  selu: { value: [-1.520166, -0.691758, 0.52535, 2.101402], slope: [0.237933, 1.066341, 1.050701, 1.050701] },
  gelu: { value: [-0.0455, -0.154269, 0.345731, 1.9545], slope: [-0.085232, 0.132505, 0.867495, 1.085232] },
  swish: { value: [-0.238406, -0.18877, 0.31123, 1.761594], slope: [-0.090784, 0.260039, 0.739961, 1.090784] },
  softplus: { value: [0.126928, 0.474077, 0.974077, 2.126928], slope: [0.119203, 0.377541, 0.622459, 0.880797] },
  softsign: { value: [-0.666667, -0.333333, 0.333333, 0.666667], slope: [0.111111, 0.444444, 0.444444, 0.111111] },
  relu: { value: [0, 0, 0.5, 2], slope: [0, 0, 1, 1] },
  leaky_relu: { value: [-0.4, -0.1, 0.5, 2], slope: [0.2, 0.2, 1, 1] },
  hard_sigmoid: { value: [1 / 6, 0.416667, 0.583333, 0.833333], slope: [1 / 6, 1 / 6, 1 / 6, 1 / 6] },
  mish: { value: [-0.252501, -0.220744, 0.375245, 1.943959], slope: [-0.108355, 0.289511, 0.886424, 1.069318] },
  hard_swish: { value: [-0.333333, -0.208333, 0.291667, 1.666667], slope: [-0.166667, 0.333333, 0.666667, 1.166667] },
  relu6: { value: [0, 0, 0.5, 2], slope: [0.0, 0.0, 1.0, 1.0] },
  exponential: { value: [0.135335, 0.606531, 1.648721, 7.389056], slope: [0.135335, 0.606531, 1.648721, 7.389056] },
  log_sigmoid: { value: [-2.126928, -0.974077, -0.474077, -0.126928], slope: [0.880797, 0.622459, 0.377541, 0.119203] },
  heaviside: { value: [0, 0, 1, 1], slope: [0, 0, 0, 0] },
  sign: { value: [-1, -1, 1, 1], slope: [0, 0, 0, 0] },
  linear: { value: [-2, -0.5, 0.5, 2], slope: [1, 1, 1, 1] },
};
const POINTS = [-2, -0.5, 0.5, 2];
const scalars = names(activations).filter((name): name is ScalarActivationName => isScalar({ name }));
/** Returns f(z) with the catalog's defaults: a slope of 0.2 below 0 for leaky_relu, alpha = 1 for elu. */
const value = (name: ScalarActivationName, z: number): number => valueAt(withDefaults("activations", name), z);
const slope = (name: ScalarActivationName, z: number): number => slopeAt(withDefaults("activations", name), z, value(name, z));

describe("activations", () => {
  test.each(scalars)("%s has the published values and slopes", (name) => {
    POINTS.forEach((z, i) => {
      expect(value(name, z)).toBeCloseTo(TABLE[name].value[i] ?? Number.NaN, 5);
      expect(slope(name, z)).toBeCloseTo(TABLE[name].slope[i] ?? Number.NaN, 5);
    });
  });

  test.each(scalars)("%s passes NaN on", (name) => {
    expect(value(name, Number.NaN)).toBeNaN();
  });

  test("the steps at 0: heaviside 1, sign 0", () => {
    expect(activations.heaviside.value(0)).toBe(1);
    expect(activations.sign.value(0)).toBe(0);
  });

  test.each(scalars.filter((name) => name !== "exponential"))("%s stays finite far out", (name) => {
    for (const z of [-1e4, -700, 700, 1e4]) {
      expect(value(name, z)).toSatisfy(Number.isFinite);
      expect(slope(name, z)).toSatisfy(Number.isFinite);
    }
  });

  test("relu6 is cut off at 6, and hard_swish is 0 up to −3 and z from 3 on", () => {
    expect([value("relu6", 6), value("relu6", 60), slope("relu6", 6), slope("relu6", 5.75)]).toEqual([6, 6, 0, 1]);
    expect([value("hard_swish", -3), value("hard_swish", -60), value("hard_swish", 3), value("hard_swish", 60)]).toEqual([0, 0, 3, 60]);
    expect([slope("hard_swish", -3), slope("hard_swish", 3)]).toEqual([0, 1]);
  });

  test("the slopes at the kinks are 0 for relu and hard_sigmoid, 1 for leaky_relu", () => {
    expect([slope("relu", 0), slope("leaky_relu", 0)]).toEqual([0, 1]);
    expect([slope("hard_sigmoid", -3), slope("hard_sigmoid", 3)]).toEqual([0, 0]);
    expect([slope("hard_sigmoid", -3 + 2 ** -40), slope("hard_sigmoid", 3 - 2 ** -40)]).toEqual([1 / 6, 1 / 6]);
  });
});
