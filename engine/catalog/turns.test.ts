/** Tests the stops and steps of knobs. */
import { describe, expect, test } from "vitest";
import type { Arguments } from "./arguments.ts";
import { catalog, directives } from "./index.ts";
import { stopsOf, type Turn, turned } from "./turns.ts";

describe("a knob's stops", () => {
  test.each<[Turn, number[]]>([
    [{ from: 0, to: 0.2, by: 0.05 }, [0, 0.05, 0.1, 0.15, 0.2]],
    [{ from: 1, to: 16, by: "doubling" }, [1, 2, 4, 8, 16]],
    [{ from: 1, to: 100, by: "1-2-5" }, [1, 2, 5, 10, 20, 50, 100]],
    [{ from: 0.001, to: 0.1, by: "1-3", zero: true }, [0, 0.001, 0.003, 0.01, 0.03, 0.1]],
  ])("%j", (turn, stops) => expect(stopsOf(turn)).toEqual(stops));

  test("are in the range of each argument of the catalog that has a turn", () => {
    const turns = [...Object.values(catalog), { split: { arguments: {} } }].flatMap((part) =>
      Object.entries(part as Readonly<Record<string, { readonly arguments: Arguments }>>).flatMap(([entry, { arguments: known }]) =>
        Object.entries(known).flatMap(([name, spec]) =>
          "turn" in spec && spec.turn ? [{ name: `${entry}.${name}`, spec, turn: spec.turn }] : [],
        ),
      ),
    );
    expect(turns.length).toBeGreaterThan(30);
    for (const { name, spec, turn } of turns) {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec as { readonly min?: number; readonly max?: number };
      const stops = stopsOf(turn);
      expect(stops.length, name).toBeGreaterThan(2);
      expect(stops.length, name).toBeLessThanOrEqual(100);
      expect(Math.min(...stops), name).toBeGreaterThanOrEqual(min);
      expect(Math.max(...stops), name).toBeLessThanOrEqual(max);
      if (spec.kind === "integer") expect(stops.every(Number.isInteger), name).toBe(true);
    }
    for (const { takes } of Object.values(directives.train))
      if (takes.form === "number" && "turn" in takes) expect(stopsOf(takes.turn).every(Number.isInteger)).toBe(true);
  });
});

describe("a step of a knob", () => {
  test.each<[Turn, number, 1 | -1, number | undefined]>([
    [{ from: 1, to: 32, by: 1 }, 8, 1, 9],
    // Equal steps continue beyond the slider's range.
    [{ from: 1, to: 32, by: 1 }, 300, 1, 301],
    [{ from: 0, to: 1, by: 0.05 }, 0.1, 1, 0.15],
    [{ from: 0, to: 1, by: 0.05 }, 0.12, 1, 0.15],
    [{ from: 0, to: 1, by: 0.05 }, 0.12, -1, 0.1],
    [{ from: 0.001, to: 1, by: "1-3" }, 0.01, 1, 0.03],
    [{ from: 0.001, to: 1, by: "1-3" }, 0.02, -1, 0.01],
    [{ from: 0.001, to: 1, by: "1-3" }, 1, 1, undefined],
    [{ from: 0.001, to: 0.1, by: "1-3", zero: true }, 0.001, -1, 0],
    [{ from: 1, to: 1024, by: "doubling" }, 32, -1, 16],
  ])("%j from %d by %d", (turn, value, direction, next) => expect(turned(turn, value, direction)).toBe(next));
});
