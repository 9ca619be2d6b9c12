/** backprop_watch.py logs a training of any nn.Module in the form of our events, with losses and gradients that are computed by hand. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { foreignFolder } from "../../client/runs/foreignFolder.ts";
import { HistoryTail } from "../../client/runs/historyTail.ts";
import { inProject } from "../../scripts/project.ts";
import { epochsOf } from "../fixtures.ts";
import { lacking, lackingWith, start, titled } from "./python.ts";

const reason = lacking("torch");

describe.skipIf(reason !== undefined)(titled("backprop_watch", reason), () => {
  const folder = mkdtempSync(join(tmpdir(), "watch-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("writes each epoch with the mean loss of its rows and each layer's gradient", async () => {
    writeFileSync(
      join(folder, "own.py"),
      `import sys, json
sys.path.insert(0, ${JSON.stringify(inProject("python"))})
import torch
from backprop_watch import watch
torch.manual_seed(1)
model = torch.nn.Sequential(torch.nn.Linear(2, 1, bias=False)).double()
with torch.no_grad():
    model[0].weight.copy_(torch.tensor([[1.0, -1.0]]))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
log = watch(model, "run", epochs=2, name="größe")
for epoch in range(2):
    for x, t in [([[1.0, 2.0], [3.0, 4.0]], [[0.0], [0.0]]), ([[0.0, 1.0]], [[1.0]])]:
        optimizer.zero_grad()
        loss = ((model(torch.tensor(x, dtype=torch.float64)) - torch.tensor(t, dtype=torch.float64)) ** 2).mean()
        loss.backward()
        log.batch(loss, rows=len(x))
        if epoch == 1: optimizer.step()
    log.epoch(val_loss=float("nan") if epoch else 0.25, accuracy=0.5)
log.finish()
`,
    );
    const { ended, output } = start(join(folder, "own.py"));
    expect(await ended, output()).toBe(0);
    const found = await foreignFolder(join(folder, "run"));
    expect(found?.started).toMatchObject({ model: "größe", epochs: 2, layers: [{ id: "0", parameters: 2 }] });
    const { events } = await new HistoryTail(join(folder, "run/history.jsonl")).read();
    const [first, second] = epochsOf(events);
    // Of the weights (1, -1): the first batch has the errors -1 and -1, the second -2.
    expect(first).toMatchObject({ epoch: 1, valLoss: 0.25, metrics: { accuracy: 0.5 } });
    expect(first?.loss).toBeCloseTo((1 * 2 + 4) / 3, 12);
    // The gradients are (-4, -6) and (0, -4).
    expect(first?.layers[0]?.gradient.norm).toBeCloseTo((Math.sqrt(52) + 4) / 2, 12);
    expect(first?.layers[0]?.gradient).toMatchObject({ max: 6, zeros: 0.25, mean: -3.5 });
    expect(first?.layers[0]).toMatchObject({ updateRatio: 0, weightNorm: Math.SQRT2 });
    expect(second?.valLoss).toBeNull();
    expect(second?.layers[0]?.updateRatio).toBeGreaterThan(0);
    expect(events.at(-1)?.kind).toBe("finished");
    expect(readFileSync(join(folder, "run/history.jsonl"), "utf8")).not.toContain("NaN");
  });

  const noKeras = reason ?? lackingWith({ KERAS_BACKEND: "torch" }, "keras");
  test.skipIf(noKeras !== undefined)(titled("writes the layers of a Keras model, with the train_step of the docs", noKeras), async () => {
    const page = readFileSync(inProject("docs/cluster.md"), "utf8");
    const shown = /^class Watched\(keras\.Sequential\):\n(?: {4}.*\n)+/m.exec(page)?.[0];
    writeFileSync(
      join(folder, "keras_own.py"),
      `import os, sys
os.environ["KERAS_BACKEND"] = "torch"
sys.path.insert(0, ${JSON.stringify(inProject("python"))})
import keras
import numpy as np
import torch
from backprop_watch import watch

${shown}
model = Watched([keras.Input((2,)), keras.layers.Dense(1, use_bias=False, name="out")])
model.layers[0].set_weights([np.array([[1.0], [-1.0]])])
model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
log = watch(model, "keras-run", epochs=1)
epochs = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: log.epoch(val_loss=logs.get("val_loss"), seen=logs["loss"]))
model.fit(np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]]), np.array([[0.0], [0.0], [1.0]]), batch_size=2, shuffle=False, verbose=0, callbacks=[epochs])
log.finish()
`,
    );
    const { ended, output } = start(join(folder, "keras_own.py"));
    expect(await ended, output()).toBe(0);
    const found = await foreignFolder(join(folder, "keras-run"));
    expect(found?.started).toMatchObject({ model: "Watched", layers: [{ id: "out", kind: "Dense", shape: [1], parameters: 2 }] });
    const { events } = await new HistoryTail(join(folder, "keras-run/history.jsonl")).read();
    const [first] = epochsOf(events);
    // The same rows, batches and weights as above.
    expect(first?.loss).toBeCloseTo((1 * 2 + 4) / 3, 6);
    expect(first?.metrics["seen"]).toBeGreaterThan(0);
    expect(first?.layers[0]?.gradient.norm).toBeCloseTo((Math.sqrt(52) + 4) / 2, 5);
  });
});
