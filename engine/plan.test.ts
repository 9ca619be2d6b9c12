/** The plan's layers have the catalog's types: a misspelt or missing argument does not compile. */
import { describe, expect, test } from "vitest";
import { planOf } from "../test/fixtures.ts";
import { directives } from "./catalog/index.ts";
import { isActivated, isPenalized } from "./layerTraits.ts";
import type { PlannedKind, PlannedLayerOf, Scaling } from "./plan.ts";

const facts = { id: "it", inputs: ["i"], output: [2], parameters: [] };
const [, dense, dropout] = planOf(
  "model M {\n  input 2\n  dense 3 relu l2=0.5\n  dropout 0.25\n  dense 1\n}\ndata D {\n  1 2 -> 0\n}\ntrain M on D {\n  loss mse\n}",
).network.layers;

describe("planned layers are typed by the catalog", () => {
  test("a missing argument does not compile", () => {
    // @ts-expect-error: `rate` is missing.
    const without: PlannedLayerOf<"dropout"> = { ...facts, kind: "dropout" };
    // @ts-expect-error: `epsilon` is missing.
    const half: PlannedLayerOf<"batch_norm"> = { ...facts, kind: "batch_norm", momentum: 0.9 };
    expect([without, half]).toHaveLength(2);
  });

  test("a misspelt argument does not compile, and the correct one has its value", () => {
    if (dropout?.kind !== "dropout") throw new Error("The second layer is dropout.");
    // @ts-expect-error: the argument is `rate`.
    expect(dropout.rat).toBeUndefined();
    expect(dropout.rate).toBe(0.25);
  });

  test("an argument of another kind of layer does not compile", () => {
    // @ts-expect-error: flatten has no arguments.
    const flat: PlannedLayerOf<"flatten"> = { ...facts, kind: "flatten", rate: 0.5 };
    expect(flat.kind).toBe("flatten");
  });

  test("a record over the kinds of layer that lacks one does not compile", () => {
    // @ts-expect-error: all kinds but `input` are missing.
    const isInput: { readonly [K in PlannedKind]: boolean } = { input: true };
    expect(isInput.input).toBe(true);
  });

  test("only a layer with the trait has its fields", () => {
    if (!dense) throw new Error("The first layer is dense.");
    // @ts-expect-error: not every layer has an activation.
    expect(dense.activation).toBeDefined();
    expect(isActivated(dense) && dense.activation.name).toBe("relu");
    expect(isPenalized(dense) && dense.l2).toBe(0.5);
  });

  test("a directive's word that the catalog lacks does not compile", () => {
    // @ts-expect-error: there is no such scale.
    const scale: Scaling = "biggest";
    expect(directives.data.scale.takes.options).not.toContain(scale);
  });
});
