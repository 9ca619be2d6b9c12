/** `nn train --out` ended by signals, two trainings in one folder, and output that nobody reads. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { type Result, runNn, startNn } from "./run.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "backprop-interrupted-"));
  for (const name of ["xor.nn", "iris.nn", "iris.csv"]) cpSync(inProject("samples", name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nn = (...args: string[]): Promise<Result> => runNn(folder, args);
/** There are so many epochs that even a late signal comes before the last one. */
const ENDLESS = ["--epochs", "1000000000"];
const WHOLE = ["checkpoint.safetensors", "history.jsonl", "plan.json", "weights.safetensors"];
const filesIn = (name: string): string[] => readdirSync(join(folder, name)).sort();

describe("a training saves and ends cleanly", () => {
  // Windows has no signals: there kill() ends the process at once.
  test.skipIf(process.platform === "win32").each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("at %s", async (signal) => {
    let isSent = false;
    const { code, out } = await startNn(folder, ["train", "xor.nn", ...ENDLESS, "--out", signal], (text, child) => {
      if (!isSent && /epoch +1 /.test(text)) isSent = child.kill(signal);
    });
    expect([code, out]).toEqual([0, expect.stringMatching(/Stopped after epoch \d+\.\n[\s\S]*Continue with --resume/)]);
    expect(filesIn(signal)).toEqual(WHOLE);
  });

  test.each([[[]], [["--json"]]])("when its output is closed, as by `| head -1` %s", async (options) => {
    const name = `closed${options.length}`;
    const { code, err } = await startNn(
      folder,
      ["train", "xor.nn", ...ENDLESS, "--out", name, ...options],
      (_text, child) => void child.stdout?.destroy(),
    );
    expect([code, err]).toEqual([0, expect.not.stringContaining("Error")]);
    expect(filesIn(name)).toEqual(WHOLE);
  });
});

test("a command whose output is closed ends quietly", async () => {
  // 64 kB fit into a pipe, so the output must be longer.
  writeFileSync(join(folder, "long.nn"), `model M {\n${"  dens 1\n".repeat(3000)}}\n`);
  const { err } = await startNn(folder, ["check", "long.nn"], (_text, child) => void child.stdout?.destroy());
  expect(err).toBe("");
});

describe("two trainings in one folder", () => {
  /** Starts an endless training. Resolves to it when its first epoch is printed. */
  const started = (name: string): Promise<ChildProcess> =>
    new Promise((done) => {
      const child = spawn(process.execPath, [inProject("dist/nn.js"), "train", "xor.nn", ...ENDLESS, "--out", name], { cwd: folder });
      child.stdout.on("data", (part: Buffer) => /epoch +1 /.test(part.toString()) && done(child));
    });
  const ended = (child: ChildProcess, signal: NodeJS.Signals): Promise<void> =>
    new Promise((done) => {
      child.on("close", () => done());
      child.kill(signal);
    });

  test("the second is refused, whether it begins or resumes, and a killed one's folder can be used again", async () => {
    const first = await started("shared");
    const before = readFileSync(join(folder, "shared/plan.json"), "utf8");
    for (const option of ["--out", "--resume"]) {
      const { code, out, err } = await nn("train", "xor.nn", option, "shared");
      expect([code, out, err]).toEqual([
        2,
        "",
        `shared is in use: another training (process ${first.pid}) writes to it; wait for its end, or choose another folder.\n`,
      ]);
    }
    expect(readFileSync(join(folder, "shared/plan.json"), "utf8")).toBe(before);
    await ended(first, "SIGKILL");
    expect((await nn("train", "xor.nn", "--resume", "shared", "--epochs", "3")).code).toBe(0);
    expect(filesIn("shared")).toEqual(WHOLE);
  });

  test("one whose process number belongs to another process by now holds nothing", async () => {
    mkdirSync(join(folder, "reused"));
    writeFileSync(join(folder, `reused/training-${process.pid}-12345_0-${hostname().replace(/[^\w.-]/g, "_")}.lock`), "");
    expect((await nn("train", "xor.nn", "--out", "reused", "--epochs", "3")).code).toBe(0);
    expect(filesIn("reused")).toEqual(WHOLE);
  });

  test("one on another machine can't be asked, so the message says which file to delete", async () => {
    mkdirSync(join(folder, "far"));
    writeFileSync(join(folder, "far/training-7-1_a-elsewhere.example.lock"), "");
    const { code, err } = await nn("train", "xor.nn", "--out", "far", "--epochs", "3");
    expect([code, err]).toEqual([2, expect.stringContaining("process 7 on elsewhere.example")]);
    expect(err).toContain("delete training-7-1_a-elsewhere.example.lock in it");
    expect(filesIn("far")).toEqual(["training-7-1_a-elsewhere.example.lock"]);
  });

  test("of several that begin at the same time, at most one trains", async () => {
    const running = new Set<ChildProcess>();
    const trained: ChildProcess[] = [];
    const end = (): void => {
      // The training process is stopped when the others have ended. If a second one trains, all are stopped.
      if (trained.length > 1 || running.size === 1) for (const child of running) child.kill();
    };
    const train = (): Promise<void> =>
      new Promise((done) => {
        const child = spawn(process.execPath, [inProject("dist/nn.js"), "train", "xor.nn", ...ENDLESS, "--out", "race"], { cwd: folder });
        running.add(child);
        child.stdout.on("data", (part: Buffer) => {
          if (/epoch +1 /.test(part.toString())) trained.push(child);
          end();
        });
        child.on("close", () => {
          running.delete(child);
          end();
          done();
        });
      });
    await Promise.all([train(), train(), train()]);
    expect(trained.length).toBeLessThanOrEqual(1);
  });
});

describe("a folder that can't be written to is named in one sentence", () => {
  test.each<readonly [name: string, reason: string]>([
    // Other systems have no folder in which nobody can create one.
    ...(process.platform === "linux" ? [["/proc/x", "its folder does not exist, and none can be created there"] as [string, string]] : []),
    ["xor.nn", "a file has this name"],
    ["xor.nn/run", "a file has this name, or that of a folder above it"],
    ["a".repeat(300), "the name is too long"],
  ])("%s", async (name, reason) => {
    const { code, out, err } = await nn("train", "xor.nn", "--out", name);
    expect([code, out]).toEqual([2, ""]);
    expect(err.startsWith(`${name} can't be written: ${reason}`)).toBe(true);
    expect(err).toMatch(/^[^\n]*\.\n$/);
  });

  // Windows does not delete a folder in which a process works.
  test.skipIf(process.platform === "win32")("a working folder that was deleted", async () => {
    const gone = join(folder, "gone");
    mkdirSync(gone);
    const script = `cd ${JSON.stringify(gone)} && rmdir ${JSON.stringify(gone)} && exec "$0" "$@"`;
    const { code, err } = await new Promise<Result>((done) => {
      const child = spawn("sh", ["-c", script, process.execPath, inProject("dist/nn.js"), "train", join(folder, "xor.nn"), "--out", "x"]);
      let text = "";
      child.stderr.on("data", (part: Buffer) => (text += part.toString()));
      child.on("close", (exit) => done({ code: exit, out: "", err: text }));
    });
    expect([code, err]).toEqual([2, "The working folder does not exist any more; change to another one (`cd`).\n"]);
  });
});
