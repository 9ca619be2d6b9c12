/** What can be asked of a stop in the debug console and in watches. */
import { describe, expect, test } from "vitest";
import { inProject } from "../../scripts/project.ts";
import { debugClient } from "../../test/debugClient.ts";

describe("why", () => {
  test("explains an output of a row that is debugged without a training", async () => {
    const client = debugClient();
    await client.launch({ program: inProject("samples", "tlu.nn") });
    for (let k = 0; k < 2; k++) await client.move("next");
    const [layer = ""] = (await client.frames())[0]?.split(" ") ?? [];
    await client.move("next");
    expect((await client.evaluate(`why(${layer}.output[0, 0])`)).split("\n")[0]).toMatch(
      new RegExp(`^${layer}\\.z\\[0, 0\\] = Σ .* · ${layer}\\.kernel`),
    );
    expect(await client.evaluate(`why(${layer}.kernel[0, 0])`)).toContain("Nothing is trained here");
  });
});
