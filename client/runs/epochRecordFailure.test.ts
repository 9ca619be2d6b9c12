/** A record on a disk that is full for a while. The writes reach a real file, and the test chooses when one fails halfway. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { PATIENCE } from "../../scripts/run/patience.ts";

const disk = { isFull: false };
vi.mock("node:fs", async (load) => {
  const fs = await load<typeof import("node:fs")>();
  type Done = (error: Error | null, written?: number) => void;
  const write = (file: number, bytes: Buffer, offset: number, length: number, at: number | null, done: Done): void => {
    const fail = (): void => done(Object.assign(new Error("no space"), { code: "ENOSPC" }));
    if (disk.isFull) fs.write(file, bytes, offset, length / 2, at, fail);
    else fs.write(file, bytes, offset, length, at, done);
  };
  return {
    ...fs,
    createWriteStream: (path: string, options: object) =>
      fs.createWriteStream(path, { ...options, fs: { open: fs.open, close: fs.close, write: write as typeof fs.write } }),
  };
});
const { fileWriter, rowsFrom } = await import("./epochRecord.ts");

const folder = mkdtempSync(join(tmpdir(), "backprop-full-disk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a record has the rows before and after a time without space on the disk, and no part of a row", async () => {
  const path = join(folder, "epochs.bin");
  const failures: string[] = [];
  const writer = fileWriter(path, ({ message }) => failures.push(message));
  const recorded = (): Float64Array | undefined => (existsSync(path) ? rowsFrom(new Uint8Array(readFileSync(path)), 3) : undefined);
  writer.append(Float64Array.of(1, 1, 1));
  await vi.waitUntil(() => recorded()?.length === 3, { timeout: PATIENCE.event });
  disk.isFull = true;
  writer.append(Float64Array.of(2, 2, 2));
  await vi.waitUntil(() => failures.length > 0, { timeout: PATIENCE.event });
  // The disk is still full, so the failure lasts.
  await expect(writer.check()).rejects.toThrow("no space");
  writer.append(Float64Array.of(3, 3, 3));
  await vi.waitUntil(() => failures.length > 1, { timeout: PATIENCE.event });
  disk.isFull = false;
  await expect(writer.check()).rejects.toThrow("no space");
  writer.append(Float64Array.of(4, 4, 4));
  await vi.waitUntil(async () => (await writer.check().catch(() => "failed")) === undefined, { timeout: PATIENCE.event });
  await writer.close();
  expect(recorded()).toEqual(Float64Array.of(1, 1, 1, 4, 4, 4));
});
