/** Opening a large kernel reads only the numbers that are shown. */
import { expect, test } from "vitest";
import { fileOf } from "../../test/debugClient.ts";
import { openProgram } from "./openProgram.ts";
import { Variables } from "./variables.ts";

const [INPUTS, UNITS] = [784, 300];
const FILE = `model Wide {
  input ${INPUTS}
  hidden: dense ${UNITS} relu
  dense 1
}
data D {
  features ${Array.from({ length: INPUTS }, (_, k) => `x${k}`).join(", ")}
  target t
  ${Array.from({ length: INPUTS }, () => 1).join(" ")} -> 1
}
train Wide on D {
  loss mse
  epochs 1
}
`;

test(`a kernel of ${INPUTS} x ${UNITS} opens page by page, and its numbers are read for the shown lines alone`, async () => {
  const program = await openProgram({ program: fileOf(FILE) }, undefined);
  const { network } = program.stepper.timeline.learner;
  const kernel = network.parameters.find(({ layer, planned }) => layer.id === "hidden" && planned.name === "kernel");
  let reads = 0;
  if (kernel)
    Object.defineProperty(kernel, "values", {
      value: new Proxy(kernel.values, {
        get(values, key) {
          if (typeof key === "string" && /^\d+$/.test(key)) reads++;
          const found: unknown = Reflect.get(values, key, values);
          return typeof found === "function" ? (found.bind(values) as unknown) : found;
        },
      }),
    });
  const readsOf = (act: () => void): number => {
    reads = 0;
    act();
    return reads;
  };
  const variables = new Variables(program);
  const layer = network.steps.findIndex((step) => step.layer.id === "hidden");
  let scope = 0;
  expect(readsOf(() => (scope = variables.scopes(layer)[0]?.variablesReference ?? 0))).toBe(0);
  // The kernel's line shows its statistics, which read each number once.
  let row: ReturnType<Variables["variables"]>;
  expect(readsOf(() => (row = variables.variables(scope, {})))).toBeLessThanOrEqual(INPUTS * UNITS + 16);
  const own = row?.find(({ name }) => name === "kernel");
  expect([own?.indexedVariables, own?.value]).toEqual([INPUTS, expect.stringMatching(/^float32\[784, 300\] {2}norm /)]);
  // A page contains 100 lines, each with the first numbers of a row.
  const reference = own?.variablesReference ?? 0;
  expect(readsOf(() => (row = variables.variables(reference, { filter: "indexed", start: 200, count: 100 })))).toBeLessThanOrEqual(100 * 9);
  expect([row?.length, row?.[0]?.name, row?.[99]?.evaluateName]).toEqual([100, "[200]", "hidden.kernel[299]"]);
  const first = row?.[0]?.variablesReference ?? 0;
  expect(readsOf(() => (row = variables.variables(first, { filter: "indexed", start: 0, count: 100 })))).toBe(100);
  // A client that does not page receives at most a thousand lines.
  expect(readsOf(() => variables.variables(reference, {}))).toBeLessThanOrEqual(INPUTS * 9);
});
