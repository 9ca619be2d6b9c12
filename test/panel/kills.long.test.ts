/** The real extension host, killed at 50 random moments of trainings: the next one has every recorded epoch, and no weights older than 30 seconds are lost. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { rowLength } from "../../client/runs/history.ts";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { randomFrom } from "../../engine/random.ts";
import { seed } from "../fixtures.ts";
import { missingEpochs, RUNS_IN_FOLDER, storedRuns } from "./runsFolder.ts";
import { ENDLESS, type Opened, reloadWindow, trainByLens, windows } from "./windows.ts";

const { open } = windows();

/** Each window has a host of its own, so several are killed in the same time. */
const WINDOWS = 5;
const ROUNDS = 10;
const MOST_MS = 45_000;
const OLDEST_MS = 30_000;
const RESTART_MS = 30_000;

interface Kill {
  readonly id: string;
  /** Milliseconds from the run's beginning to the kill. */
  readonly age: number;
  /** The age of the saved weights at the kill; undefined if there were none. */
  readonly weights: number | undefined;
  /** The number of rows in the record at the kill. */
  readonly recorded: number;
}

test(`of ${WINDOWS * ROUNDS} extension hosts killed in a training, none loses a recorded epoch or weights older than 30 s (SEED=${seed})`, async () => {
  const random = randomFrom(seed, "generator");
  // A wide layer, so that a run has at most the million epochs that are recorded without gaps.
  const files = { "long.nn": ENDLESS.replace("dense 64 tanh", "dense 256 tanh"), ".vscode/settings.json": RUNS_IN_FOLDER };
  const all: Opened[] = [];
  for (let k = 0; k < WINDOWS; k++) all.push(await open("long.nn", { files }));
  const kills: Kill[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { page, folder } of all) {
      await page.bringToFront();
      await trainByLens(page);
      await expect.poll(() => storedRuns(runsIn(folder)).length).toBe(round + 1);
    }
    const killed = await Promise.all(all.map(({ folder }) => killAfter(runsIn(folder), random.uniform() * MOST_MS)));
    kills.push(...killed);
    for (const [k, { page, folder }] of all.entries()) {
      const { id = "", recorded = 0 } = killed[k] ?? {};
      await page.bringToFront();
      await restarted(page, () => storedRuns(runsIn(folder)).find((run) => run.id === id)?.status === "stopped");
      const last = lastEpochOf(runsIn(folder), id);
      expect(last, "every recorded epoch is in the history").toBeGreaterThanOrEqual(recorded);
      if (last > 0) expect(missingEpochs(runsIn(folder), last, id)).toEqual([]);
    }
  }
  console.log(
    kills
      .map(({ age, weights, recorded }) => `${Math.round(age)} ms: ${recorded} epochs, weights ${weights?.toFixed(0)} ms old`)
      .join("\n"),
  );
  expect(kills.filter(({ age, weights }) => (weights ?? age) > OLDEST_MS)).toEqual([]);
});

/**
 * Waits until the next host has written the run's end. The workbench restarts a host automatically, or asks when several have died. If
 * it reconnects before its server knows of the death, it does neither, so the window is reloaded.
 */
async function restarted(page: Page, isEnded: () => boolean): Promise<void> {
  const restart = page.getByRole("button", { name: /Restart.*Extension Host/ }).first();
  const ends = async (): Promise<boolean> => {
    if (await restart.isVisible()) await restart.click();
    return isEnded();
  };
  await expect
    .poll(ends, { timeout: RESTART_MS })
    .toBe(true)
    .catch(() => reloadWindow(page));
  await expect.poll(isEnded).toBe(true);
}

const runsIn = (folder: string): string => join(folder, "runs");
const storedAt = (runs: string, id: string) => JSON.parse(readFileSync(join(runs, id, "run.json"), "utf8"));
const lastEpochOf = (runs: string, id: string): number => storedAt(runs, id).table?.last?.[0] ?? 0;

/** Kills the host of the folder's newest run and returns what it left. */
async function killAfter(runs: string, ms: number): Promise<Kill> {
  await setTimeout(ms);
  const { id = "" } = storedRuns(runs).at(-1) ?? {};
  const { owner, state } = storedAt(runs, id);
  process.kill(owner.process, "SIGKILL");
  const killed = Date.now();
  const at = (name: string): string => join(runs, id, name);
  const { table } = storedAt(runs, id);
  const bytes = existsSync(at("epochs.bin")) ? statSync(at("epochs.bin")).size : 0;
  const weights = at("checkpoint.safetensors");
  if (existsSync(weights)) parseSafetensors(new Uint8Array(readFileSync(weights)));
  return {
    id,
    age: killed - state.facts.begun,
    weights: existsSync(weights) ? killed - statSync(weights).mtimeMs : undefined,
    recorded: table ? Math.floor(bytes / (8 * rowLength(table.layout))) : 0,
  };
}
