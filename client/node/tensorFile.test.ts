import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { safetensorsFrom } from "../../engine/files/safetensors.ts";
import { headerBytes, headerFrom, statisticsFrom } from "./tensorFile.ts";

const file = safetensorsFrom([{ name: "h/kernel", shape: [2, 2], values: Float32Array.of(-1, 0, 3, Number.NaN) }], { note: "a" });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-tensors-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("names, shapes and metadata come from the header alone", async () => {
  const path = join(folder, "w.safetensors");
  writeFileSync(path, file);
  const beginning = await headerBytes(path);
  expect(beginning.length).toBe(file.length - 16);
  expect(headerFrom(beginning)).toMatchObject({ tensors: [{ name: "h/kernel", shape: [2, 2] }], metadata: { note: "a" } });
  writeFileSync(path, "no tensors");
  await expect(headerBytes(path)).rejects.toThrow("not a safetensors file");
});

test("statistics are those of the finite numbers", () => {
  const [own] = statisticsFrom(file).values();
  expect(own).toMatchObject({ min: -1, max: 3, zeros: 1, nonFinite: 1 });
  expect(own?.mean).toBeCloseTo(2 / 3);
  expect(own?.deviation).toBeCloseTo(Math.sqrt(((5 / 3) ** 2 + (2 / 3) ** 2 + (7 / 3) ** 2) / 3));
});
