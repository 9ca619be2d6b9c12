/** Named pipes in place of every file that `nn` opens. A command that opens one waits for ever. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { runNn } from "./run.ts";

describe.skipIf(process.platform === "win32")("a named pipe as", () => {
  let folder: string;
  const pipe = (...names: string[]): void => void execFileSync("mkfifo", names, { cwd: folder });
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "backprop-special-"));
    for (const name of ["iris.nn", "iris.csv"]) cpSync(inProject("samples", name), join(folder, name));
    expect(await runNn(folder, ["train", "iris.nn", "--epochs", "1", "--out", "good"])).toMatchObject({ code: 0 });
    pipe("pipe.nn", "pipe.csv", "pipe.safetensors", "iris.nn.part");
    writeFileSync(join(folder, "unformatted.nn"), "model   M {\n  input 2\n  dense 1\n}\n");
    pipe("unformatted.nn.part");
    writeFileSync(join(folder, "data.nn"), 'data D {\n  source csv("pipe.csv")\n  target y\n}\n');
    for (const file of ["checkpoint.safetensors", "plan.json", "history.jsonl", "plan.json.part"]) {
      cpSync(join(folder, "good"), join(folder, `bad ${file}`), { recursive: true });
      rmSync(join(folder, `bad ${file}`, file), { force: true });
      pipe(join(`bad ${file}`, file));
    }
    mkdirSync(join(folder, "new"));
    pipe("new/history.jsonl");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ["the file", ["check", "pipe.nn"], 2],
    ["the file to format", ["format", "pipe.nn"], 2],
    ["the file that is written while formatting", ["format", "unformatted.nn"], 2],
    ["the data", ["check", "data.nn"], 1],
    ["the data to predict", ["predict", "iris.nn", "--weights", "good/weights.safetensors", "--data", "pipe.csv"], 2],
    ["the weights", ["predict", "iris.nn", "--weights", "pipe.safetensors", "--data", "iris.csv"], 2],
    ["the checkpoint", ["train", "iris.nn", "--resume", "bad checkpoint.safetensors"], 2],
    ["the plan", ["train", "iris.nn", "--resume", "bad plan.json"], 2],
    ["the plan that is written", ["train", "iris.nn", "--out", "bad plan.json.part"], 2],
    ["the history to continue", ["train", "iris.nn", "--epochs", "1", "--resume", "bad history.jsonl"], 2],
    ["a new history", ["train", "iris.nn", "--out", "new"], 2],
  ] as const)("%s is refused in one sentence", async (_what, args, code) => {
    const { out, err, code: ended } = await runNn(folder, args);
    expect(out + err).toMatch(/pipe/);
    expect((out + err).trim().split("\n")).toHaveLength(1);
    expect(ended).toBe(code);
  });
});
