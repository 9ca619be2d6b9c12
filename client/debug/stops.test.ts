/** Stops other than plain breakpoints: hit counts, `prev(...)`, data breakpoints. Running backward visits the same stops in reverse order. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, test } from "vitest";
import { type DebugTestClient, debugClient, fileOf } from "../../test/debugClient.ts";

const FILE = `model Xor {
  input a, b
  hidden: dense 3 tanh
  out: dense 1 sigmoid
}
data T {
  features a, b
  target t
  0 0 -> 0
  0 1 -> 1
  1 0 -> 1
  1 1 -> 0
  0.5 1 -> 1
}
train Xor on T {
  loss binary_crossentropy
  optimizer sgd(learning_rate=0.5)
  batch 2
  epochs 12
}
`;

interface Session {
  readonly client: DebugTestClient;
  readonly path: string;
}

async function launched(text = FILE): Promise<Session> {
  const client = debugClient();
  const path = fileOf(text);
  await client.launch({ program: path, precision: "float64" });
  return { client, path };
}

const placeOf = async ({ client }: Session): Promise<string> =>
  `${(await client.frames())[0]}: ${await client.evaluate("epoch")}.${await client.evaluate("batch")}`;

/** Continues from stop to stop until the end. Returns the stops, and asserts that running backward visits them in reverse order. */
async function stopsOf(session: Session, most = 200): Promise<string[]> {
  const stops: string[] = [];
  for (let k = 0; k < most; k++) {
    const { reason } = (await session.client.move("continue")) ?? {};
    const [top = ""] = await session.client.frames();
    if (top.startsWith("the end")) break;
    expect(reason, top).toMatch(/breakpoint/);
    stops.push(await placeOf(session));
  }
  const back: string[] = [];
  for (let k = 0; k < stops.length; k++) {
    await session.client.move("reverseContinue");
    back.push(await placeOf(session));
  }
  expect(back).toEqual(stops.toReversed());
  await session.client.move("reverseContinue");
  expect(await placeOf(session)).toBe("the next mini-batch 6: 1.1");
  return stops;
}

const setBreakpoint = async ({ client, path }: Session, breakpoint: Partial<DebugProtocol.SourceBreakpoint> & { mode?: string }) =>
  (
    await client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
      source: { path },
      breakpoints: [breakpoint],
    })
  ).breakpoints[0];

describe("hit counts", () => {
  test.each([
    ["7", ["4: 3.1"]],
    ["% 10", ["4: 4.1", "4: 7.2", "4: 10.3"]],
    [">= 35", ["4: 12.2", "4: 12.3"]],
    ["< 3", ["4: 1.1", "4: 1.2"]],
  ])("%s", async (hitCondition, wanted) => {
    const session = await launched();
    expect(await setBreakpoint(session, { line: 4, mode: "reverse", hitCondition })).toMatchObject({ verified: true });
    expect(await stopsOf(session)).toEqual(wanted.map((place) => `out (reverse) ${place}`));
  });

  test("of a condition count where it was true, from the beginning of the training wherever one continues from", async () => {
    const session = await launched();
    await setBreakpoint(session, { line: 17, condition: "batch == 2", hitCondition: "= 4" });
    const [stop] = await stopsOf(session);
    expect(stop).toBe("update of the weights 17: 4.2");
    await session.client.move("next");
    await session.client.move("continue");
    expect(await placeOf(session)).toBe("update of the weights 17: 4.2");
    await session.client.request("restartFrame", { frameId: 3 });
    expect(await placeOf(session)).toBe("the next mini-batch 6: 4.1");
    await session.client.move("continue");
    expect(await placeOf(session)).toBe("update of the weights 17: 4.2");
  });

  test("of a logpoint limit what it writes, and a text that is no count is refused", async () => {
    const session = await launched();
    const log = { line: 4, mode: "forward", hitCondition: "% 15" };
    await setBreakpoint(session, { ...log, logMessage: "epoch {epoch}" } as never);
    await session.client.move("continue");
    expect(session.client.printed.slice(0, 2)).toEqual(["epoch 5", "epoch 10"]);
    expect(await setBreakpoint(session, { line: 4, hitCondition: "often" })).toMatchObject({
      verified: false,
      message: '"often" is no hit count, such as 5, >= 5 or % 10.',
    });
  });
});

describe("prev(...)", () => {
  test("is the value at the same place of the mini-batch before", async () => {
    const session = await launched();
    const { client } = session;
    await setBreakpoint(session, { line: 17, condition: "epoch == 2 and batch == 1" });
    await client.move("continue");
    const place = await placeOf(session);
    const [loss, gradient] = [await client.evaluate("loss"), await client.evaluate("norm(out.kernel.grad)")];
    await setBreakpoint(session, { line: 17, condition: "epoch == 2 and batch == 2" });
    await client.move("continue");
    expect([await client.evaluate("prev(loss)"), await client.evaluate("norm(prev(out.kernel.grad))")]).toEqual([loss, gradient]);
    expect(await client.evaluate("prev(batch) + prev(epoch)")).toBe("3");
    await client.move("reverseContinue");
    await client.move("stepBack");
    expect(place).toBe("update of the weights 17: 2.1");
    const first = await launched();
    await expect(first.client.evaluate("prev(epoch)")).rejects.toThrow("since there is no such place before");
  });

  test("in a condition stops at the same places in both directions", async () => {
    const session = await launched();
    await setBreakpoint(session, {
      line: 3,
      mode: "reverse",
      condition: "norm(hidden.kernel.grad) > 1.5 * norm(prev(hidden.kernel.grad))",
    });
    const stops = await stopsOf(session);
    const plain = await launched();
    await setBreakpoint(plain, { line: 17 });
    const norms: number[] = [];
    for (let k = 0; k < 36; k++) {
      await plain.client.move("continue");
      norms.push(Number(await plain.client.evaluate("norm(hidden.kernel.grad)")));
    }
    const wanted = norms.flatMap((norm, k) =>
      k > 0 && norm > 1.5 * (norms[k - 1] ?? 0) ? [`hidden (reverse), computed 3: ${1 + Math.floor(k / 3)}.${1 + (k % 3)}`] : [],
    );
    expect(wanted.length).toBeGreaterThan(2);
    expect(stops).toEqual(wanted);
  });
});

describe("data breakpoints", () => {
  const watch = async ({ client }: Session, breakpoint: object) =>
    (await client.request<DebugProtocol.SetDataBreakpointsResponse["body"]>("setDataBreakpoints", { breakpoints: [breakpoint] }))
      .breakpoints[0];

  test("on a weight stop at each update, by a hit count at some", async () => {
    const session = await launched();
    await watch(session, { dataId: "hidden.bias[1]", hitCondition: "% 12" });
    expect(await stopsOf(session)).toEqual(["4.3", "8.3", "12.3"].map((place) => `update of the weights, computed 17: ${place}`));
  });

  test("stop where a norm passes a bound, and where a number changes its sign", async () => {
    const session = await launched();
    const bias: number[] = [];
    const norms: number[] = [];
    await setBreakpoint(session, { line: 6 });
    for (let k = 0; k < 36; k++) {
      bias.push(Number(await session.client.evaluate("out.bias[0]")));
      norms.push(Number(await session.client.evaluate("norm(hidden.kernel)")));
      await session.client.move("continue");
    }
    const crossings = (isBeyond: (k: number) => boolean, wasBeyond: (k: number) => boolean): string[] =>
      bias.flatMap((_, k) =>
        k > 0 && isBeyond(k) && !wasBeyond(k - 1)
          ? [`update of the weights, computed 17: ${1 + Math.floor((k - 1) / 3)}.${1 + ((k - 1) % 3)}`]
          : [],
      );
    const bound = ((norms[0] ?? 0) + (norms.at(-1) ?? 0)) / 2;
    const beyond = await launched();
    expect(await watch(beyond, { dataId: "hidden.kernel", condition: `norm(value) > ${bound}` })).toMatchObject({ verified: true });
    expect((await stopsOf(beyond)).filter((place) => !place.endsWith("12.3"))).toEqual(
      crossings(
        (k) => (norms[k] ?? 0) > bound,
        (k) => (norms[k] ?? 0) > bound,
      ),
    );
    const signs = await launched();
    await watch(signs, { dataId: "out.bias[0]", condition: "sign(value) != sign(before)" });
    const changes = crossings(
      (k) => Math.sign(bias[k] ?? 0) !== Math.sign(bias[k - 1] ?? 0),
      () => false,
    );
    expect(changes.length).toBeGreaterThan(0);
    expect((await stopsOf(signs)).filter((place) => !place.endsWith("12.3"))).toEqual(changes);
  });

  test("on a gradient compare with the mini-batch before", async () => {
    const session = await launched();
    await watch(session, { dataId: "out.bias.grad[0]", condition: "sign(value) != sign(before)" });
    const stops = await stopsOf(session);
    const plain = await launched();
    await setBreakpoint(plain, { line: 17 });
    const signs: number[] = [];
    for (let k = 0; k < 36; k++) {
      await plain.client.move("continue");
      signs.push(Math.sign(Number(await plain.client.evaluate("out.bias.grad[0]"))));
    }
    const changes = signs.flatMap((sign, k) =>
      k > 0 && sign !== signs[k - 1] ? [`out (reverse), computed 4: ${1 + Math.floor(k / 3)}.${1 + (k % 3)}`] : [],
    );
    expect(changes.length).toBeGreaterThan(2);
    expect(stops).toEqual(changes);
  });

  test("stop where a tensor becomes NaN, and a search from the end finds the same place", async () => {
    const session = await launched();
    const { client } = session;
    await client.request("setExceptionBreakpoints", { filters: [] });
    await setBreakpoint(session, { line: 6, condition: "epoch == 3 and batch == 2" });
    await client.move("continue");
    await client.request("setExpression", { expression: "hidden.bias[1]", value: "0/0" });
    await client.request("setBreakpoints", { source: { path: session.path }, breakpoints: [] });
    await watch(session, { dataId: "hidden", condition: "isnan(value)" });
    const stop = await client.move("continue");
    expect([stop?.text, await placeOf(session)]).toEqual(["hidden: isnan(value) became true.", "hidden (forward), computed 3: 3.2"]);
    expect((await client.move("continue"))?.text).toContain("The training can't go on");
    await client.move("reverseContinue");
    expect(await placeOf(session)).toBe("hidden (forward), computed 3: 3.2");
  });

  test("with a mistake are not set", async () => {
    const session = await launched();
    expect(await watch(session, { dataId: "out.bias", condition: "norm(" })).toMatchObject({
      verified: false,
      message: "The expression is not complete.",
    });
  });
});

test("completion knows names, functions, operators, members, and members after an index", async () => {
  const { client } = await launched();
  const labels = async (text: string): Promise<string[]> =>
    (
      await client.request<{ targets: { label: string; start: number; length: number }[] }>("completions", {
        text,
        column: text.length + 1,
      })
    ).targets.map(({ label, start }) => text.slice(0, start) + label);
  expect(await labels("no")).toEqual(["norm", "not"]);
  expect(await labels("1 + pr")).toEqual(["1 + prev"]);
  expect(await labels("wh")).toEqual(["why"]);
  expect(await labels("val")).toEqual([]);
  expect(await labels("lo")).toEqual(["loss"]);
  expect(await labels("prev(hid")).toEqual(["prev(hidden"]);
  expect(await labels("norm(out.kernel.g")).toEqual(["norm(out.kernel.grad"]);
  expect(await labels("out.kernel[0, 0].g")).toEqual(["out.kernel[0, 0].grad"]);
  expect(await labels("hidden.z")).toEqual(["hidden.z", "hidden.z.grad"]);
});
