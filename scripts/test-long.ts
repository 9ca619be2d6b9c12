/** npm run test:long: the tests that take minutes. */
import { bundle } from "./bundle.ts";
import { inProject, main, run } from "./project.ts";

await main(async () => {
  await bundle();
  const { code } = await run(inProject("node_modules", ".bin", "vitest"), ["run", "--config", "vitest.long.config.ts"], {
    stdio: "inherit",
  });
  process.exitCode = code;
});
