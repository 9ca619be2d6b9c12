/** npm run lint: checks the rules of style and the formatting of all files. With -- --fix it mends what can be mended. */
import { inProject, main, run } from "../project.ts";

await main(async () => {
  const isFixing = process.argv.includes("--fix");
  const { code } = await run(inProject("node_modules", ".bin", "biome"), isFixing ? ["check", "--write", "."] : ["ci", "."], {
    stdio: "inherit",
  });
  process.exitCode = code;
});
