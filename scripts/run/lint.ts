/** npm run lint: checks the rules of style and the formatting of all files. With -- --fix it mends what can be mended. */
import { main, run, tool } from "../project.ts";

await main(async () => {
  const isFixing = process.argv.includes("--fix");
  const { code } = await run(process.execPath, [tool("biome"), ...(isFixing ? ["check", "--write", "."] : ["ci", "."])], {
    stdio: "inherit",
  });
  process.exitCode = code;
});
