/** Compares a written derivation with the engine's gradient. */
import { expect } from "vitest";
import { type DerivationRequest, derivedDocument } from "../engine/derive/open.ts";
import { flattened, gradientsOf, type Nested } from "../engine/evaluate/gradients.ts";
import type { FileReader } from "../engine/host.ts";
import type { TrainingPlan } from "../engine/plan.ts";
import { readDerivation } from "./derived.ts";

/** The largest relative difference of a number with four digits from the exact one. */
const ROUNDED = 6e-4;

/** Derives the weight and checks the document. Returns how many of its lines have arithmetic. */
export async function expectDerived(plan: TrainingPlan, files: FileReader, request: DerivationRequest): Promise<number> {
  const text = await derivedDocument(plan, files, request);
  const read = readDerivation(text);
  const what = `${request.weight} ${request.format}`;
  expect(read.mistakes, what).toEqual([]);
  expect(read.rows.length, what).toBeGreaterThan(0);
  read.sums.forEach((sum, k) => {
    const share = read.shares[k] ?? Number.NaN;
    const lines = read.lines.filter((line) => /^p_\(\d+\) =/.test(line));
    const sizes = lines.reduce((total, line) => total + Math.abs(Number((line.split(/ = | ≈ /).at(-1) ?? "").replaceAll("−", "-"))), 0);
    if (sum !== undefined)
      expect(Math.abs(sum - share), `${what}: the paths of row ${read.rows[k]}`).toBeLessThanOrEqual(ROUNDED * (sizes + Math.abs(share)));
  });
  const wanted = await gradientOf(plan, files, request, [...read.shareOf.keys()]);
  expect(Math.abs(read.gradient.value - wanted), `${what}: ${read.gradient.value} for ${wanted}`).toBeLessThanOrEqual(
    read.gradient.tolerance * (1 + 1e-9) + 1e-15,
  );
  const shares = [...read.shareOf.values()];
  const sizes = shares.reduce((total, share) => total + Math.abs(share), 0);
  const total = shares.reduce((sum, share) => sum + share, 0);
  expect(Math.abs(total - wanted), `${what}: the shares`).toBeLessThanOrEqual(ROUNDED * sizes);
  return read.checked;
}

/** Returns the engine's gradient of the weight over the rows, without penalty. */
async function gradientOf(plan: TrainingPlan, files: FileReader, { weight }: DerivationRequest, rows: readonly number[]): Promise<number> {
  const layers = plan.network.layers.map((layer) => ("l1" in layer || "l2" in layer ? { ...layer, l1: 0, l2: 0 } : layer));
  const bare = { ...plan, network: { ...plan.network, layers } } as TrainingPlan;
  const { layers: gradients } = await gradientsOf(bare, files, { rows: rows.map((row) => row - 1) });
  const [, layer, name, first, second] = /^(\w+)(?:\.(kernel|bias))?\[(-?\d+)(?:, ?(-?\d+))?\]$/.exec(weight) ?? [];
  const own = gradients.find(({ id }) => id === layer);
  const nested = own?.[(name ?? (second === undefined ? "bias" : "kernel")) as "kernel"] as Nested;
  const row = second === undefined ? nested : (nested.at(Number(first)) as Nested);
  return flattened(row).at(Number(second ?? first)) ?? Number.NaN;
}
