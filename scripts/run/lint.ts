/** npm run lint: checks the style and formatting of all files. With -- --fix it fixes everything that can be fixed automatically. */
import { main, run, tool } from "../project.ts";

await main(async () => {
  const isFixing = process.argv.includes("--fix");
  const { code } = await run(process.execPath, [tool("biome"), ...(isFixing ? ["check", "--write", "."] : ["ci", "."])], {
    stdio: "inherit",
  });
  process.exitCode = code;
});
