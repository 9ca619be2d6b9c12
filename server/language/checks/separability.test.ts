/** Either a line separates two sets, or mixes of both are the same point. The test checks the result independently, so each case is proven. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seed } from "../../../test/fixtures.ts";
import { analyse } from "../analysis.ts";
import { inseparable, type Mix, type Point, separatingLine } from "./separability.ts";

/** Whether two mixes of points with integer coordinates are the same point, computed exactly in BigInt. */
function meets(first: Mix, second: Mix): boolean {
  const weights = [...first, ...second].map(({ weight }) => weight);
  if (weights.some(({ s, n }) => s < 0n && n !== 0n)) return false;
  const common = weights.reduce((product, { d }) => product * d, 1n);
  const scaled = (mix: Mix): { w: bigint; point: Point }[] =>
    mix.map(({ weight, point }) => ({ w: (weight.n * common) / weight.d, point }));
  const sum = (mix: Mix): bigint => scaled(mix).reduce((total, { w }) => total + w, 0n);
  const place = (mix: Mix, k: number): bigint => scaled(mix).reduce((total, { w, point }) => total + w * BigInt(point[k] ?? 0), 0n);
  return sum(first) === common && sum(second) === common && [0, 1, 2].every((k) => place(first, k) === place(second, k));
}

describe("separability", () => {
  test(`a proven line or a proven certificate for 500 random pairs of sets (seed ${seed})`, () => {
    const found = { lines: 0, certificates: 0 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.array(
          fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 }), fc.boolean()),
          { minLength: 2, maxLength: 12 },
        ),
        (size, rows) => {
          const points = new Map(
            rows.map(([a, b, c, side]) => [[a, b, c].slice(0, size).join(), { point: [a, b, c].slice(0, size), side }]),
          );
          const of = (wanted: boolean): Point[] => [...points.values()].filter(({ side }) => side === wanted).map(({ point }) => point);
          const [first, second] = [of(false), of(true)];
          if (first.length === 0 || second.length === 0) return;
          const certificate = inseparable(first, second);
          const line = separatingLine(first, second);
          expect(certificate === undefined).toBe(line !== undefined);
          if (certificate) {
            found.certificates++;
            expect(meets(certificate.first, certificate.second)).toBe(true);
          }
          if (line) {
            found.lines++;
            const side = (point: Point): number => Math.sign(point.reduce((sum, x, k) => sum + x * (line.weights[k] ?? 0), line.offset));
            expect(first.map(side)).toEqual(first.map(() => -1));
            expect(second.map(side)).toEqual(second.map(() => 1));
          }
        },
      ),
      { seed, numRuns: 500 },
    );
    expect(found.lines).toBeGreaterThan(20);
    expect(found.certificates).toBeGreaterThan(20);
  });

  test("the certificate of XOR is the common middle of its diagonals", () => {
    const certificate = inseparable(
      [
        [0, 0],
        [1, 1],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    );
    expect(certificate?.meeting.map((x) => x.toFraction())).toEqual(["1/2", "1/2"]);
  });

  test("0.1 counts as one tenth, not as its nearest floating-point number", () => {
    // In floating-point numbers, 0.3 is not exactly the mean of 0.1 and 0.5.
    const certificate = inseparable(
      [[0.3, 0]],
      [
        [0.1, 0],
        [0.5, 0],
      ],
    );
    expect(certificate?.second.map(({ weight }) => weight.toFraction())).toEqual(["1/2", "1/2"]);
  });

  const model = (layers: string, rows: string): string =>
    `model M {\n  input a, b\n${layers}}\ndata D {\n${rows}}\ntrain M on D {\n  loss binary_crossentropy\n}\n`;
  test("the message has the weights of the mix", () => {
    const { issues } = analyse(model("  dense 1 sigmoid\n", "  0 0 -> 0\n  4 0 -> 0\n  0 4 -> 0\n  1 1 -> 1\n"));
    expect(issues[0]?.message).toContain("(1, 1) of class 1 is 1/2·(0, 0) + 1/4·(4, 0) + 1/4·(0, 4), a mix of class 0");
  });
  test.each([
    ["a hidden layer", "  dense 2 tanh\n  dense 1 sigmoid\n"],
    ["products of inputs", "  dense 2\n  multiply from dense_1, dense_1\n  dense 1 sigmoid\n"],
  ])("%s: more than a single layer", (_name, layers) => {
    expect(analyse(model(layers, "  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n")).issues.map(({ code }) => code)).not.toContain(
      "NN501",
    );
  });
  test("consecutive linear layers count as a single layer", () => {
    const { issues } = analyse(model("  dense 2 linear\n  dense 1 sigmoid\n", "  0 0 -> 0\n  0 1 -> 1\n  1 0 -> 1\n  1 1 -> 0\n"));
    expect(issues.map(({ code }) => code)).toContain("NN501");
  });
});
