/** Compares distributions with values computed by hand, and counts a run's snapshots with a clock advanced by the test. */
import { describe, expect, test } from "vitest";
import { noFiles, planOf } from "../../test/fixtures.ts";
import type { TrainingEventOf } from "../events.ts";
import type { TrainOptions } from "./run.ts";
import { isSnapshotEpoch } from "./snapshotEpochs.ts";
import { BINS, distributionOf } from "./snapshots.ts";
import { train } from "./trainer.ts";

describe("a distribution", () => {
  test("has exact statistics, and every number is in one bin", () => {
    const { bins, ...statistics } = distributionOf(new Float64Array([0, 0, 1, 2, -1, 4]));
    expect(statistics).toEqual({
      count: 6,
      unsound: 0,
      min: -1,
      max: 4,
      mean: 1,
      // The deviations are −1 −1 0 1 −2 3, and their squares add up to 16.
      spread: Math.sqrt(16 / 6),
      norm: Math.sqrt(22),
      zeros: 2 / 6,
    });
    // −1 is the start of the first bin, 0 is a fifth of the range above it, and 4 is the end of the last bin.
    const at = (k: number): number => bins[k] ?? Number.NaN;
    expect([at(0), at(8), at(16), at(24), at(BINS - 1)]).toEqual([1, 2, 1, 1, 1]);
    expect(bins.reduce((sum, bin) => sum + bin)).toBe(6);
  });

  test("of equal numbers has one bin, and NaN and infinity are counted separately", () => {
    expect(distributionOf(new Float32Array([0.5, 0.5, 0.5]))).toMatchObject({ min: 0.5, max: 0.5, spread: 0, bins: [3] });
    const odd = distributionOf(new Float64Array([Number.NaN, 1, Number.POSITIVE_INFINITY, 3]));
    expect(odd).toMatchObject({ count: 4, unsound: 2, min: 1, max: 3, mean: 2, spread: 1 });
    expect(distributionOf(new Float64Array([Number.NaN]))).toMatchObject({ count: 1, unsound: 1, bins: [] });
  });

  test("of numbers far from 0 has an exact standard deviation", () => {
    // √(Σx²/n − mean²) would be 0, because float64 can't represent 1 next to 1e18.
    expect(distributionOf(new Float64Array([1e9 - 1, 1e9 + 1])).spread).toBe(1);
  });
});

describe("the snapshots of a watched run", () => {
  /**
   * Each reading of the clock advances it by `tick` milliseconds. A snapshot reads it twice, an epoch a few times. With a tick of 0, nothing takes
   * time.
   */
  async function snapshotsOf(
    epochs: number,
    tick: number,
    more: Partial<TrainOptions> = {},
  ): Promise<{ taken: TrainingEventOf<"snapshot">[]; seconds: number }> {
    const plan = planOf(
      `model M {\n  input x\n  dense 1\n}\ndata D {\n  source line(samples=8)\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=0.1)\n  epochs ${epochs}\n}\n`,
    );
    let clock = 0;
    const taken: TrainingEventOf<"snapshot">[] = [];
    await train(plan, {
      host: { now: () => (clock += tick), rest: async () => "go" },
      files: noFiles,
      isWatched: () => true,
      emit: (event) => event.kind === "snapshot" && taken.push(event),
      ...more,
    });
    return { taken, seconds: clock / 1000 };
  }

  test("are taken before the first epoch, then after every epoch, after every second one from 128 on, and so on", async () => {
    const { taken } = await snapshotsOf(1000, 0);
    const wanted = [1, 2, 4, 8].map((stride) => taken.filter((snapshot) => snapshot.stride === stride).map(({ epoch }) => epoch));
    const every = (stride: number, from: number, to: number): number[] =>
      Array.from({ length: (to - from) / stride + 1 }, (_, k) => from + stride * k);
    expect(wanted).toEqual([every(1, 0, 127), every(2, 128, 254), every(4, 256, 508), every(8, 512, 1000)]);
    // After outdated snapshots are dropped, the multiples of 8 remain, including 0, and 9 other early ones.
    expect(taken.filter(({ epoch }) => isSnapshotEpoch(epoch, 8)).length).toBe(126 + 9);
  });

  test("take at most 0.3 % of the time, besides the first and the last, which are always taken", async () => {
    const tick = 20;
    const { taken, seconds } = await snapshotsOf(1999, tick);
    expect([taken[0]?.epoch, taken.at(-1)?.epoch]).toEqual([0, 1999]);
    const spent = ((taken.length - 2) * tick) / 1000;
    expect(spent).toBeLessThanOrEqual(0.003 * seconds);
    expect(spent).toBeGreaterThan(0.0015 * seconds);
  });

  test("are taken after every epoch in slow motion, in which each epoch waits for its turn", async () => {
    let turns = 0;
    const slowMotion = { isSlow: () => true, turn: async () => void turns++ };
    const { taken } = await snapshotsOf(12, 20, { slowMotion });
    expect(taken.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 13 }, (_, k) => k));
    expect(turns).toBe(12);
  });
});
