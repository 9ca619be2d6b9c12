/** The PyTorch job of each net trains as the engine does in float64: losses, metrics and every layer's gradient norms. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { historyFrom } from "../../client/messages/eventReader.ts";
import { epochsOf } from "../fixtures.ts";
import { runNn } from "../terminal/run.ts";
import { type Epoch, epochsIn, expectEqual } from "./epochs.ts";
import { NETS, type Net, OPTIMIZER_NETS } from "./nets.ts";
import { lacking, start, titled } from "./python.ts";

const reason = lacking("torch", "safetensors", "numpy");
describe.skipIf(reason !== undefined)(titled("jobs for PyTorch", reason), () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "jobs-"));
    writeFileSync(join(folder, "long.nn"), numbers("epochs 100000"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Writes the net and its job, and trains it with the engine. Returns the engine's epochs. */
  async function prepared({ name, text }: Net): Promise<readonly Epoch[]> {
    writeFileSync(join(folder, `${name}.nn`), text);
    for (const args of [
      ["job", `${name}.nn`, "--out", name],
      ["train", `${name}.nn`, "--out", `${name}-ours`],
    ])
      expect(await runNn(folder, [...args, "--precision", "float64"])).toMatchObject({ code: 0, err: "" });
    return epochsIn(join(folder, `${name}-ours`));
  }

  test.each([...NETS, ...OPTIMIZER_NETS])("$name: one process and two train as the engine does", async (net) => {
    const ours = await prepared(net);
    for (const processes of [1, 2]) {
      rmSync(join(folder, net.name, "run"), { recursive: true, force: true });
      const { ended, output } = start(join(folder, net.name, "train.py"), processes);
      expect(await ended, output()).toBe(0);
      expectEqual(epochsIn(join(folder, net.name, "run")), ours);
      const { out, code } = await runNn(folder, ["evaluate", `${net.name}.nn`, "--weights", `${net.name}/run`, "--json"]);
      const again = await runNn(folder, ["evaluate", `${net.name}.nn`, "--weights", `${net.name}-ours`, "--json"]);
      expect(code).toBe(0);
      expect(numbersIn(out)).toEqual(numbersIn(again.out).map((value) => expect.closeTo(value, 9)));
    }
  });

  test("each time a worker is killed, the job is started again, and every epoch is that of the engine", async () => {
    const net = { name: "killed", text: numbers("epochs 400") };
    const ours = await prepared(net);
    const { child, ended, output } = start(join(folder, net.name, "train.py"), 2);
    for (const lines of [40, 140, 240]) {
      while (child.exitCode === null && linesOf(net.name) < lines) await wait(20);
      process.kill(Number(workersOf(child.pid ?? 0).at(-1)), "SIGKILL");
    }
    expect(await ended, output()).toBe(0);
    const events = eventsOf(net.name);
    expect(events.filter(({ kind }) => kind === "resumed")).toHaveLength(3);
    expectEqual(
      epochsOf(events).sort((a, b) => a.epoch - b.epoch),
      ours,
    );
  });

  test.each([
    { name: "first-epoch", step: 2, resumed: 0 },
    { name: "later-epoch", step: 20, resumed: 1 },
  ])("an error that would occur again ends a job on two processes with its message ($name)", async ({ name, step, resumed }) => {
    await prepared({ name, text: numbers("epochs 5") });
    const network = join(folder, name, "network.py");
    const failing = `        self.t += 1\n        if self.t == ${step}:\n            raise ValueError("too many <b>numbers</b>")\n`;
    writeFileSync(network, readFileSync(network, "utf8").replace("        self.t += 1\n", failing));
    const { ended, output } = start(join(folder, name, "train.py"), 2);
    expect(await ended).not.toBe(0);
    expect(output()).toContain("train.py failed: ValueError: too many <b>numbers</b>");
    const kinds = eventsOf(name).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "resumed")).toHaveLength(resumed);
    expect(eventsOf(name).at(-1)).toMatchObject({ kind: "failed", message: "train.py failed: ValueError: too many <b>numbers</b>" });
  });

  test("a job refuses another job's folder and a damaged checkpoint with one sentence, also on two processes", async () => {
    for (const name of ["own", "other"])
      await prepared({ name, text: name === "own" ? numbers("epochs 5") : numbers("epochs 5").replace("swish", "tanh") });
    const script = join(folder, "own", "train.py");
    expect(await start(join(folder, "other", "train.py")).ended).toBe(0);
    const checkpoint = join(folder, "other", "run", "checkpoint.safetensors");
    const history = readFileSync(historyPath("other"), "utf8");
    for (const reason of ["is of another plan or other data; begin anew with --fresh", "can't be read ("]) {
      for (const processes of [1, 2]) {
        const { ended, output } = start(script, processes, ["--out", join(folder, "other", "run")]);
        expect(await ended).not.toBe(0);
        expect(output()).toContain(`${checkpoint} ${reason}`);
        expect(output()).not.toContain("resumed");
      }
      writeFileSync(checkpoint, "damaged");
    }
    expect(readFileSync(historyPath("other"), "utf8")).toBe(history);
  });

  test("a job that is written again with more epochs continues to their new number", async () => {
    for (const epochs of [3, 6]) {
      const ours = await prepared({ name: "longer", text: numbers(`epochs ${epochs}`) });
      const { ended, output } = start(join(folder, "longer", "train.py"));
      expect(await ended, output()).toBe(0);
      expect(eventsOf("longer")[0]).toMatchObject({ kind: "started", epochs });
      expectEqual(epochsOf(eventsOf("longer")), ours);
      expect(output()).toMatch(/^Finished after epoch \d of \d, .+ s\. Weights of epoch \d: .+weights\.safetensors$/m);
    }
  });

  test("a second job is refused while the first one writes into the folder", async () => {
    await prepared({ name: "twice", text: numbers("epochs 5") });
    expect(await runNn(folder, ["job", "long.nn", "--out", "twice"])).toMatchObject({ code: 0 });
    const script = join(folder, "twice", "train.py");
    const first = start(script);
    while (first.child.exitCode === null && linesOf("twice") < 5) await wait(20);
    const second = start(script);
    expect(await second.ended).not.toBe(0);
    expect(second.output()).toContain(
      `Another training writes into ${join(folder, "twice", "run")}; train into another folder with --out.`,
    );
    first.child.kill("SIGTERM");
    expect(await first.ended, first.output()).toBe(0);
    expect(eventsOf("twice").at(-1)).toMatchObject({ kind: "stopped" });
  });

  const numbers = (epochs: string): string => NETS.find(({ name }) => name === "numbers")?.text.replace("epochs 5", epochs) ?? "";
  const historyPath = (name: string): string => join(folder, name, "run", "history.jsonl");
  const eventsOf = (name: string) => historyFrom(readFileSync(historyPath(name), "utf8"));
  const linesOf = (name: string): number =>
    existsSync(historyPath(name)) ? readFileSync(historyPath(name), "utf8").split("\n").length : 0;
});

test.skipIf(reason !== undefined)(
  titled("a job that a signal ends has stopped with its weights, and the same command continues it", reason),
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "stopped-job-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "long.nn"), NETS.find(({ name }) => name === "numbers")?.text.replace("epochs 5", "epochs 100000") ?? "");
    expect(await runNn(folder, ["job", "long.nn", "--out", "job"])).toMatchObject({ code: 0, err: "" });
    const history = join(folder, "job/run/history.jsonl");
    const kinds = (): string[] => (existsSync(history) ? historyFrom(readFileSync(history, "utf8")).map(({ kind }) => kind) : []);
    for (const resumed of [0, 1]) {
      const { child, ended, output } = start(join(folder, "job/train.py"));
      const before = kinds().length;
      while (child.exitCode === null && kinds().length < before + 5) await wait(20);
      child.kill("SIGTERM");
      expect(await ended, output()).toBe(0);
      expect(kinds().at(-1)).toBe("stopped");
      expect(kinds().filter((kind) => kind === "resumed")).toHaveLength(resumed);
      expect(existsSync(join(folder, "job/run/weights.safetensors"))).toBe(true);
    }
    const epochs = epochsOf(historyFrom(readFileSync(history, "utf8"))).map(({ epoch }) => epoch);
    expect(epochs).toEqual(epochs.map((_, k) => k + 1));
  },
);

/** Returns the child processes of a process. */
const workersOf = (parent: number): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1]?.split(" ")[1] === String(parent);
      } catch {
        return false;
      }
    })
    .sort((a, b) => Number(a) - Number(b));

const numbersIn = (text: string): number[] => (text.match(/-?\d+\.\d+/g) ?? []).map(Number);
