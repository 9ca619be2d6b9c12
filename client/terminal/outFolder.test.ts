/** The folder of `--out`, on a real disk. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import { compile } from "../../engine/network/compile.ts";
import { planOf } from "../../test/fixtures.ts";
import { openOutFolder } from "./outFolder.ts";

test("the history has every event except progress, and a resumed training appends to it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "backprop-out-"));
  try {
    const plan = planOf("model M {\n  input 1\n  dense 1\n}\ndata D {\n  1 -> 1\n}\ntrain M on D {\n  loss mse\n}\n");
    const network = compile(plan.network, { precision: "float32", capacity: 1 });
    const events: readonly TrainingEvent[] = [
      { kind: "loading", share: 0.5, rows: 1 },
      { kind: "progress", epoch: 1, batch: 1, samplesPerSecond: 2, secondsLeft: 3 },
    ];
    const recorded: TrainingEvent = { kind: "stopped", epoch: 1, seconds: 2 };
    for (const resumed of [false, true]) {
      const out = await openOutFolder(folder, plan, resumed);
      for (const event of [...events, recorded]) out.record(event);
      await out.saveWeights({ network, metadata: {} });
    }
    expect(readFileSync(join(folder, "history.jsonl"), "utf8")).toBe(`${JSON.stringify(recorded)}\n`.repeat(2));
    expect(JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"))).toEqual(plan);
    expect(readdirSync(folder).sort()).toEqual(["history.jsonl", "plan.json", "weights.safetensors"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
