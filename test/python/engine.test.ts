/** `nn train --engine torch` trains as `nn train` does, and its process ends with it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { historyFrom } from "../../client/messages/eventReader.ts";
import { inProject } from "../../scripts/project.ts";
import { startNn } from "../terminal/run.ts";
import { epochsIn, expectEqual } from "./epochs.ts";
import { NETS } from "./nets.ts";
import { env, lacking, python, titled } from "./python.ts";

const reason = lacking("torch", "safetensors", "numpy");

describe.skipIf(reason !== undefined)(titled("nn train --engine torch", reason), () => {
  let folder = "";
  let scratch = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "engine-"));
    scratch = mkdtempSync(join(tmpdir(), "engine-scratch-"));
    for (const { name, text } of NETS) writeFileSync(join(folder, `${name}.nn`), text);
  });
  afterAll(() => {
    for (const one of [folder, scratch]) rmSync(one, { recursive: true, force: true });
  });

  const own = { TMPDIR: "", OMP_NUM_THREADS: "1" };
  const nn = (...args: string[]) => startNn(folder, args, undefined, { ...own, TMPDIR: scratch });
  const ENGINE = ["--engine", "torch", "--python", python, "--precision", "float64"];

  test("an early stop, the best weights and the test part are those of nn train, on one process and two", async () => {
    const [net] = NETS.filter(({ text }) => /restore_best|early_stopping|stop /.test(text));
    const name = net?.name ?? "layers";
    expect(await nn("train", `${name}.nn`, "--precision", "float64", "--out", "ours")).toMatchObject({ code: 0 });
    for (const processes of ["1", "2"]) {
      const out = `theirs${processes}`;
      expect(await nn("train", `${name}.nn`, ...ENGINE, "--processes", processes, "--out", out)).toMatchObject({ code: 0 });
      expectEqual(epochsIn(join(folder, out)), epochsIn(join(folder, "ours")));
      expect(historyOf(out).at(-1)).toMatchObject({ kind: "finished", ...restoredIn("ours") });
      expect(historyOf(out)[0]).toMatchObject({ kind: "started", kernels: expect.stringMatching(/^torch .+, cpu, [12] process/) });
    }
    expect(readdirSync(scratch)).toEqual([]);
  });

  const historyOf = (name: string) => historyFrom(readFileSync(join(folder, name, "history.jsonl"), "utf8"));
  const restoredIn = (name: string) => {
    const last = historyOf(name).at(-1);
    return last?.kind === "finished" ? { epochs: last.epochs, restoredEpoch: last.restoredEpoch } : {};
  };

  test.each(NETS.filter(({ name }) => ["layers", "numbers", "margins"].includes(name)))(
    "$name: a training goes on from the other engine's checkpoint, in both directions",
    async ({ name, text }) => {
      const file = `${name}.nn`;
      const epochs = Number(/epochs (\d+)/.exec(text)?.[1]);
      const half = ["--epochs", String(Math.ceil(epochs / 2))];
      expect(await nn("train", file, "--precision", "float64", "--out", `${name}-all`)).toMatchObject({ code: 0 });
      for (const [first, second] of [
        [ENGINE, ["--precision", "float64"]],
        [["--precision", "float64"], ENGINE],
      ] as const) {
        const out = `${name}-${first.length}`;
        expect(await nn("train", file, ...first, ...half, "--out", out)).toMatchObject({ code: 0 });
        expect(await nn("train", file, ...second, "--resume", out)).toMatchObject({ code: 0 });
        expectEqual(epochsIn(join(folder, out)), epochsIn(join(folder, `${name}-all`)));
      }
    },
  );

  /** Starts an endless training on this number of processes. Resolves at its first epoch. */
  async function endless(out: string, processes = 1): Promise<ChildProcess> {
    const args = ["train", "numbers.nn", ...ENGINE, "--epochs", "1000000", "--out", out, "--processes", String(processes)];
    const child = spawn(process.execPath, [inProject("dist/nn.js"), ...args], { cwd: folder, env: { ...env, TMPDIR: scratch } });
    await new Promise<void>((resolve) => child.stdout.on("data", (part: Buffer) => /epoch +1 /.test(part.toString()) && resolve()));
    return child;
  }

  const pythons = (): string[] =>
    execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(scratch) && !line.includes("dist/nn.js"));
  const nothingLeft = async (): Promise<void> => {
    while (pythons().length > 0 || readdirSync(scratch).length > 0) await wait(100);
  };

  test.each([1, 2])("Ctrl+C ends and saves a training on %i processes, and nothing is left", async (processes) => {
    const child = await endless(`stopped${processes}`, processes);
    expect(pythons().length).toBeGreaterThan(0);
    const ended = new Promise((resolve) => child.on("close", resolve));
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    await nothingLeft();
    const last = historyOf(`stopped${processes}`).at(-1);
    expect(last).toMatchObject({ kind: "stopped", epoch: epochsIn(join(folder, `stopped${processes}`)).length });
    expect(existsSync(join(folder, `stopped${processes}`, "checkpoint.safetensors"))).toBe(true);
  });

  test.each([1, 2])("a killed nn ends its Python on %i processes, and nothing is left", async (processes) => {
    const child = await endless(`killed${processes}`, processes);
    child.kill("SIGKILL");
    await nothingLeft();
  });
});
