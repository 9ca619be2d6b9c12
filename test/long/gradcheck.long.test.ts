/** `nn gradcheck` of a network that is so large that a sample of its weights is compared, which takes seconds. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeFolder } from "../../scripts/run/removal.ts";
import { runNn } from "../terminal/run.ts";

test("nn gradcheck says how many of how many weights it compares", async () => {
  const folder = mkdtempSync(join(tmpdir(), "backprop-gradcheck-"));
  onTestFinished(() => removeFolder(folder));
  const cells = Array.from({ length: 300 }, (_, k) => (k % 10) / 10).join(" ");
  writeFileSync(
    join(folder, "large.nn"),
    `model M {\n  input 300\n  dense 100 tanh\n  dense 1\n}\ndata D {\n  ${`${cells} -> 1\n`.repeat(32)}}\ntrain M on D {\n  loss mse\n  seed 7\n}\n`,
  );
  const { code, out } = await runNn(folder, ["gradcheck", "large.nn"]);
  expect(code).toBe(0);
  expect(out).toMatch(
    / over [\d,]+ of 30,201 weights on 32 rows, a random sample drawn with seed 7 \(`--all` compares every one; limit 0\.000001\)\./,
  );
});
