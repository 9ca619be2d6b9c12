/** Names that every JavaScript object has, as every kind of name in a file: none is lost, and none means anything else. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runNn } from "./run.ts";

describe.each(["__proto__", "constructor", "toString"])("%s", (name) => {
  let folder: string;
  const file = (text: string): void => writeFileSync(join(folder, "a.nn"), text);
  const nn = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await runNn(folder, args);
    expect(code, err).toBe(0);
    return out;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "backprop-names-"));
    const rows = Array.from({ length: 20 }, (_, i) => `${i % 5},${i % 2 ? name : "other"},${i % 3},${i % 4}`);
    writeFileSync(join(folder, "d.csv"), `a,${name},y,z\n${rows.join("\n")}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("as target, class, label, model, data and run: checked, trained, resumed, tested, predicted", async () => {
    file(
      `model ${name} {
  input a, y
  ${name}: dense 3 relu
  out: dense 2 softmax
}
data ${name} {
  source csv("d.csv")
  target ${name}
  classes ${name}, other
  scale standard
}
${name}: train ${name} on ${name} {
  loss sparse_categorical_crossentropy
  metrics accuracy
  epochs 2
}
expect ${name} on ${name} {
  accuracy >= 0
  1 2 -> "${name}"
}
`,
    );
    expect(await nn("check", "a.nn")).not.toContain("error");
    const events: Record<string, never>[] = (await nn("train", "a.nn", "--json", "--run", name, "--out", "out"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.find(({ event }) => event === "started")).toMatchObject({ model: name, run: name });
    const epoch = events.find(({ event }) => event === "epoch") as unknown as { layers: { name: string; line: number }[] };
    expect(epoch.layers.map((layer) => [layer.name, layer.line])).toEqual([
      [name, 3],
      ["out", 4],
    ]);
    expect(readFileSync(join(folder, "out/plan.json"), "utf8")).toContain(`"${name}"`);
    await nn("train", "a.nn", "--resume", "out", "--epochs", "3");
    const predicted: Record<string, unknown>[] = JSON.parse(
      await nn("predict", "a.nn", "--weights", "out/weights.safetensors", "--data", "d.csv", "--json"),
    );
    expect(Object.keys(predicted[0] ?? {})).toEqual([name, `score_${name}`, "score_other"]);
    expect([name, "other"]).toContain(Object.getOwnPropertyDescriptor(predicted[0], name)?.value);
    const [head] = (await nn("predict", "a.nn", "--weights", "out/weights.safetensors", "--data", "d.csv")).split("\n");
    expect(head).toBe(`${name},score_${name},score_other`);
    const gradients = JSON.parse(await nn("gradients", "a.nn", "--json"));
    expect(Object.keys(gradients.layers)).toEqual(["input_1", name, "out"]);
    const { out } = await runNn(folder, ["gradcheck", "a.nn", "--json"]);
    expect(Object.keys(JSON.parse(out).layers)).toEqual([name, "out"]);
    expect(await nn("gradcheck", "a.nn")).toContain(`${name}/kernel`);
    const [model] = JSON.parse(await nn("summary", "a.nn", "--json"));
    expect([model.model, model.layers[1].name]).toEqual([name, name]);
    const tested = JSON.parse((await runNn(folder, ["test", "a.nn", "--json"])).out);
    expect(tested.map((one: { model: string }) => one.model)).toEqual([name, name]);
  });

  test("as one of two outputs, with its own loss and its weight, and as a one-hot column", async () => {
    file(`model M {
  input a, ${name}
  h: dense 3 relu
  ${name}: dense 1 from h
  other: dense 1 from h
  output ${name}, other
}
data D {
  source csv("d.csv")
  target y, z
  one_hot ${name}
}
train M on D {
  loss ${name}=mse, other=mae
  loss_weights ${name}=2, other=1
  epochs 2
}
`);
    expect(await nn("check", "a.nn")).not.toContain("error");
    const events = (await nn("train", "a.nn", "--json"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { loss, metrics, ...rest } = events.find(({ event }) => event === "epoch");
    const all: Record<string, number> = { ...rest, ...metrics };
    expect(loss).toBeCloseTo(2 * (all[`${name}_loss`] ?? Number.NaN) + (all["other_loss"] ?? Number.NaN), 4);
  });
});
