/** Large data and the digits sample, which take too long for npm test. */
import { spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { startNn } from "../terminal/run.ts";

const ROWS = 1_000_000;
const COLUMNS = 20;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "backprop-long-"));
  const file = createWriteStream(join(folder, "large.csv"));
  file.write(`${Array.from({ length: COLUMNS }, (_, j) => `c${j}`).join(",")}\n`);
  let state = 7;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff - 0.5;
  };
  for (let row = 0; row < ROWS; row += 1000) {
    const rows = Array.from({ length: 1000 }, () => {
      const cells = Array.from({ length: COLUMNS - 1 }, next);
      return [...cells, (cells[0] ?? 0) - 2 * (cells[1] ?? 0)].map((x) => x.toFixed(6)).join(",");
    });
    if (!file.write(`${rows.join("\n")}\n`)) await new Promise<void>((resolve) => file.once("drain", () => resolve()));
  }
  await new Promise<void>((resolve) => file.end(() => resolve()));
  writeFileSync(
    join(folder, "large.nn"),
    `model M {\n  input ${COLUMNS - 1}\n  dense 1\n}\ndata D {\n  source csv("large.csv")\n  target c${COLUMNS - 1}\n  scale standard\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=0.1)\n  batch 1000\n  epochs 1\n}\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe(`a CSV file of ${ROWS.toLocaleString("en")} rows and ${COLUMNS} columns`, () => {
  test("loads with progress, within the stated memory, and can be trained on", async () => {
    const child = spawn(process.execPath, [inProject("dist/nn.js"), "train", "large.nn", "--json"], { cwd: folder });
    let out = "";
    let peak = 0;
    child.stdout.on("data", (part: Buffer) => (out += part.toString()));
    const watch = setInterval(() => {
      try {
        peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0));
      } catch {
        // The process has ended, or this system has no /proc. Then nothing is measured.
      }
    }, 50);
    const code = await new Promise((done) => child.on("close", done));
    clearInterval(watch);
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    const shares = events.filter(({ event }) => event === "loading").map(({ share }) => share);
    expect(shares.length).toBeGreaterThan(10);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({ event: "finished", epochs: 1 });
    expect(events.find(({ event }) => event === "epoch").loss).toBeLessThan(0.05);
    // The file, at most 24 bytes a cell (columns that double as they grow, then the encoded rows), and 400 MB for Node and temporary data.
    const stated = statSync(join(folder, "large.csv")).size + ROWS * COLUMNS * 24 + 400e6;
    console.log(
      `peak ${(peak / 1e6).toFixed(0)} MB of ${(stated / 1e6).toFixed(0)} MB, loaded in ${events.at(-1).load_seconds.toFixed(1)} s`,
    );
    if (process.platform === "linux") expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(stated);
  });

  test("can be cancelled while it loads", async () => {
    let asked = 0;
    const { out, code } = await startNn(folder, ["train", "large.nn", "--json"], (text, child) => {
      if (asked === 0 && text.includes('"event":"loading"')) {
        asked = performance.now();
        child.kill("SIGINT");
      }
    });
    const last = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .at(-1);
    expect(last).toMatchObject({ event: "stopped", epoch: 0 });
    expect(code).toBe(0);
    console.log(`from the interrupt to the end of the process: ${(performance.now() - asked).toFixed(0)} ms`);
  });
});

test("nn test samples/digits.nn", async () => {
  const { out, code } = await startNn(inProject("samples"), ["test", "digits.nn"]);
  expect(out).toMatch(/1 passed, 0 failed/);
  expect(code).toBe(0);
});
