/** Running backward visits the stops of filters, conditions and modes in exactly the reverse order of running forward. */
import { expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { type DebugTestClient, debugClient, fileOf } from "../../test/debugClient.ts";

const FILE = `model Net {
  input x1, x2
  hidden: dense 6 relu
  steep: dense 4 relu
  last: dense 1
}
data D {
  source moons(samples=60, noise=0.2)
  split validation=0.2
}
train Net on D {
  loss mse
  optimizer sgd(learning_rate=0.9)
  batch 8
  epochs 12
}
`;

interface Visited {
  readonly stops: readonly string[];
  readonly ends: boolean;
}

/** Moves until the end or the start of the training. Returns each stop with its reason. */
async function visited(client: DebugTestClient, command: "continue" | "reverseContinue"): Promise<Visited> {
  const stops: string[] = [];
  for (let k = 0; k < 2000; k++) {
    const { reason, text = "" } = await client.move(command);
    const place = (await client.frames()).slice(0, 3).join(", ");
    if (text.startsWith("The training") || client.printed.at(-1) === "This is the first place of the training.")
      return { stops, ends: true };
    stops.push(`${reason}: ${place}: ${text}`);
  }
  return { stops, ends: false };
}

test("filters with their thresholds, breakpoints with conditions and modes", async () => {
  const client = debugClient();
  const program = fileOf(FILE);
  await client.launch({ program });
  await client.request("setExceptionBreakpoints", {
    filters: ["nonFinite"],
    filterOptions: [
      { filterId: "exploding", condition: "gradient > 0.6 * weights" },
      { filterId: "vanishing", condition: "gradient < 0.05 * output_gradient" },
      { filterId: "dead", condition: "dead > 0.2" },
      { filterId: "lossRises" },
    ],
  });
  await client.request("setBreakpoints", {
    source: { path: program },
    breakpoints: [
      { line: 4, mode: "reverse", condition: "batch == 2 and epoch > 3" },
      { line: 3, mode: "forward", condition: "epoch == 5" },
      { line: 12, condition: "loss > epoch_loss" },
    ],
  });
  const forward = await visited(client, "continue");
  const back = await visited(client, "reverseContinue");
  expect([forward.ends, back.ends]).toEqual([true, true]);
  // Every kind of stop occurs.
  for (const kind of [
    /^exception: .* norm/,
    /^exception: .*units of/,
    /^exception: .*loss rose/,
    /^breakpoint: steep \(reverse\)/,
    /^breakpoint: hidden/,
  ])
    expect(forward.stops.some((stop) => kind.test(stop))).toBe(true);
  expect(back.stops).toEqual(forward.stops.toReversed());
});

test("the number that became infinite, and the gradients that led to it", async () => {
  const client = debugClient();
  await client.launch({ program: inProject("samples", "debug-me.nn") });
  await client.request("setExceptionBreakpoints", {
    filters: ["nonFinite"],
    filterOptions: [{ filterId: "nonFinite" }, { filterId: "exploding" }],
  });
  const forward = await visited(client, "continue");
  expect(forward.stops.join("\n")).toContain("The output of steep became Infinity");
  expect(forward.stops.length).toBeGreaterThan(2);
  const back = await visited(client, "reverseContinue");
  expect(back.stops).toEqual(forward.stops.toReversed());
});
