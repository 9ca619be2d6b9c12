/** The networks for tests, with real training workers: which are trained, and whose weights are reused. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import type * as vscode from "vscode";
import { inProject } from "../../../scripts/project.ts";
import { fakeVscode, placesIn } from "../../../test/fakeVscode.ts";
import { planOf } from "../../../test/fixtures.ts";
import { isOver } from "../../runs/runState.ts";

const fake = fakeVscode();
vi.mock("vscode", () => fake.vscode);
const { RunStore } = await import("../runs/runStore.ts");
const { Trainings } = await import("../trainings/trainings.ts");
const { Cancelled, FailedTraining, TrainedNetworks } = await import("./trainedNetworks.ts");

const root = mkdtempSync(join(tmpdir(), "backprop-tests-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const document = fake.vscode.Uri.file(join(root, "a.nn")) as unknown as vscode.Uri;
const data = join(root, "d.csv");
const RUNNING = {
  isCancellationRequested: false,
  onCancellationRequested: new fake.vscode.EventEmitter().event,
} as vscode.CancellationToken;

const choice = (epochs = 3) => {
  const plan = planOf(
    "model M {\n  input a, b\n  dense 4 tanh\n  dense 1\n}\ndata D {\n  features a, b\n  target y\n  0 0 -> 0\n  1 1 -> 1\n}\ntrain M on D {\n  loss mse\n  epochs 3\n}",
  );
  const source = { kind: "csv", path: "d.csv", header: true, delimiter: null, decimal: ".", thousands: null, comment: null } as const;
  const read = { ...plan, data: { ...plan.data, source }, training: { ...plan.training, epochs } };
  return { run: "M", model: "M", line: 9, planned: { plan: read, seeds: 1, sources: {} }, lines: { source: 6 }, problem: null };
};

function parts() {
  writeFileSync(data, "a,b,y\n0,0,0\n1,1,1\n");
  const folder = fake.vscode.Uri.file(mkdtempSync(join(root, "runs-"))) as unknown as vscode.Uri;
  const store = new RunStore(placesIn(folder, 10) as ConstructorParameters<typeof RunStore>[0]);
  const log = { warn: () => undefined, error: () => undefined } as unknown as vscode.LogOutputChannel;
  const trainings = new Trainings(inProject("dist", "trainer.js"), store, log);
  const networks = new TrainedNetworks(inProject("dist", "trainer.js"), trainings);
  onTestFinished(async () => {
    networks.dispose();
    await trainings.close();
  });
  return { trainings, networks };
}

test("a second test uses the weights of the first while plan and data are unchanged, and trains again when either changes", async () => {
  const { networks } = parts();
  const from = async (epochs?: number): Promise<string> => (await networks.of(document, choice(epochs), RUNNING)).from;
  expect(await from()).toMatch(/^Trained M in/);
  expect(await from()).toMatch(/^The weights of the last test/);
  expect(await from(4)).toMatch(/^Trained M in/);
  expect(await from(3)).toMatch(/^The weights of the last test/);
  writeFileSync(data, "a,b,y\n0,0,0\n1,1,2\n");
  expect(await from()).toMatch(/^Trained M in/);
});

test("a finished run of the panel with the same plan and data serves as well, with its own weights", async () => {
  const { trainings, networks } = parts();
  const ended = new Promise<void>((done) => {
    trainings.onChange(({ run }) => isOver(run) && done());
  });
  const run = await trainings.start(document, choice());
  await ended;
  const found = await networks.of(document, choice(), RUNNING);
  expect(found.from).toMatch(/^The weights of the run M are used/);
  expect(found.checkpoint).toEqual(await trainings.checkpointOf(run.facts.id));
  expect((await networks.of(document, choice(4), RUNNING)).from).toMatch(/^Trained M in/);
  expect([await networks.savedRun(document, choice()), await networks.savedRun(document, choice(4))]).toEqual([run.facts.id, undefined]);
});

test("a training that is cancelled or fails has no network", async () => {
  const { networks } = parts();
  const cancelled = { isCancellationRequested: true, onCancellationRequested: RUNNING.onCancellationRequested };
  await expect(networks.of(document, choice(1_000_000_000), cancelled)).rejects.toBeInstanceOf(Cancelled);
  rmSync(data);
  const failed = networks.of(document, choice(), RUNNING);
  await expect(failed).rejects.toBeInstanceOf(FailedTraining);
  await expect(failed).rejects.toMatchObject({ line: 6, message: expect.stringContaining("d.csv") });
});
