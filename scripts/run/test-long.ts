/** npm run test:long: runs the tests that take minutes. They build what they need. */
import { main, run, tool } from "../project.ts";

await main(async () => {
  const { code } = await run(process.execPath, [tool("vitest"), "run", "--config", "vitest.long.config.ts"], {
    stdio: "inherit",
  });
  process.exitCode = code;
});
