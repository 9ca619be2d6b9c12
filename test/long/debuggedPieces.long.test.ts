/** A mini-batch that is too large to be computed at once, in the debugger. */
import { expect, test } from "vitest";
import { debugClient, fileOf } from "../debugClient.ts";

test("the scope Batch is numbered by the rows of its piece where a batch is computed in pieces", async () => {
  const client = debugClient();
  // More numbers than are computed at once: 8 million.
  const rows = 20_000;
  const text = `model Wide {\n  input x1, x2\n  dense 500 relu\n  dense 1\n}\ndata D {\n  source moons(samples=${rows}, noise=0.1)\n}\ntrain Wide on D {\n  loss mse\n  batch all\n  epochs 1\n  shuffle false\n}\n`;
  await client.launch({ program: fileOf(text) });
  const firstRow = async (): Promise<number> => {
    const { scopes } = await client.request<{ scopes: { name: string; variablesReference: number }[] }>("scopes", { frameId: 2 });
    const variablesReference = scopes.find((scope) => scope.name === "Batch")?.variablesReference;
    const { variables } = await client.request<{ variables: { value: string; variablesReference: number }[] }>("variables", {
      variablesReference,
    });
    const own = await client.request<{ variables: { value: string }[] }>("variables", {
      variablesReference: variables[0]?.variablesReference,
      start: 0,
      count: 1,
    });
    return Number(own.variables[0]?.value);
  };
  await client.move("next");
  expect(await firstRow()).toBe(1);
  // The next piece is read with its first layer.
  const isLayer = async (): Promise<boolean> => (await client.frames())[0]?.startsWith("input_1 (forward)") === true;
  for (let met = 0; met < 2; ) {
    if (await isLayer()) met++;
    await client.move("next");
  }
  expect(await firstRow()).toBeGreaterThan(rows / 2);
});
