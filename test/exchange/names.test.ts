/** Names that other programs' languages reserve or can't write, in every format: layers in Cyrillic, `class` and `forward`; classes with quotes and markup. */
import { expect, test } from "vitest";
import type { FormatName } from "../../engine/exchange/formats.ts";
import { kerasArchive } from "../../engine/exchange/import/keras.ts";
import { kerasFile } from "../../engine/exchange/keras/file.ts";
import { kerasScript } from "../../engine/exchange/keras/script.ts";
import type { TrainedModel } from "../../engine/exchange/model.ts";
import { onnxFile } from "../../engine/exchange/onnx/file.ts";
import { readOnnx } from "../../engine/exchange/onnx/read.ts";
import type { PageContent } from "../../engine/exchange/page/content.ts";
import { pageFile } from "../../engine/exchange/page/file.ts";
import { tensorboardLogs } from "../../engine/exchange/tensorboard/logs.ts";
import { scalarsIn } from "../../engine/exchange/tensorboard/read.ts";
import { parseSafetensors, safetensorsFrom } from "../../engine/files/safetensors.ts";
import { trainedMetadata } from "../../engine/files/trainedWith.ts";
import { epochEvent } from "./events.ts";
import { flowers, KINDS, startedModel } from "./models.ts";

const LABELS = ["слой", "class", "forward"];
const hostile = (): string => flowers().replace("dense 5 relu", LABELS.map((label) => `${label}: dense 5 relu`).join("\n  "));

/** The names of layers and classes that a reader of the format finds. */
interface Found {
  readonly layers: readonly string[];
  readonly classes: readonly string[];
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const classesIn = (fit: string | undefined): readonly string[] => JSON.parse(fit ?? "").targets[0].classes;
const stringsIn = (python: string): string[] =>
  [...python.replaceAll(/\bb"[^"]*"/g, "").matchAll(/"(?:[^"\\\n]|\\.)*"/g)].map(([literal]) => JSON.parse(literal));

const READERS: { readonly [F in FormatName]: (model: TrainedModel) => Found } = {
  keras(model) {
    const { parts, saved } = kerasArchive(kerasFile(model, { compile: true }).bytes);
    return { layers: parts.map(({ name }) => name), classes: classesIn(saved?.["fit"]) };
  },
  onnx(model) {
    const { nodes, initializers } = readOnnx(onnxFile(model, { ownUnits: true, version: "0" }).bytes);
    const texts = [...initializers.values()].find(({ isText }) => isText)?.data ?? [];
    return { layers: nodes.map(({ name }) => name.split("/")[0] ?? ""), classes: Array.from(texts, String) };
  },
  "keras-script"(model) {
    const strings = stringsIn(textOf(kerasScript(model).bytes).replace(/"""[\s\S]*?"""/g, ""));
    return { layers: strings, classes: strings };
  },
  html(model) {
    const page = textOf(pageFile(model, { script: "", rows: undefined }).bytes);
    const [, json = ""] = /id="content">([^<]*)<\/script>/.exec(page) ?? [];
    const { network, fit } = JSON.parse(json) as PageContent;
    return { layers: network.layers.map(({ id }) => id), classes: fit.targets[0]?.classes ?? [] };
  },
  tensorboard({ plan, text }) {
    const logs = tensorboardLogs({ plan, text, begun: 1 });
    const [file] = logs.add(epochEvent(LABELS), 2).map(({ records }) => new Uint8Array(Buffer.concat(records)));
    const tags = scalarsIn(file ?? new Uint8Array()).flatMap(({ tag }) => (tag.startsWith("gradient_norm/") ? [tag.slice(14)] : []));
    // Logs have no classes.
    return { layers: tags, classes: KINDS };
  },
  safetensors(model) {
    const { tensors, metadata } = parseSafetensors(safetensorsFrom([...model.weights.values()], trainedMetadata(model)));
    return { layers: [...tensors.keys()].map((name) => name.split("/")[0] ?? ""), classes: classesIn(metadata["fit"]) };
  },
};

/** Keras on TensorFlow allows only ASCII. */
const ELSEWHERE: Partial<Record<FormatName, Readonly<Record<string, string>>>> = {
  keras: { слой: "layer_2" },
  "keras-script": { слой: "layer_2" },
};

test.each(Object.keys(READERS) as FormatName[])("%s has every name, or another one that is said", async (format) => {
  const { layers, classes } = READERS[format](await startedModel(hostile()));
  expect(layers).toEqual(expect.arrayContaining(LABELS.map((label) => ELSEWHERE[format]?.[label] ?? label)));
  expect(classes).toEqual(expect.arrayContaining([...KINDS]));
});
