/** `nn job`: the files that it writes, and the folders that it refuses. test/python trains the jobs. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseEventLine } from "../../client/messages/eventReader.ts";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { inProject } from "../../scripts/project.ts";
import { runNn } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "backprop-job-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ["iris.nn", "iris.csv"]) cpSync(inProject("samples", name), join(folder, name));

test("nn job writes a project without a path of this machine, and replaces the files of an earlier one", async () => {
  for (let k = 0; k < 2; k++)
    expect(await runNn(folder, ["job", "iris.nn", "--out", "job"])).toEqual({
      code: 0,
      out: `Written to job. Start it with: python ${join("job", "train.py")}\n`,
      err: "",
    });
  expect(readdirSync(join(folder, "job")).sort()).toEqual([
    "README.md",
    "checkpoint.py",
    "data.safetensors",
    "history.py",
    "layerstats.py",
    "network.py",
    "nnrandom.py",
    "owner.py",
    "plan.json",
    "processes.py",
    "ray_job.py",
    "requirements.txt",
    "start.safetensors",
    "started.json",
    "sums.py",
    "train.py",
  ]);
  for (const name of readdirSync(join(folder, "job"))) expect(readFileSync(join(folder, "job", name), "latin1")).not.toContain(folder);
  expect(parseEventLine(readFileSync(join(folder, "job/started.json"), "utf8"))).toMatchObject({ kind: "started", model: "Iris" });
  expect(parseSafetensors(readFileSync(join(folder, "job/data.safetensors"))).tensors.get("features")?.shape).toEqual([150, 4]);
});

test.skipIf(process.platform === "win32")("the command that nn job prints can be pasted into a shell", async () => {
  const { out } = await runNn(folder, ["job", "iris.nn", "--out", "it's mine"]);
  const command = /Start it with: python (.+)/.exec(out)?.[1] ?? "";
  expect(execFileSync("sh", ["-c", `printf %s ${command}`], { encoding: "utf8" })).toBe("it's mine/train.py");
});

test("nn job refuses a folder with other files, and names the line of data that it can't use", async () => {
  expect(await runNn(folder, ["job", "iris.nn", "--out", "."])).toMatchObject({
    code: 2,
    err: ". has other files; name an empty or a new folder.\n",
  });
  writeFileSync(join(folder, "gone.nn"), readFileSync(join(folder, "iris.nn"), "utf8").replace("iris.csv", "gone.csv"));
  const { code, err } = await runNn(folder, ["job", "gone.nn", "--out", "gone"]);
  expect(code).toBe(1);
  expect(err).toContain("gone.nn:");
});
