/** npm run test:long: runs the tests that take minutes. They build what they need. */
import { inProject, main, run } from "../project.ts";

await main(async () => {
  const { code } = await run(inProject("node_modules", ".bin", "vitest"), ["run", "--config", "vitest.long.config.ts"], {
    stdio: "inherit",
  });
  process.exitCode = code;
});
