/** Questions and exports at a stop: explanations, derivations, and numbers as files or as text to paste into the model. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseSafetensors } from "../../engine/files/safetensors.ts";
import { inProject } from "../../scripts/project.ts";
import { type DebugTestClient, debugClient, fileOf } from "../../test/debugClient.ts";
import { readDerivation } from "../../test/derived.ts";

const XOR = readFileSync(inProject("samples", "xor.nn"), "utf8");
/** Returns the line number (from 1) of the first line in xor.nn that begins with the words. */
const line = (words: string): number => XOR.split("\n").findIndex((text) => text.trimStart().startsWith(words)) + 1;

/** Returns a client that is stopped before the weight update of this epoch. */
async function beforeUpdate(text: string, epoch: number): Promise<DebugTestClient> {
  const client = debugClient();
  await client.launch({ program: fileOf(text), epoch, precision: "float64" });
  while (!(await client.frames())[0]?.startsWith("update")) await client.move("next");
  return client;
}

const bytesOf = async (client: DebugTestClient, expression: string, format: string): Promise<Buffer> =>
  Buffer.from((await client.request<{ base64: string }>("nnExport", { expression, format })).base64, "base64");

test("why explains an output of a row that is debugged without a training", async () => {
  const client = debugClient();
  await client.launch({ program: inProject("samples", "tlu.nn") });
  for (let k = 0; k < 2; k++) await client.move("next");
  const [layer = ""] = (await client.frames())[0]?.split(" ") ?? [];
  await client.move("next");
  const [line] = (await client.evaluate(`why(${layer}.output[0, 0])`)).split("\n");
  expect(line).toMatch(new RegExp(`^${layer}\\.z\\[0, 0\\] = Σ .* · ${layer}\\.kernel`));
  expect(await client.evaluate(`why(${layer}.kernel[0, 0])`)).toContain("Nothing is trained here");
  await expect(client.request("nnGradient", { weight: `${layer}.kernel[0, 0]` })).rejects.toThrow("Nothing is trained here");
});

describe("Write Out a Gradient", () => {
  test("has the gradient of the stop, also after a change by hand", async () => {
    const client = await beforeUpdate(XOR.replace("batch     all", "batch 3"), 4);
    await client.request("setExpression", { expression: "hidden.kernel[1, 0]", value: "0.75" });
    await client.request("restartFrame", { frameId: 2 });
    await client.request("setExpression", { expression: "hidden.kernel[1, 0]", value: "0.75" });
    while (!(await client.frames())[0]?.startsWith("update")) await client.move("next");
    const { markdown } = await client.request<{ markdown: string }>("nnGradient", { weight: "hidden.kernel.grad[1, 0]" });
    const { gradient, mistakes, checked } = readDerivation(markdown);
    expect(mistakes).toEqual([]);
    expect(checked).toBeGreaterThan(20);
    expect(markdown).toContain("weights after 3 epochs. Its value is 0.75.");
    const live = Number(await client.evaluate("hidden.kernel.grad[1, 0]"));
    expect(Math.abs(gradient.value - live)).toBeLessThanOrEqual(gradient.tolerance + 1e-4 * Math.abs(live));
  });

  test("says which weights there are", async () => {
    const client = await beforeUpdate(XOR, 1);
    await expect(client.request("nnGradient", { weight: "hidden.z[0, 0]" })).rejects.toThrow(
      "is not a weight, such as hidden.kernel[0, 1]",
    );
  });
});

describe("numbers outside the debugger", () => {
  test("a copied kernel can be pasted behind kernel=, and every number is the same", async () => {
    const client = await beforeUpdate(XOR, 3);
    const copied = async (own: DebugTestClient, expression: string): Promise<string> =>
      (await own.request<{ result: string }>("evaluate", { expression, context: "clipboard" })).result;
    const [kernel, bias] = [await copied(client, "hidden.kernel"), await copied(client, "hidden.bias")];
    const pasted = debugClient();
    await pasted.launch({
      program: fileOf(XOR.replace("hidden: dense 4 tanh", `hidden: dense 4 tanh kernel=${kernel} bias=${bias}`)),
      precision: "float64",
    });
    expect([await copied(pasted, "hidden.kernel"), await copied(pasted, "hidden.bias")]).toEqual([kernel, bias]);
  });

  test("a tensor becomes a CSV or a safetensors file with the same numbers", async () => {
    const client = await beforeUpdate(XOR, 2);
    const rows = JSON.parse(
      (await client.request<{ result: string }>("evaluate", { expression: "hidden.kernel.grad", context: "clipboard" })).result,
    ) as number[][];
    const csv = (await bytesOf(client, "hidden.kernel.grad", "csv")).toString();
    expect(
      csv
        .trimEnd()
        .split("\n")
        .map((line) => line.split(",").map(Number)),
    ).toEqual(rows);
    expect((await bytesOf(client, "hidden.bias", "csv")).toString().split("\n")).toHaveLength(5);
    const tensor = parseSafetensors(await bytesOf(client, "hidden.kernel.grad", "safetensors")).tensors.get("hidden.kernel.grad");
    expect([tensor?.shape, Array.from(tensor?.values ?? [])]).toEqual([[2, 4], rows.flat()]);
    await expect(client.request("nnExport", { expression: "pass", format: "csv" })).rejects.toThrow("pass is a text.");
  });

  test("the menu of a variable knows tensors and weights", async () => {
    const client = await beforeUpdate(XOR, 1);
    const { scopes } = await client.request<{ scopes: { variablesReference: number }[] }>("scopes", { frameId: 1 });
    const all = await client.request<{ variables: { name: string; variablesReference: number }[] }>("variables", {
      variablesReference: scopes.at(-1)?.variablesReference,
    });
    const within = async (reference: number | undefined): Promise<Record<string, unknown>[]> =>
      (await client.request<{ variables: Record<string, unknown>[] }>("variables", { variablesReference: reference })).variables;
    const ofHidden = await within(all.variables.find(({ name }) => name === "hidden")?.variablesReference);
    const menus = Object.fromEntries(ofHidden.map(({ name, __vscodeVariableMenuContext: menu }) => [name, menu]));
    expect(menus).toMatchObject({ z: "tensor", kernel: "tensor weight", "bias.grad": "tensor weight", "kernel.momentum": "tensor" });
    const [row] = await within(ofHidden.find(({ name }) => name === "kernel")?.["variablesReference"] as number);
    expect(row).toMatchObject({ evaluateName: "hidden.kernel[0]", __vscodeVariableMenuContext: "tensor weight" });
    const [number] = await within(row?.["variablesReference"] as number);
    expect(number).toMatchObject({ evaluateName: "hidden.kernel[0, 0]", __vscodeVariableMenuContext: "weight", variablesReference: 0 });
  });
});

test("Step Into shows the formula that comes next as the top frame, and Restart Frame goes to the beginning of the layer or the epoch", async () => {
  const client = debugClient();
  await client.launch({ program: fileOf(XOR), epoch: 3 });
  for (let k = 0; k < 2; k++) await client.move("stepIn");
  expect(await client.frames()).toEqual([
    `hidden (forward) ${line("hidden:")}`,
    `batch 1 of 1 ${line("data ")}`,
    `epoch 3 of 1000 ${line("epochs")}`,
    `train Xor on XorTable ${line("train ")}`,
  ]);
  await client.move("stepIn");
  expect((await client.frames()).slice(0, 2)).toEqual([`a = tanh(z) ${line("hidden:")}`, `hidden (forward) ${line("hidden:")}`]);
  expect(await client.evaluate("shape(hidden.z)")).toContain("[4, 4]");
  await expect(client.evaluate("hidden.output")).rejects.toThrow("hidden.output is not computed yet in this batch.");
  expect((await client.evaluate("why(hidden.z[3, 0])")).split("\n")[0]).toMatch(/^hidden\.z\[3, 0\] = Σ /);
  await client.request("restartFrame", { frameId: 1 });
  expect((await client.frames())[0]).toBe(`hidden (forward) ${line("hidden:")}`);
  await client.move("stepIn");
  await client.request("restartFrame", { frameId: 3 });
  expect((await client.frames())[0]).toBe(`the next mini-batch ${line("data ")}`);
  expect(await client.evaluate("epoch")).toBe("3");
});

describe("the mini-batch", () => {
  const SHOP = `model Größe {
  input color, size
  größe: dense 3 relu
  preis: dense 2
}
data Shop {
  features color, size
  target price, sold
  one_hot color
  red 1 -> 10 1
  blue 2 -> 20 0
  red 3 -> 30 1
}
train Größe on Shop {
  loss mse
  batch 2
  epochs 2
}
`;

  test("has the columns of the data by their names, words with a number for each", async () => {
    const client = debugClient();
    await client.launch({ program: fileOf(SHOP), precision: "float64" });
    await expect(client.evaluate("size")).rejects.toThrow("size is not computed yet in this batch.");
    await client.move("next");
    const listed = async (expression: string): Promise<unknown> =>
      JSON.parse((await client.request<{ result: string }>("evaluate", { expression, context: "clipboard" })).result);
    const sizes = (await listed("size")) as number[];
    expect(sizes).toHaveLength(2);
    expect(await listed("color")).toEqual(sizes.map((size) => (size === 2 ? [1, 0] : [0, 1])));
    expect(await listed("price")).toEqual(sizes.map((size) => 10 * size));
    expect(await listed("sold")).toEqual(sizes.map((size) => (size === 2 ? 0 : 1)));
    expect(await client.evaluate("mean(price) == 10 * mean(size)")).toBe("true");
    await expect(client.evaluate("pric")).rejects.toThrow("There is no pric. Is it price?");
    // Names may contain any letters.
    for (let k = 0; k < 2; k++) await client.move("next");
    expect(await client.evaluate("shape(größe.kernel)")).toContain("[3, 3]");
  });

  test("has the loss of each row once it is measured, of which the batch's loss is the mean", async () => {
    const client = debugClient();
    await client.launch({ program: fileOf(SHOP), precision: "float64" });
    const variableOf = async (name: string): Promise<Record<string, unknown> | undefined> => {
      const { scopes } = await client.request<{ scopes: { name: string; variablesReference: number }[] }>("scopes", { frameId: 2 });
      const variablesReference = scopes.find((scope) => scope.name === "Batch")?.variablesReference;
      const { variables } = await client.request<{ variables: Record<string, unknown>[] }>("variables", { variablesReference });
      return variables.find((one) => one["name"] === name);
    };
    await client.move("next");
    expect(await variableOf("loss of preis")).toMatchObject({ value: "not computed yet in this batch" });
    while ((await client.frames())[0]?.startsWith("loss") !== true) await client.move("next");
    await client.move("next");
    const [, first, second] = /\[([^,\]]+), ([^,\]]+)\]$/.exec(String((await variableOf("loss of preis"))?.["value"])) ?? [];
    expect((Number(first) + Number(second)) / 2 / Number(await client.evaluate("loss"))).toBeCloseTo(1, 3);
  });
});

test("a part of a computed value has an expression with the same value", async () => {
  const client = await beforeUpdate(XOR, 1);
  for (const expression of ["hidden[1:3]", "hidden * 2", "hidden.kernel + 0 * hidden.kernel", "hidden.kernel[:, 1:3]"]) {
    const { variablesReference } = await client.request<{ variablesReference: number }>("evaluate", { expression, context: "watch" });
    const { variables } = await client.request<{ variables: { value: string; evaluateName: string; variablesReference: number }[] }>(
      "variables",
      { variablesReference },
    );
    const second = variables[1];
    const { variables: numbers } = await client.request<{ variables: { value: string; evaluateName: string }[] }>("variables", {
      variablesReference: second?.variablesReference,
    });
    for (const { value, evaluateName } of numbers)
      expect([evaluateName, await client.evaluate(evaluateName)]).toEqual([evaluateName, value]);
  }
});
