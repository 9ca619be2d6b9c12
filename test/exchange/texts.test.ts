/** Exports that are text or logs: the Keras script, the page, TensorBoard's files. */
import { expect, test } from "vitest";
import type { TrainingEvent } from "../../engine/events.ts";
import { inventedRows } from "../../engine/exchange/compare.ts";
import { kerasScript } from "../../engine/exchange/keras/script.ts";
import { pageFile } from "../../engine/exchange/page/file.ts";
import { tensorboardLogs } from "../../engine/exchange/tensorboard/logs.ts";
import { crc32c, recordsIn } from "../../engine/exchange/tensorboard/record.ts";
import { epochEvent } from "./events.ts";
import { golden } from "./golden.ts";
import { everyLayer, flowers, startedModel } from "./models.ts";

test("the Keras script of a network with every kind of layer is the golden file", async () => {
  const { bytes, renamed } = kerasScript(await startedModel(everyLayer()));
  expect(new TextDecoder().decode(bytes)).toBe(new TextDecoder().decode(golden("every.py", bytes)));
  expect(renamed).toEqual([{ from: "слой", to: "layer_27" }]);
});

test("a script has no name twice, and none that Python reserves", async () => {
  const text = new TextDecoder().decode(kerasScript(await startedModel(everyLayer())).bytes);
  const assigned = [...text.matchAll(/^(\w+) = keras\.(?:Input|layers|ops)/gm)].map(([, name]) => name);
  expect(new Set(assigned).size).toBe(assigned.length);
  expect(assigned).not.toContain("class");
  expect(text).toContain('name="class")');
});

test("a script has classes with quotes and Cyrillic as Python's texts", async () => {
  const text = new TextDecoder().decode(kerasScript(await startedModel(flowers())).bytes);
  expect(text).toContain(String.raw`"a \"rose\" & </script>"`);
  expect(text).toContain('"ирис"');
});

test("the page of a network with every kind of layer is the golden file, but for its script", async () => {
  const model = await startedModel(everyLayer());
  const rows = inventedRows(model.fit, 16);
  const { bytes } = pageFile(model, { script: "", rows });
  expect(new TextDecoder().decode(bytes)).toBe(new TextDecoder().decode(golden("every.html", bytes)));
});

test("no text in a page ends its script, and the page loads nothing", async () => {
  const { bytes } = pageFile(await startedModel(flowers()), { script: 'const a = "</script><!--";', rows: undefined });
  const page = new TextDecoder().decode(bytes);
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page).not.toContain("<!--");
  expect(page).toContain("default-src 'none'");
  expect(page.replaceAll("http-equiv", "")).not.toMatch(/https?:|src=|href=/);
});

test("the checksum of records is CRC-32C", () => {
  // The check value of CRC-32/ISCSI.
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
});

const EVENTS: readonly TrainingEvent[] = [
  {
    kind: "started",
    model: "Every",
    run: "Every",
    layers: [],
    rows: { train: 8, validation: 2, test: 0 },
    epochs: 1,
    batchesPerEpoch: 1,
    precision: "float32",
    kernels: "reference",
    loadSeconds: 0,
  },
  epochEvent(["слой"]),
];

test("logs are the golden files: whole records, with Keras' tags in a folder for each part", async () => {
  const model = await startedModel(everyLayer());
  const logs = tensorboardLogs({ plan: model.plan, text: model.text, begun: 1_700_000_000 });
  const parts = { train: [] as Uint8Array[], validation: [] as Uint8Array[] };
  for (const event of EVENTS) for (const { part, records } of logs.add(event, 1_700_000_001)) parts[part].push(...records);
  expect(logs.fileName).toMatch(/^events\.out\.tfevents\.1700000000\./);
  for (const part of ["train", "validation"] as const) {
    const file = new Uint8Array(Buffer.concat(parts[part]));
    expect(Buffer.from(file).equals(golden(`${part}.tfevents`, file))).toBe(true);
    const texts = recordsIn(file).map((record) => new TextDecoder().decode(record));
    expect(texts[0]).toContain("brain.Event:2");
    expect(texts.at(-1)).toContain("epoch_accuracy");
    expect(texts.at(-1)?.includes("gradient_norm/слой")).toBe(part === "train");
    expect(() => recordsIn(file.subarray(0, file.length - 1))).toThrow("cut off");
  }
});
