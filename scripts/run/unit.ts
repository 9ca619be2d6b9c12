/**
 * npm run unit -- FILE...: runs the tests that need no browser, or the tests in the given files. Other Vitest options may follow, such as
 * -t "a name".
 */
import { main, run, tool } from "../project.ts";

await main(async () => {
  const { code } = await run(process.execPath, [tool("vitest"), "run", ...process.argv.slice(2)], { stdio: "inherit" });
  process.exitCode = code;
});
