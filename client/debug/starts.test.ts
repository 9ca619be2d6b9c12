/** Where a debug session starts: in which training, at which place of a saved run, with which rows. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { type DebugTestClient, debugClient, fileOf } from "../../test/debugClient.ts";
import { dist } from "../../test/fixtures.ts";

const CSV = `a,b,t\n${Array.from({ length: 12 }, (_, k) => `${k / 12},${((k * 5) % 12) / 12},${(k % 4) / 4}`).join("\n")}\n`;
const FILE = `model Net {
  input a, b
  hidden: dense 3 tanh
  dense 1
}
data D {
  source csv("d.csv")
  features a, b
  target t
  split validation=0.25
}
train Net on D {
  loss mse
  optimizer adam(learning_rate=0.05)
  batch 3
  epochs 9
}
`;

/** Trains the text with `nn train`. Returns the paths of the file and the run's folder. */
function trained(text = FILE): { readonly program: string; readonly from: string } {
  const program = fileOf(text);
  const from = join(dirname(program), "out");
  writeFileSync(join(dirname(program), "d.csv"), CSV);
  spawnSync(process.execPath, [fileURLToPath(new URL("nn.js", dist)), "train", program, "--out", from], { stdio: "ignore" });
  return { program, from };
}

async function launched(options: object): Promise<DebugTestClient> {
  const client = debugClient();
  await client.launch(options);
  return client;
}

const refused = async (options: object): Promise<string> =>
  await debugClient()
    .launch(options)
    .then(
      () => "",
      (error: Error) => error.message,
    );

describe("from a saved run", () => {
  let run: { readonly program: string; readonly from: string };
  beforeAll(() => {
    run = trained();
  });

  /** Returns the epoch with the lowest validation loss in the run's history. */
  function bestEpoch(): number {
    const lines = readFileSync(join(run.from, "history.jsonl"), "utf8").trim().split("\n");
    const epochs = lines.map((line) => JSON.parse(line) as { event: string; epoch: number; val_loss: number });
    const [best] = epochs.filter(({ event }) => event === "epoch").sort((a, b) => a.val_loss - b.val_loss);
    return best?.epoch ?? 0;
  }

  test("begins after its best epoch, its last one, or at any epoch, with the training's weights", async () => {
    const best = bestEpoch();
    const [atBest, sought] = [await launched({ ...run, at: "best" }), await launched({ program: run.program, epoch: best + 1 })];
    expect((await atBest.frames()).slice(0, 3)).toEqual([
      "the next mini-batch 6",
      "batch 1 of 3 6",
      `epoch ${best + 1} of ${Math.max(9, best + 1)} 16`,
    ]);
    if (best < 9) expect(await atBest.evaluate("hidden.kernel")).toBe(await sought.evaluate("hidden.kernel"));
    const atLast = await launched(run);
    expect((await atLast.frames())[2]).toBe("epoch 10 of 10 16");
    expect(atLast.printed).toEqual(["The run has 9 epochs; it is debugged for longer, from epoch 10 on."]);
    const end = await launched({ program: run.program, epoch: 9, batch: 3 });
    await end.move("continue");
    expect(await atLast.evaluate("hidden.kernel")).toBe(await end.evaluate("hidden.kernel"));
    // The epochs before the saved state are recomputed from the start.
    await atLast.move("stepBack");
    expect((await atLast.frames())[0]).toBe("end of the epoch 16");
    expect((await (await launched({ program: run.program, from: "out", at: "start" })).frames())[2]).toBe("epoch 1 of 9 16");
  });

  test("shows the text that was trained if the file has changed", async () => {
    writeFileSync(run.program, `# a comment\n${FILE.replace("dense 3 tanh", "dense 5 relu")}`);
    const client = await launched(run);
    expect(client.printed[0]).toBe("net.nn has changed since this run was trained. The debugger shows the text that was trained.");
    const { stackFrames } = await client.request<{ stackFrames: { source: object }[] }>("stackTrace", { threadId: 1 });
    expect(stackFrames[0]?.source).toMatchObject({ sourceReference: 1 });
    expect(await client.request("source", { sourceReference: 1 })).toEqual({ content: FILE });
    writeFileSync(run.program, FILE);
  });

  test("begins with its weights if the data have changed, and says so", async () => {
    const { program, from } = trained();
    const before = await launched({ program, from });
    writeFileSync(join(dirname(program), "d.csv"), CSV.replace("0.75", "0.5"));
    const client = await launched({ program, from, at: "best" });
    expect((await client.frames())[2]).toBe("epoch 10 of 10 16");
    expect(client.printed[0]).toMatch(/^The data have changed since this run was trained.* after epoch 9; there is nothing before\.$/);
    expect(await client.evaluate("hidden.kernel")).toBe(await before.evaluate("hidden.kernel"));
    await client.move("next");
    for (const back of ["stepBack", "stepBack"]) await client.move(back);
    expect(client.printed.at(-1)).toBe("This is the first place of the training.");
  });

  test("begins at the mini-batch where a number became infinite", async () => {
    const hot = trained(FILE.replace("adam(learning_rate=0.05)", "sgd(learning_rate=1e4)").replace("epochs 9", "epochs 40"));
    const client = await launched({ ...hot, at: "diverged" });
    const [place, batch, epoch] = await client.frames();
    expect(place).toBe("the next mini-batch 6");
    await client.request("setExceptionBreakpoints", { filters: ["nonFinite"] });
    expect((await client.move("continue")).reason).toBe("exception");
    expect((await client.frames()).slice(1, 3)).toEqual([batch, epoch]);
  });

  test("is refused with the reason", async () => {
    expect(await refused({ program: run.program, from: "/nowhere" })).toBe("/nowhere can't be read.");
    expect(await refused({ program: run.program, from: run.program })).toContain("net.nn can't be used: ");
    expect(await refused({ program: run.program, at: "best" })).toContain("set `from`");
    expect(await refused({ ...run, at: "diverged" })).toContain("became infinite or NaN");
  });
});

test("of several trainings, the one at the line or the first is debugged, and the others are named", async () => {
  const program = fileOf(readFileSync(inProject("samples", "learning-rates.nn"), "utf8"));
  const client = await launched({ program });
  expect(client.printed[0]).toBe("net.nn has the trainings good, small, large. This is good; set `run` to debug another one.");
  const text = readFileSync(program, "utf8").split("\n");
  const line = text.findIndex((one) => one.startsWith("large: train")) + 1;
  const other = await launched({ program, line });
  expect(other.printed).toEqual([]);
  expect((await other.frames()).at(-1)).toContain(` ${line}`);
});

describe("rows of an expectation", () => {
  const program = inProject("samples", "tlu.nn");

  test("of a file that trains nothing go forward through the network, row by row, and back", async () => {
    const client = await launched({ program, line: 25 });
    const seen = [(await client.frames()).join(", ")];
    for (let k = 0; k < 5; k++) {
      await client.move("next");
      seen.push((await client.frames())[0] ?? "");
    }
    expect(seen).toEqual([
      "the next row 26, row 1 of 4 26, expect Xor 25",
      "input_1 (forward) 20",
      "tlu_1 (forward) 21",
      "tlu_2 (forward) 22",
      "0, as expected 26",
      "the next row 27",
    ]);
    // Nothing is computed yet for the next row.
    await expect(client.evaluate("tlu_1")).rejects.toThrow("not computed yet");
    for (const expected of seen.slice(1, 5).toReversed()) {
      await client.move("stepBack");
      expect((await client.frames())[0]).toBe(expected);
    }
    expect(await client.evaluate("row")).toBe("1");
    const { breakpoints } = await client.request<{ breakpoints: { verified: boolean }[] }>("setBreakpoints", {
      source: { path: program },
      breakpoints: [{ line: 28 }, { line: 22, condition: "tlu_2 > 0" }],
    });
    expect(breakpoints.map(({ verified }) => verified)).toEqual([true, true]);
    const stops: string[] = [];
    for (let k = 0; k < 4; k++) {
      await client.move("continue");
      stops.push((await client.frames()).slice(0, 2).join(", "));
    }
    expect(stops).toEqual([
      "tlu_2 (forward), computed 22, row 2 of 4 27",
      "the next row 28, row 3 of 4 28",
      "tlu_2 (forward), computed 22, row 3 of 4 28",
      "1, as expected 28, row 3 of 4 28",
    ]);
  });

  test("of a trained network are computed with its weights, one row alone", async () => {
    const text = `${FILE.replace("split validation=0.25", "scale standard")}\nexpect Net {\n  tolerance 10\n  0.5 0.25 -> 0.5\n}\n`;
    const run = trained(text);
    const client = await launched({ ...run, expectLine: 21 });
    expect(await client.frames()).toEqual(["the next row 21, row 1 of 1 21, expect Net 19"].flatMap((all) => all.split(", ")));
    for (let k = 0; k < 4; k++) await client.move("next");
    const [result] = await client.frames();
    // Without a run, the session first trains the network to the same weights.
    const now = await launched({ program: run.program, expectLine: 21 });
    for (let k = 0; k < 4; k++) await now.move("next");
    expect((await now.frames())[0]).toBe(result);
    expect(now.printed[0]).toBe("Net was trained now, up to epoch 9. Set `from` to debug a saved run's weights.");
    expect(await refused({ program: run.program, expectLine: 3 })).toBe("Line 3 of net.nn is no row of an `expect` block.");
  });
});
