/**
 * Kills `nn train` at random moments, again and again until the training ends, and compares it with one that was never killed. After each
 * kill, the folder's checkpoint must be readable and not older than before, and the history must contain every epoch up to the checkpoint's.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { historyFrom } from "../../client/messages/eventReader.ts";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { randomFrom } from "../../engine/random.ts";
import { inFolder, type Report } from "./report.ts";
import { type Ended, runFast, writeTrainings } from "./trainings.ts";

interface Whole {
  readonly weights: Buffer;
  readonly losses: ReadonlyMap<number, number>;
  /** The time from the first line of output to the end, and from the process's start. */
  readonly training: number;
  readonly total: number;
}

interface Totals {
  kills: number;
  resumed: number;
  compared: number;
  lost: number;
  differing: number;
  readonly failures: string[];
}

/** Kills `count` processes at moments drawn from the seed. `chains` trainings run at a time. */
export async function killTrainings(count: number, seed: number, chains: number): Promise<Report> {
  return await inFolder(async (folder) => {
    const names = writeTrainings(folder);
    const wholes = new Map<string, Promise<Whole>>();
    const totals: Totals = { kills: 0, resumed: 0, compared: 0, lost: 0, differing: 0, failures: [] };
    let round = 0;
    const runChain = async (): Promise<void> => {
      while (totals.kills < count && totals.failures.length < 20) {
        const own = round++;
        const name = names[own % names.length] ?? "";
        const whole = wholes.get(name) ?? trainWhole(folder, name);
        wholes.set(name, whole);
        await trainKilled(folder, name, await whole, { totals, count, seed, round: own });
      }
    };
    await Promise.all(Array.from({ length: chains }, runChain));
    const { kills, resumed, compared, lost, differing, failures } = totals;
    return {
      line: `${kills} kills (seed ${seed}), ${resumed} trainings resumed, ${compared} compared to the end: ${lost} epochs lost, ${differing} with differing bits`,
      failures,
    };
  });
}

async function trainWhole(folder: string, name: string): Promise<Whole> {
  const began = performance.now();
  let firstOutput = began;
  const { code, output } = await runFast(folder, ["train", `${name}.nn`, "--out", `${name}-whole`], {
    onStart: (child) =>
      child.stdout?.once("data", () => {
        firstOutput = performance.now();
      }),
  });
  if (code !== 0) throw new Error(`The training ${name} failed:\n${output}`);
  const ended = performance.now();
  const out = join(folder, `${name}-whole`);
  return {
    weights: readFileSync(join(out, "weights.safetensors")),
    losses: lossesIn(out),
    training: ended - firstOutput,
    total: ended - began,
  };
}

interface Round {
  readonly totals: Totals;
  readonly count: number;
  readonly seed: number;
  readonly round: number;
}

/** Trains to the end, killed at random moments on the way. */
async function trainKilled(folder: string, name: string, whole: Whole, { totals, count, seed, round }: Round): Promise<void> {
  const { uniform } = randomFrom(seed, "generator", round);
  const out = `${name}-${round}`;
  const fail = (what: string): void => void totals.failures.push(`${what} (training ${name}, round ${round}, seed ${seed})`);
  let promised = -1;
  for (;;) {
    const resumes = existsSync(join(folder, out, "checkpoint.safetensors")) && existsSync(join(folder, out, "plan.json"));
    if (resumes) totals.resumed++;
    // Most kills come while the training runs, some at any moment of the process.
    const moment: Moment =
      uniform() < 0.8 ? { after: "output", wait: whole.training * uniform() } : { after: "start", wait: whole.total * uniform() };
    const kill = totals.kills < count ? moment : undefined;
    const { code, output } = await runKilled(folder, ["train", `${name}.nn`, resumes ? "--resume" : "--out", out], kill);
    if (code === 0) break;
    if (code !== undefined) return fail(`A training ended with code ${code}: ${output}`);
    totals.kills++;
    const epoch = promisedEpoch(join(folder, out), fail);
    if (epoch < promised) fail(`The checkpoint went back from epoch ${promised} to ${epoch}`);
    const losses = lossesIn(join(folder, out));
    for (let k = 1; k <= epoch; k++) {
      if (losses.has(k)) continue;
      totals.lost++;
      fail(`Epoch ${k} is missing, but the checkpoint is after epoch ${epoch}`);
      break;
    }
    promised = epoch;
  }
  totals.compared++;
  const losses = lossesIn(join(folder, out));
  const isSame =
    readFileSync(join(folder, out, "weights.safetensors")).equals(whole.weights) &&
    losses.size === whole.losses.size &&
    [...whole.losses].every(([epoch, loss]) => losses.get(epoch) === loss);
  if (isSame) return;
  totals.differing++;
  fail("The weights or losses differ from those of the training that was never killed");
}

/** When a process is killed: milliseconds after its start or its first output. */
interface Moment {
  readonly after: "start" | "output";
  readonly wait: number;
}

const runKilled = (folder: string, args: readonly string[], moment: Moment | undefined): Promise<Ended> =>
  runFast(folder, args, {
    onStart(child) {
      if (moment === undefined) return;
      let timer: NodeJS.Timeout | undefined;
      const begin = (): void => {
        timer = setTimeout(() => child.kill("SIGKILL"), moment.wait);
      };
      if (moment.after === "start") begin();
      else child.stdout?.once("data", begin);
      child.on("close", () => clearTimeout(timer));
    },
  });

/** Returns the checkpoint's epoch; -1 if there is none. */
function promisedEpoch(out: string, fail: (what: string) => void): number {
  const path = join(out, "checkpoint.safetensors");
  if (!existsSync(path)) return -1;
  try {
    const { metadata } = parseSafetensors(new Uint8Array(readFileSync(path)));
    return Number(JSON.parse(metadata["state"] ?? "").epoch);
  } catch (error) {
    fail(`The checkpoint can't be read: ${String(error)}`);
    return -1;
  }
}

function lossesIn(out: string): Map<number, number> {
  const path = join(out, "history.jsonl");
  const events = existsSync(path) ? historyFrom(readFileSync(path, "utf8")) : [];
  return new Map(events.flatMap((event) => (event.kind === "epoch" ? [[event.epoch, event.loss] as const] : [])));
}
