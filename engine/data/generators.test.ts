/** Generated data follow the rules that the catalog states. */
import { describe, expect, test } from "vitest";
import { names } from "../catalog/index.ts";
import { generators } from "../catalog/sources.ts";
import { columnsOf, generate, rowCount } from "./generators.ts";

const settings = { samples: 400, noise: 0, seed: 42, classes: 3, bits: 4 };
const points = (name: keyof typeof generators, more: Record<string, number> = {}): readonly (readonly number[])[] =>
  generate({ name, settings: { ...settings, ...(name === "parity" && { samples: 0 }), ...more } });
const noised = (name: keyof typeof generators): number =>
  Math.sqrt(
    points(name, { noise: 0.3 }).reduce(
      (sum, row, i) =>
        sum + (row.at(-2) ?? 0) ** 2 - 2 * (row.at(-2) ?? 0) * (points(name)[i]?.at(-2) ?? 0) + (points(name)[i]?.at(-2) ?? 0) ** 2,
      0,
    ) / 400,
  );

describe("generators", () => {
  test.each(names(generators))("%s returns the declared number of rows and columns, and the same rows for the same seed", (name) => {
    const use = { name, settings: { ...settings, ...(name === "parity" && { samples: 0 }) } };
    const rows = generate(use);
    expect(rows).toHaveLength(rowCount(use));
    expect(rows.every((row) => row.length === columnsOf(use).length && row.every(Number.isFinite))).toBe(true);
    expect(generate(use)).toEqual(rows);
    if (name === "xor" || name === "line" || name === "sine")
      expect(generate({ name, settings: { ...use.settings, seed: 43 } })).not.toEqual(rows);
  });

  test("without noise every point follows its rule", () => {
    for (const [x1 = 0, x2 = 0, y = 0] of points("xor")) expect(y).toBe(x1 * x2 < 0 ? 1 : 0);
    for (const [x1 = 0, x2 = 0, y = 0] of points("circles")) expect(Math.hypot(x1, x2)).toBeCloseTo(y === 1 ? 0.5 : 1, 12);
    for (const [x1 = 0, x2 = 0, y = 0] of points("moons"))
      expect(y === 0 ? Math.hypot(x1, x2) : Math.hypot(x1 - 1, x2 - 0.5)).toBeCloseTo(1, 12);
    for (const [x1 = 0, x2 = 0, y = 0] of points("gaussians"))
      expect([x1, x2].map((x) => x.toFixed(9))).toEqual(
        [Math.cos((2 * Math.PI * y) / 3), Math.sin((2 * Math.PI * y) / 3)].map((x) => x.toFixed(9)),
      );
    for (const [x1 = 0, x2 = 0] of points("spiral")) expect(Math.hypot(x1, x2)).toBeLessThanOrEqual(1 + 1e-12);
    for (const [x = 0, y = 0] of points("line")) expect(y).toBeCloseTo(2 * x + 1, 12);
    for (const [x = 0, y = 0] of points("sine")) expect(y).toBeCloseTo(Math.sin(x), 12);
    for (const row of points("parity")) expect(row.at(-1)).toBe(row.slice(0, -1).reduce((a, b) => a + b, 0) % 2);
    expect(new Set(points("parity").map((row) => row.slice(0, -1).join(""))).size).toBe(16);
  });

  test("noise has the requested standard deviation", () => {
    for (const name of ["xor", "circles", "moons"] as const) expect(noised(name)).toBeGreaterThan(0.25);
    for (const name of ["xor", "circles", "moons"] as const) expect(noised(name)).toBeLessThan(0.35);
  });

  test("classes have equal numbers of rows, to one row", () => {
    for (const name of ["circles", "moons", "gaussians", "spiral"] as const) {
      const counts = new Map<number, number>();
      for (const row of points(name)) counts.set(row.at(-1) ?? -1, (counts.get(row.at(-1) ?? -1) ?? 0) + 1);
      expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1);
    }
  });
});
