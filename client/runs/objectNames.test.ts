/** Runs named like properties that every JavaScript object has are stored and read back unchanged. */
import { expect, test } from "vitest";
import { planOf } from "../../test/fixtures.ts";
import { columnOf, epochFrom, rowLength } from "./history.ts";
import { addEpochs, newRun } from "./runState.ts";
import { parseStored, storedFrom, tableBytes, tableFrom } from "./storedRun.ts";

test.each(["__proto__", "constructor", "toString"])("%s", (name) => {
  const plan = planOf(
    `model ${name} {\n  input a\n  ${name}: dense 1\n}\ndata ${name} {\n  features a\n  target y\n  1 -> 2\n}\n${name}: train ${name} on ${name} {\n  loss mse\n}`,
  );
  const facts = { id: "1", file: "file:///a.nn", fileName: "a.nn", run: name, model: name, begun: 0, seed: 1 };
  const run = newRun({ ...facts, lines: { [`layer:${name}`]: 2 } });
  const layout = { metrics: [name, `${name}_loss`], layers: [name] };
  const row = Float64Array.from({ length: rowLength(layout) }, (_, k) => k + 1);
  addEpochs(run, layout, row);
  const stored = parseStored(JSON.stringify(storedFrom(run, plan, "float32")));
  expect(stored?.plan).toEqual(plan);
  expect(stored?.state.facts).toEqual(run.facts);
  const table = stored?.table && run.history && tableFrom(stored.table, tableBytes(run.history));
  expect(table?.layout).toEqual(layout);
  const epoch = epochFrom(layout, row);
  expect(Object.entries(epoch.metrics)).toEqual([
    [name, row[columnOf.metric(layout, name) ?? -1]],
    [`${name}_loss`, row[columnOf.metric(layout, `${name}_loss`) ?? -1]],
  ]);
  expect(epoch.layers.map(({ layer }) => layer)).toEqual([name]);
});
