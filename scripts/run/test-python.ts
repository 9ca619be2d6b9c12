/**
 * npm run test:python -- --python PATH [FILE...]: tests exports, imports and trainings with the real libraries. Tests that need packages
 * missing in that Python are skipped.
 */
import { parseArgs } from "node:util";
import { bundle } from "../build/bundle.ts";
import { main, run, tool } from "../project.ts";

await main(async () => {
  const { values, positionals } = parseArgs({ options: { python: { type: "string", default: "python3" } }, allowPositionals: true });
  await bundle();
  const { code } = await run(process.execPath, [tool("vitest"), "run", "--config", "vitest.python.config.ts", ...positionals], {
    stdio: "inherit",
    env: { ...process.env, BACKPROP_BUILT: "1", BACKPROP_PYTHON: values.python },
  });
  process.exitCode = code;
});
