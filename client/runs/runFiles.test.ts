/** The files of saved runs on a real disk: windows that write at the same time, and links, since a workspace may contain any link. */
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { localFiles } from "./runFiles.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "backprop-links-"));
  for (const name of ["outside", "runs/one"]) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, "outside/run.json"), "precious");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const outside = (): string => readFileSync(join(root, "outside/run.json"), "utf8");

describe("a link in the folder of runs", () => {
  test("as a run's file is not read, and writing replaces the link", async () => {
    symlinkSync(join(root, "outside/run.json"), join(root, "runs/one/run.json"));
    const files = localFiles(join(root, "runs"));
    expect(await files.read("one", "run.json")).toBeUndefined();
    expect(await files.version("one", "run.json")).toBeUndefined();
    await files.replace("one", "run.json", "new");
    expect(outside()).toBe("precious");
    expect(await files.read("one", "run.json")).toEqual(new Uint8Array(Buffer.from("new")));
  });

  test("as the unfinished file is not written through", async () => {
    const files = localFiles(join(root, "runs"), "0123abcd");
    symlinkSync(join(root, "outside/run.json"), join(root, "runs/one/run.json.0123abcd.new"));
    await files.replace("one", "run.json", "new");
    expect(outside()).toBe("precious");
    expect(lstatSync(join(root, "runs/one/run.json")).isFile()).toBe(true);
  });

  test("as the record of epochs is not written through", async () => {
    symlinkSync(join(root, "outside/run.json"), join(root, "runs/one/epochs.bin"));
    await expect(localFiles(join(root, "runs")).record("one", () => undefined)).rejects.toThrow("is a link");
    expect(outside()).toBe("precious");
  });

  test("as a run is neither read nor written, and deleting it deletes only the link", async () => {
    symlinkSync(join(root, "outside"), join(root, "runs/two"));
    const files = localFiles(join(root, "runs"));
    expect(await files.read("two", "run.json")).toBeUndefined();
    await expect(files.replace("two", "run.json", "new")).rejects.toThrow("is a link");
    await expect(files.record("two", () => undefined)).rejects.toThrow("is a link");
    await expect(files.remove("two", "run.json")).rejects.toThrow("is a link");
    await files.remove("two");
    expect(existsSync(join(root, "runs/two"))).toBe(false);
    expect(outside()).toBe("precious");
  });
});

test("two windows that write one file at the same time write it completely, and leave no other file", async () => {
  const [one, other] = [localFiles(join(root, "runs")), localFiles(join(root, "runs"))];
  const texts = ["1", "2"].map((digit) => digit.repeat(100_000));
  for (let k = 0; k < 20; k++) {
    await Promise.all([one.replace("one", "run.json", texts[0] ?? ""), other.replace("one", "run.json", texts[1] ?? "")]);
    expect(texts).toContain(readFileSync(join(root, "runs/one/run.json"), "utf8"));
  }
  expect(readdirSync(join(root, "runs/one"))).toEqual(["run.json"]);
});
