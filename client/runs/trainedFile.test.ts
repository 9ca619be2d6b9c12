/** The training facts saved with weights are read back as written. A damaged file is rejected with a sentence that names the field. */
import { describe, expect, test } from "vitest";
import { metadataFrom, parseSafetensors, safetensorsFrom } from "../../engine/files/safetensors.ts";
import { train } from "../../engine/training/trainer.ts";
import type { DataFiles } from "../../server/language/resolve/dataFacts.ts";
import { csvFacts, NO_FILES } from "../../server/language/resolve/dataFacts.ts";
import { atOnce, planOf } from "../../test/fixtures.ts";
import { faultsOf, type Violations } from "../../test/schemaFaults.ts";
import { dataFit } from "../messages/fitSchemas.ts";
import { trainedWithFrom, trainedWithOf, weightsFrom } from "./trainedFile.ts";

const CSV = "size,colour,gap,kind\n1,red,3,a\n2,blue,,b\n3,red,5.1,a\n4,green,0.1,b\n5,red,7,a\n6,blue,9,b\n";
const TEXT = `model M {
  input 5
  dense 2 softmax
}
data D {
  source csv("t.csv")
  target kind
  one_hot colour
  missing mean
  scale standard
}
train M on D {
  loss sparse_categorical_crossentropy
  epochs 2
}
`;
const bytes = new TextEncoder().encode(CSV);
const FILES: DataFiles = { ...NO_FILES, csv: (path, format) => csvFacts(bytes, format, path) };

const made = (async () => {
  const plan = planOf(TEXT, FILES);
  let stateNow: (() => Uint8Array) | undefined;
  const trained = await train(plan, {
    host: atOnce,
    files: { read: async () => bytes },
    text: TEXT,
    emit: () => undefined,
    onReady: (now) => (stateNow = now),
  });
  if (!trained || !stateNow) throw new Error("Nothing was trained.");
  return { plan, trained, checkpoint: stateNow() };
})();

describe("the metadata of weights", () => {
  test("has the plan, the fit and the text of the training, exactly, and the epoch", async () => {
    const { plan, trained, checkpoint } = await made;
    for (const file of [checkpoint, weightsFrom(checkpoint)]) {
      const read = trainedWithFrom(file);
      expect(read).toEqual({ plan, fit: trained.examples.fit, text: TEXT });
      expect(metadataFrom(file)).toMatchObject({ format: "backprop", version: "1", epoch: "2", nn: TEXT });
    }
    const [size, colour, gap] = trained.examples.fit.features;
    // The mean of 1 to 6 is 3.5. The mean of the gap's column is (3 + 5.1 + 0.1 + 7 + 9) / 5.
    expect(size?.scaler.offset).toBe(3.5);
    expect(size?.fill).toBe(3.5);
    expect(colour).toMatchObject({ from: 1, width: 3, words: ["blue", "green", "red"], fill: Number.NaN });
    expect(gap?.fill).toBeCloseTo(4.84, 12);
    expect(trained.examples.fit.targets).toMatchObject([{ layer: "dense_1", columns: ["kind"], classes: ["a", "b"] }]);
  });

  test("an exported weights file has no state of the optimizer", async () => {
    const { checkpoint } = await made;
    const { tensors, metadata } = parseSafetensors(weightsFrom(checkpoint));
    expect([...tensors.keys()]).toEqual(["dense_1/kernel", "dense_1/bias"]);
    expect(Object.keys(metadata).sort()).toEqual(["checksum", "data_hash", "epoch", "fit", "format", "nn", "plan", "plan_hash", "version"]);
  });

  test("of an older file or of another program is no error", () => {
    const tensor = { name: "a/kernel", shape: [1], values: Float32Array.of(1) };
    expect(trainedWithFrom(safetensorsFrom([tensor]))).toBeUndefined();
    expect(trainedWithFrom(safetensorsFrom([tensor], { format: "pt" }))).toBeUndefined();
    expect(trainedWithFrom(safetensorsFrom([tensor], { version: "1", state: "{}" }))).toBeUndefined();
  });
});

const VIOLATIONS: Violations = {
  "a column has a feature for each word": (feature: { words: readonly string[] | null; width: number }) =>
    feature.words ? [{ ...feature, width: feature.width + 1 }] : [{ ...feature, width: 2 }],
  "the columns' features follow one another": (features: readonly { from: number }[]) => [
    features.slice(1),
    features.map((feature) => ({ ...feature, from: feature.from + 1 })),
  ],
};

describe("damaged metadata is refused in a sentence", () => {
  const messageOf = (metadata: Record<string, string>): string => {
    try {
      trainedWithOf(metadata);
      return "accepted";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  test("in any field of the fit", async () => {
    const { checkpoint } = await made;
    const metadata = metadataFrom(checkpoint);
    const fit: unknown = JSON.parse(metadata["fit"] ?? "");
    const faults = faultsOf(dataFit, [fit], VIOLATIONS);
    expect(faults.length).toBeGreaterThan(50);
    for (const { what, message } of faults) {
      // JSON has no NaN or Infinity: they become null, the fill of a column without a mean.
      if (/ is (NaN|-?Infinity)$/.test(what)) continue;
      expect(messageOf({ ...metadata, fit: JSON.stringify(message) ?? "" }), what).toMatch(
        /^its fit (is damaged or of another version \(.+\)|of the data does not match its plan)/,
      );
    }
  });

  test("in the plan, the version, or a key that is missing", async () => {
    const { checkpoint } = await made;
    const { plan = "", fit = "", nn: _nn, epoch: _epoch, ...rest } = metadataFrom(checkpoint);
    expect(messageOf({ ...rest, plan, fit, version: "2" })).toBe(
      "it has the version 2, and this program reads version 1; use the program that wrote it",
    );
    expect(messageOf({ ...rest, plan })).toBe("its fit is missing, so it is damaged; train again");
    expect(messageOf({ ...rest, fit })).toBe("its plan is missing, so it is damaged; train again");
    expect(messageOf({ ...rest, plan: plan.slice(1), fit })).toMatch(/^its plan is damaged or of another version \(.+\); train again$/);
    expect(messageOf({ ...rest, plan: plan.replace('"scale":"standard"', '"scale":"log"'), fit })).toMatch(
      /^its plan is damaged or of another version \(data\.scale: .+\)/,
    );
    expect(messageOf({ ...rest, plan: plan.replace('"size"', '"length"'), fit })).toBe(
      "its fit of the data does not match its plan, so it is damaged; train again",
    );
    expect(messageOf({ ...rest, plan, fit })).toBe("accepted");
  });
});
