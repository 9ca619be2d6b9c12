/** Tests computations of layers that gradient checks do not cover. */
import { describe, expect, test } from "vitest";
import { planOf } from "../../test/fixtures.ts";
import { compile } from "./compile.ts";
import { initializeWeights } from "./initialize.ts";
import { forwardPass, type Network } from "./network.ts";

const networkOf = (layers: string, capacity: number, input = "a, b, c"): Network => {
  const columns = input.split(", ");
  const plan = planOf(
    `model M {\n  i: input ${input}\n  ${layers}\n}\ndata D {\n  features ${input}\n  target t\n  ${columns.map(() => "0").join(" ")} -> 0\n}\ntrain M on D {\n  loss mse\n}`,
  );
  const network = compile(plan.network, { precision: "float64", capacity });
  initializeWeights(network, 1);
  return network;
};

describe("a neuron", () => {
  const fires = (line: string, rows: readonly (readonly number[])[]): number[] => {
    const network = networkOf(`n: neuron ${line}\n  d: dense 1 from i\n  concat from n, d\n  dense 1`, rows.length);
    network.stepOf.get("i")?.output.values.set(rows.flat());
    forwardPass(network, "infer");
    return [...(network.stepOf.get("n")?.output.values ?? [])];
  };

  test("fires if the number of active inputs is at least its threshold", () => {
    const rows = [
      [0, 0, 0],
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ];
    expect(fires("a, b, c threshold=2", rows)).toEqual([0, 0, 1, 1]);
    expect(fires("a, b, c threshold=0", rows)).toEqual([1, 1, 1, 1]);
  });

  test("an input is active at ½ or more", () => {
    expect(
      fires("a threshold=1", [
        [0.5, 0, 0],
        [0.5 - 2 ** -40, 0, 0],
        [-1, 0, 0],
        [Number.NaN, 0, 0],
      ]),
    ).toEqual([1, 0, 0, 0]);
  });

  test("one active inhibitor prevents firing, however many other inputs are active", () => {
    expect(
      fires("a, b, not c threshold=1", [
        [1, 1, 1],
        [1, 1, 0.5],
        [1, 1, 0.49],
        [1, 0, 0],
        [0, 0, 1],
      ]),
    ).toEqual([0, 0, 1, 1, 0]);
    // An inhibitor does not count as an active input.
    expect(
      fires("not c threshold=0", [
        [0, 0, 0],
        [0, 0, 1],
      ]),
    ).toEqual([1, 0]);
  });

  test("a name that is written twice counts twice", () => {
    expect(
      fires("a, a, b threshold=2", [
        [1, 0, 0],
        [0, 1, 0],
      ]),
    ).toEqual([1, 0]);
  });
});

describe("gradients are computed only where a parameter needs them", () => {
  const hasGradient = (network: Network): Record<string, boolean> =>
    Object.fromEntries([...network.stepOf].map(([id, { output }]) => [id, output.gradient !== undefined]));

  test("an input, a layer with only statistics and frozen weights have none", () => {
    expect(hasGradient(networkOf("n: normalize\n  f: dense 2 tanh freeze=true\n  d: dense 2 tanh\n  r: relu\n  o: dense 1", 1))).toEqual({
      i: false,
      n: false,
      f: false,
      d: true,
      r: true,
      o: true,
    });
  });
});
