/** The panel of a training in another program, in plain Chromium: a recorded PyTorch job with two processes. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { historyFrom } from "../../client/messages/eventReader.ts";
import { inProject } from "../../scripts/project.ts";
import { epochsOf } from "../fixtures.ts";
import { NETS } from "../python/nets.ts";
import { faultsNow } from "./matrix.ts";
import { openedForTests } from "./opened.ts";

const { host, stageOf } = openedForTests();
/** The file of the recorded job. */
const CLASSES = NETS.find(({ name }) => name === "classes")?.text ?? "";
const RECORDED = inProject("test/python/recorded");

test("shows a recorded job's epochs, where it trained and each layer's gradients, and says that its weights are missing", async () => {
  const { folder, follow, show } = host();
  writeFileSync(join(folder, "cluster.nn"), CLASSES);
  cpSync(RECORDED, join(folder, "job"), { recursive: true });
  await follow("cluster.nn", join(folder, "job"));
  const stage = await stageOf(show("cluster.nn"));
  const { page } = stage;
  // Early stopping ended the job after epoch 4 and restored the weights after epoch 2, which are shown.
  const best = epochsOf(historyFrom(readFileSync(join(folder, "job/history.jsonl"), "utf8")))[1];
  await stage.width(571);
  expect(await page.locator('.fact[data-fact="epoch"] .value').innerText()).toBe("2");
  expect(Number(await page.locator('.fact[data-fact="loss"] .value').innerText())).toBeCloseTo(best?.loss ?? 0, 3);
  const facts = (await page.locator(".run-facts").innerText()).replace(/\s+/g, " ");
  expect(facts).toContain("Engine torch 2.13.0+cpu, cpu, 2 processes");
  expect(await faultsNow(stage, "Overview of a job")).toEqual([]);
  await stage.tab("Gradients");
  const legend = (await page.locator(".view:visible .u-legend").first().innerText()).replace(/\s+/g, "");
  for (const { layer, gradient } of best?.layers ?? []) expect(legend).toContain(`${layer}${Number(gradient.norm.toPrecision(4))}`);
  expect(await faultsNow(stage, "Gradients of a job")).toEqual([]);
  await stage.tab("Network");
  expect(await page.locator(".tab:visible .note").first().innerText()).toMatch(
    /Activations were not recorded: PyTorch trainings do not record them\.$/,
  );
  await stage.tab("Distributions");
  expect(await page.locator(".view:visible").innerText()).toContain(
    "No distributions were recorded: PyTorch trainings do not record them.",
  );
  await stage.tab("Result");
  expect(await page.locator(".view:visible").innerText()).toContain(
    "This run has no weights: the program that trained it saved no checkpoint.safetensors, and no weights.safetensors with the plan.",
  );
  expect(await faultsNow(stage, "Result of a job")).toEqual([]);
  expect(stage.complaints).toEqual([]);
});

test("leaves nothing of another file's run: not before its job's first line, and no result of it beside the job's own layers", async () => {
  const { folder, follow, show, train } = host();
  // A network of as many layers, with other names.
  await train("other.nn", CLASSES.replace("hidden:", "early:").replace("out:", "late:"));
  const stage = await stageOf(show("other.nn"));
  const { page } = stage;
  const outputs = page.locator(".overview .outputs");
  expect(await outputs.innerText()).toMatch(/of 9 right/);
  await stage.tab("Gradients");
  const names = page.locator(".layers tbody th:visible");
  expect(await names.allInnerTexts()).toEqual(["input_1", "early", "relu_1", "late"]);

  const job = join(folder, "silent");
  mkdirSync(job);
  cpSync(join(RECORDED, "plan.json"), join(job, "plan.json"));
  writeFileSync(join(job, "history.jsonl"), "");
  writeFileSync(join(folder, "silent.nn"), CLASSES);
  const following = follow("silent.nn", job);
  show("silent.nn");
  await expect.poll(() => page.locator(".top .status").innerText()).toBe("loading the data");
  await stage.settled();
  expect(await page.locator(".views").first().isVisible()).toBe(false);
  expect(await page.locator(".timeline").isVisible()).toBe(false);

  cpSync(join(RECORDED, "history.jsonl"), join(job, "history.jsonl"));
  await following;
  await stage.settled();
  expect(await names.allInnerTexts()).toEqual(["input_1", "hidden", "relu_1", "out"]);
  await stage.tab("Overview");
  const preview = page.locator(".overview .preview");
  expect(await preview.innerText()).toMatch(/^Result This run has no weights/);
  expect(await preview.innerText()).not.toMatch(/right|recall/);
  expect(await outputs.innerText()).toBe("");
  expect(stage.complaints).toEqual([]);
});

test("a run logged by backprop_watch.py, without a plan, has only the facts that were written, its folder's name, and what can be done with it", async () => {
  const { folder, follow, show } = host();
  const run = join(folder, "mine/first");
  mkdirSync(run, { recursive: true });
  const layers = [{ id: "0", kind: "dense", inputs: [], shape: [1], parameters: 65 }];
  const gradient = { norm: 0.5, mean: 0, spread: 0.1, zeros: 0, max: 1 };
  const epoch = { event: "epoch", epoch: 1, loss: 0.25, val_loss: null, metrics: {}, learning_rate: null, seconds: 0.5 };
  const lines = [
    {
      event: "started",
      version: 1,
      model: "M\u202etxt",
      run: "M\u202etxt",
      layers,
      rows: { train: 0 },
      epochs: 1,
      kernels: "torch 2.13.0",
    },
    { ...epoch, layers: [{ name: "0", gradient, weight_norm: 1, update_ratio: 0.001 }] },
    { event: "finished", epochs: 1, seconds: 2.5 },
  ];
  writeFileSync(join(run, "history.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await follow("mine/first/history.jsonl", run);
  const view = show("mine/first/history.jsonl");
  const stage = await stageOf(view);
  const { page } = stage;
  expect(view.title).toBe("Training: first");
  expect(await page.locator("h1").innerText()).toBe("M\\u{202e}txt");
  const facts = await page
    .locator(".run-facts:visible > div")
    .evaluateAll((all) => all.map((one) => [...one.children].map(({ textContent }) => textContent)));
  expect(facts).toEqual([
    ["Loss", "0.25"],
    ["Parameters", "65"],
    ["Engine", "torch 2.13.0"],
    ["Model", "M\\u{202e}txt"],
    ["Time", "2.5 s"],
    ["Folder", "first"],
  ]);
  expect(await page.getByText("Train Again", { exact: true }).isVisible()).toBe(false);
  await page.getByTitle("More actions").click();
  expect(await page.getByRole("menuitem").allInnerTexts()).toEqual([
    "Export weights (safetensors)…",
    "Export history (CSV)…",
    "Export history (JSON)…",
  ]);
  await page.keyboard.press("Escape");
  expect(await faultsNow(stage, "Overview of a watched run")).toEqual([]);
  expect(stage.complaints).toEqual([]);
});
