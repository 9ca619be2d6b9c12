/** The record of a run's epochs on a real disk: written in parts, read as a whole or in stretches, truncated or damaged. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { PATIENCE } from "../../scripts/run/patience.ts";
import { fileWriter, partWriter, rowsFrom, stretchOf } from "./epochRecord.ts";

const folder = mkdtempSync(join(tmpdir(), "backprop-record-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WIDTH = 3;
/** Returns rows of the epochs. The second number is half the epoch, the third is missing. */
const rowsOf = (epochs: readonly number[]): Float64Array => Float64Array.from(epochs.flatMap((epoch) => [epoch, epoch / 2, Number.NaN]));
const upTo = (last: number): number[] => Array.from({ length: last }, (_, k) => k + 1);

async function written(name: string, parts: readonly Float64Array[]): Promise<string> {
  const path = join(folder, name);
  const writer = fileWriter(path);
  for (const part of parts) writer.append(part);
  await writer.close();
  return path;
}
const bytesAt = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

describe("the record of every epoch", () => {
  test("is read as it was written, row by row or at once", async () => {
    const parts = [rowsOf(upTo(4)), rowsOf([5]), rowsOf([10, 20])];
    const path = await written("whole.bin", parts);
    expect(rowsFrom(bytesAt(path), WIDTH)).toEqual(rowsOf([1, 2, 3, 4, 5, 10, 20]));
  });

  test("is written in parts where it can't be appended to, while the training goes on; a write that fails is repeated", async () => {
    const parts: Uint8Array[] = [];
    const failures: string[] = [];
    let isDown = false;
    let wake = (): void => undefined;
    const writer = partWriter(
      async (part, bytes) => {
        setImmediate(() => wake());
        if (isDown) throw new Error("no connection");
        parts[part] = new Uint8Array(bytes);
      },
      ({ message }) => failures.push(message),
      0,
    );
    const nextWrite = (): Promise<void> => new Promise((resolve) => (wake = resolve));
    const recorded = (): Float64Array | undefined => rowsFrom(Buffer.concat(parts), WIDTH);
    writer.append(rowsOf(upTo(4)));
    await nextWrite();
    expect(recorded()).toEqual(rowsOf(upTo(4)));
    isDown = true;
    writer.append(rowsOf([5]));
    await nextWrite();
    expect([failures, recorded()]).toEqual([["no connection"], rowsOf(upTo(4))]);
    isDown = false;
    // More than a megabyte, so the next rows go into another part.
    writer.append(rowsOf(upTo(50_000).slice(5)));
    await nextWrite();
    writer.append(rowsOf([50_001]));
    await writer.close();
    expect(parts).toHaveLength(2);
    expect(recorded()).toEqual(rowsOf(upTo(50_001)));
  });

  test("is missed when its folder is deleted or moved while it is written, until it is in its place again", async () => {
    const own = join(folder, "own");
    mkdirSync(own);
    const path = join(own, "epochs.bin");
    const writer = fileWriter(path);
    writer.append(rowsOf([1]));
    await vi.waitUntil(() => existsSync(path) && readFileSync(path).length > 0, { timeout: PATIENCE.event });
    await writer.check();
    renameSync(own, join(folder, "away"));
    await expect(writer.check()).rejects.toThrow("epochs.bin was deleted or moved during the training");
    renameSync(join(folder, "away"), own);
    await writer.check();
    writer.append(rowsOf([2]));
    rmSync(own, { recursive: true });
    await expect(writer.check()).rejects.toThrow("epochs.bin was deleted or moved during the training");
    // Another file of that name does not have the rows.
    mkdirSync(own);
    writeFileSync(path, "");
    await expect(writer.check()).rejects.toThrow("epochs.bin was deleted or moved during the training");
    await writer.close();
  });

  test("has its complete rows, wherever it was truncated", async () => {
    const bytes = bytesAt(await written("cut.bin", [rowsOf(upTo(3))]));
    for (let length = 0; length <= bytes.length; length++)
      expect(rowsFrom(bytes.subarray(0, length), WIDTH)).toEqual(rowsOf(upTo(Math.floor(length / (8 * WIDTH)))));
  });

  test.each([
    ["another width", WIDTH + 1, rowsOf(upTo(9))],
    ["decreasing epochs", WIDTH, rowsOf([1, 3, 2])],
    ["an epoch twice", WIDTH, rowsOf([1, 1])],
    ["an epoch that is NaN", WIDTH, rowsOf([1, Number.NaN])],
    ["an epoch of 1.5", WIDTH, rowsOf([1, 1.5])],
    ["an epoch of 0", WIDTH, rowsOf([0, 1])],
    ["an infinite epoch", WIDTH, rowsOf([1, Number.POSITIVE_INFINITY])],
  ])("is refused with %s", async (name, width, rows) => {
    const path = await written(`${name}.bin`, [rows]);
    expect(rowsFrom(bytesAt(path), width)).toBeUndefined();
    // A stretch reads a part of the file. It contains epochs, or it is undefined.
    for (const from of [0, 1, 2, 3]) {
      const stretch = await stretchOf(path, width, from, 1e9, 100);
      if (stretch) expect(rowsFrom(new Uint8Array(stretch.rows.buffer), width)).toEqual(stretch.rows);
    }
  });

  test("returns the same stretch as a filter over all rows", async () => {
    const epochs = [...upTo(50), ...upTo(40).map((k) => 50 + 10 * k)];
    const path = await written("stretch.bin", [rowsOf(epochs)]);
    for (const [from, to] of [
      [1, 450],
      [0, 0],
      [7, 7],
      [45.5, 71],
      [51, 59],
      [440, 9999],
      [451, 460],
      [9, 3],
    ] as const) {
      for (const most of [1000, 7, 1]) {
        const inside = epochs.filter((epoch) => epoch >= from && epoch < to + 1);
        const stride = Math.max(1, Math.ceil(inside.length / most));
        const rows = rowsOf(inside.filter((_, k) => k % stride === 0));
        expect(await stretchOf(path, WIDTH, from, to, most), `${from} to ${to}, at most ${most}`).toEqual({ rows, stride });
      }
    }
  });

  test("a missing record has no stretch, and an empty record has an empty one", async () => {
    expect(await stretchOf(join(folder, "missing.bin"), WIDTH, 1, 9, 9)).toBeUndefined();
    writeFileSync(join(folder, "empty.bin"), "");
    expect(await stretchOf(join(folder, "empty.bin"), WIDTH, 1, 9, 9)).toEqual({ rows: new Float64Array(0), stride: 1 });
  });
});
