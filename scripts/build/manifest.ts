/** npm run manifest: writes the severity setting of each diagnostic into package.json. */
import { writeFileSync } from "node:fs";
import { inProject, main, say } from "../project.ts";
import { manifestText } from "./severities.ts";

await main(async () => {
  writeFileSync(inProject("package.json"), manifestText());
  say("Wrote the severities into package.json.");
});
