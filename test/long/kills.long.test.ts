/** The extension host killed at random moments of a training: no recorded epoch is lost, and no weights older than 30 seconds. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { rowLength } from "../../client/runs/history.ts";
import { localFiles } from "../../client/runs/runFiles.ts";
import { RunFolder } from "../../client/runs/runFolder.ts";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { randomFrom } from "../../engine/random.ts";
import { inProject } from "../../scripts/project.ts";
import { removeFolder } from "../../scripts/run/removal.ts";
import { seed } from "../fixtures.ts";

const KILLS = 50;
const AT_ONCE = 5;
const MOST_MS = 60_000;

test(`of ${KILLS} hosts killed within a minute, none loses a recorded epoch or weights older than 30 s (SEED=${seed})`, async () => {
  const random = randomFrom(seed, "generator");
  const moments = Array.from({ length: KILLS }, () => random.uniform() * MOST_MS);
  const ages: (number | undefined)[] = [];
  for (let k = 0; k < KILLS; k += AT_ONCE) ages.push(...(await Promise.all(moments.slice(k, k + AT_ONCE).map(killAfter))));
  // Every host that trained for longer than 30 s had weights on the disk.
  expect(ages.filter((age) => age !== undefined && age > 30_000)).toEqual([]);
  console.log(`Oldest weights: ${Math.round(Math.max(...ages.map((age) => age ?? 0)))} ms.`);
});

/** Returns the age of the saved weights at the kill; undefined if the training had not lasted for 30 s and has none. */
async function killAfter(ms: number): Promise<number | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "backprop-kill-"));
  const host = spawn(process.execPath, ["--no-warnings", inProject("test/long/killedHost.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const id = await begun(host);
    const start = Date.now();
    await setTimeout(ms);
    host.kill("SIGKILL");
    const killed = Date.now();
    await once(host, "exit");
    const at = (name: string): string => join(folder, id, name);
    const own = new RunFolder(localFiles(folder));
    const [summary] = await own.summaries();
    expect(summary?.status).toBe("stopped");
    const loaded = await own.load(id);
    const recorded = existsSync(at("epochs.bin")) ? statSync(at("epochs.bin")).size : 0;
    if (recorded > 0) {
      const history = loaded?.run.history;
      if (!history) return expect.unreachable("The recorded epochs can't be read.");
      const width = rowLength(history.layout);
      const rows = await own.rows(id, width);
      expect(rows?.length).toBe(width * Math.floor(recorded / (8 * width)));
      expect(history.seen).toBe((rows?.length ?? 0) / width);
      expect(rows?.at(-width)).toBe(history.last?.[0]);
      // The record has no gap.
      expect(rows?.at(-width)).toBe(history.seen);
    }
    if (!existsSync(at("checkpoint.safetensors"))) return killed - start > 30_000 ? Number.POSITIVE_INFINITY : undefined;
    parseSafetensors(new Uint8Array(readFileSync(at("checkpoint.safetensors"))));
    return killed - statSync(at("checkpoint.safetensors")).mtimeMs;
  } finally {
    host.kill("SIGKILL");
    await removeFolder(folder);
  }
}

/** Resolves with the run's id when the first epoch was received. */
function begun(host: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    host.stdout?.on("data", (text: Buffer) => {
      const [, id] = /^(\S+) [1-9]/m.exec(text.toString()) ?? [];
      if (id !== undefined) resolve(id);
    });
    host.once("exit", (code) => reject(new Error(`The host ended with code ${code}.`)));
  });
}
