/**
 * Files of every kind that the program reads, truncated and with flipped bits. A damaged checkpoint or weights file is refused. Any other
 * damaged file is read, or refused with a message to the user.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { historyFrom } from "../../client/messages/eventReader.ts";
import { rowsFrom } from "../../client/runs/epochRecord.ts";
import { rowLength } from "../../client/runs/history.ts";
import { parseSnapshots, parseStored, storedFrom, tableBytes, tableFrom } from "../../client/runs/storedRun.ts";
import { trainedWithFrom } from "../../client/runs/trainedFile.ts";
import { FileError, UsageError } from "../../client/terminal/openFile.ts";
import { openOutFolder, readCheckpoint } from "../../client/terminal/outFolder.ts";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import type { FileReader } from "../../engine/host.ts";
import type { TrainingPlan } from "../../engine/plan.ts";
import { type Random, randomFrom } from "../../engine/random.ts";
import { train } from "../../engine/training/trainer.ts";
import { analyse } from "../../server/language/analysis.ts";
import { atOnce, planOf } from "../fixtures.ts";
import { realRuns } from "../realRuns.ts";
import { inFolder, type Report } from "./report.ts";
import { runFast, writeTrainings } from "./trainings.ts";

/** Reads a damaged file. Returns what was read; throws an Error with a message for the user if the file was refused. */
type Reader = (bytes: Uint8Array) => unknown;

interface Kind {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly read: Reader;
  /** Whether each damage must be found. */
  readonly mustRefuse: boolean;
}

/** Damages each kind of file `count` times. */
export async function damageFiles(count: number, seed: number): Promise<Report> {
  return await inFolder(async (folder) => {
    const failures: string[] = [];
    const kinds = await kindsIn(folder);
    let refused = 0;
    for (const [index, { name, bytes, read, mustRefuse }] of kinds.entries()) {
      const random = randomFrom(seed, "generator", index);
      for (let k = 0; k < count; k++) {
        const { damaged, what } = damage(bytes, random, k);
        try {
          await read(damaged);
          if (mustRefuse) failures.push(`${name} with ${what} is not refused (seed ${seed})`);
        } catch (error) {
          refused++;
          if (!isMessage(error))
            failures.push(`${name} with ${what}: ${error instanceof Error ? error.stack : String(error)} (seed ${seed})`);
        }
      }
    }
    return { line: `${count * kinds.length} damaged files of ${kinds.length} kinds, ${refused} refused`, failures };
  });
}

/** JavaScript's own errors, such as a TypeError, are not messages to the user. */
const isMessage = (error: unknown): boolean =>
  error instanceof FileError ||
  error instanceof UsageError ||
  (error instanceof Error && error.constructor === Error && !error.message.includes("\n"));

function damage(bytes: Uint8Array, random: Random, k: number): { damaged: Uint8Array; what: string } {
  if (k % 3 === 0) {
    const length = random.below(bytes.length);
    return { damaged: bytes.slice(0, length), what: `its first ${length} bytes` };
  }
  const bit = random.below(8 * bytes.length);
  const damaged = bytes.slice();
  damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return { damaged, what: `bit ${bit} flipped` };
}

/** Trains on the file's bytes. Throws every error that does not become a message in the last event. */
async function trainOn(plan: TrainingPlan, files: FileReader): Promise<void> {
  let failure: string | undefined;
  await train(plan, {
    host: atOnce,
    files,
    emit(event) {
      if (event.kind === "failed") failure = event.message;
    },
  });
  if (failure?.startsWith("The engine failed")) throw new TypeError(failure);
  if (failure !== undefined) throw new Error(failure.replaceAll("\n", " "));
}

const oneFile = (bytes: Uint8Array): FileReader => ({ read: async () => bytes });

async function kindsIn(folder: string): Promise<Kind[]> {
  const [name = ""] = writeTrainings(folder);
  const trained = await runFast(folder, ["train", `${name}.nn`, "--out", "out", "--epochs", "3"]);
  if (trained.code !== 0) throw new Error(trained.output);
  const out = join(folder, "out");
  const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(join(out, file)));
  const lenient = (kind: Omit<Kind, "mustRefuse">): Kind => ({ ...kind, mustRefuse: false });
  const strict = (kind: Omit<Kind, "mustRefuse">): Kind => ({ ...kind, mustRefuse: true });
  const plan: TrainingPlan = JSON.parse(readFileSync(join(out, "plan.json"), "utf8"));
  const text = readFileSync(join(folder, `${name}.nn`));
  return [
    strict({ name: "checkpoint.safetensors", bytes: bytesOf("checkpoint.safetensors"), read: parseSafetensors }),
    strict({
      name: "weights.safetensors",
      bytes: bytesOf("weights.safetensors"),
      read: (bytes) => [parseSafetensors(bytes), trainedWithFrom(bytes)],
    }),
    lenient({
      name: "plan.json",
      bytes: bytesOf("plan.json"),
      async read(bytes) {
        writeFileSync(join(out, "plan.json"), bytes);
        await readCheckpoint(out, plan);
      },
    }),
    lenient({ name: "history.jsonl", bytes: bytesOf("history.jsonl"), read: async (bytes) => await resumeHistory(folder, plan, bytes) }),
    lenient({ name: ".nn", bytes: new Uint8Array(text), read: (bytes) => analyse(new TextDecoder().decode(bytes)) }),
    lenient({
      name: ".csv",
      bytes: new Uint8Array(readFileSync(join(folder, "moons.csv"))),
      read: async (bytes) => await trainOn({ ...plan, training: { ...plan.training, epochs: 1 } }, oneFile(bytes)),
    }),
    ...(await imageKinds(lenient)),
    ...(await storedKinds(lenient)),
  ];
}

/** Continues a damaged history. Asserts that the events after it are read. */
async function resumeHistory(folder: string, plan: TrainingPlan, bytes: Uint8Array): Promise<void> {
  const name = join(folder, "resumed");
  mkdirSync(name, { recursive: true });
  writeFileSync(join(name, "history.jsonl"), bytes);
  const warnings: string[] = [];
  const out = openOutFolder(name, { plan, lineOf: () => 1, resumes: true, warn: (warning) => void warnings.push(warning) });
  const [started] = historyFrom(readFileSync(join(folder, "out", "history.jsonl"), "utf8"));
  if (started) out.record(started);
  out.record({ kind: "resumed", epoch: 1 });
  out.record({ kind: "stopped", epoch: 7, seconds: 0 });
  await out.close();
  const events = historyFrom(readFileSync(join(name, "history.jsonl"), "utf8"));
  const last = events.at(-1);
  if (last?.kind !== "stopped" || last.epoch !== 7 || events.at(-2)?.kind !== "resumed") throw new TypeError("The history does not go on.");
  if (warnings.length > 0) throw new TypeError(warnings.join(" "));
}

/** An IDX file of four 2x2 images, plain and compressed, and its labels. */
async function imageKinds(kind: (kind: Omit<Kind, "mustRefuse">) => Kind): Promise<Kind[]> {
  const images = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2, ...Array.from({ length: 16 }, (_, k) => 16 * k)]);
  const labels = Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 0, 1]);
  const facts = (path: string) => ({ facts: path === "labels" ? { shape: [4], largest: 1 } : { shape: [4, 2, 2], largest: undefined } });
  const plan = planOf(
    'model M {\n  input 2x2\n  flatten\n  dense 2 softmax\n}\ndata D {\n  source idx("images", "labels")\n}\ntrain M on D {\n  loss sparse_categorical_crossentropy\n  epochs 1\n}\n',
    { columns: () => undefined, idx: facts } as never,
  );
  const reader =
    (damaged: "images" | "labels"): Reader =>
    async (bytes) =>
      await trainOn(plan, { read: async (path) => (path === damaged ? bytes : path === "images" ? images : labels) });
  return [
    kind({ name: "IDX images", bytes: images, read: reader("images") }),
    kind({ name: "IDX images in gzip", bytes: new Uint8Array(gzipSync(images)), read: reader("images") }),
    kind({ name: "IDX labels", bytes: labels, read: reader("labels") }),
  ];
}

/** The files of a run in the editor's history. */
async function storedKinds(kind: (kind: Omit<Kind, "mustRefuse">) => Kind): Promise<Kind[]> {
  const [make] = Object.values(realRuns);
  if (!make) return [];
  const { run, plan, rows } = await make();
  const { history } = run;
  if (!history) throw new Error("The run has no epochs.");
  const stored = storedFrom(run, plan, "float32");
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  return [
    kind({ name: "run.json", bytes: json(stored), read: (bytes) => parseStored(text(bytes)) }),
    kind({ name: "table.bin", bytes: tableBytes(history), read: (bytes) => tableFrom(stored.table, bytes) }),
    kind({ name: "epochs.bin", bytes: new Uint8Array(rows.buffer.slice(0)), read: (bytes) => rowsFrom(bytes, rowLength(history.layout)) }),
    kind({ name: "snapshots.json", bytes: json(run.snapshots), read: (bytes) => parseSnapshots(text(bytes)) }),
  ];
}
