/** npm run types: checks the types of all TypeScript and of the compiled kernels, and that only the catalog defines defaults of arguments. */
import { writeConstants } from "../build/assembly.ts";
import { main, run, say, tool } from "../project.ts";
import { secondDefaults } from "./secondDefaults.ts";

const ROOMS = ["engine", "server/language", "server", "client", "client/editor", "client/terminal", "client/webview"];

await main(async () => {
  writeConstants();
  for (const args of [["-b"], ["-p", "engine/kernels/assembly", "--noEmit"]]) {
    const { code } = await run(process.execPath, [tool("tsc"), ...args], { stdio: "inherit" });
    if (code !== 0) process.exitCode = code;
  }
  for (const room of ROOMS) {
    const isWanted = (file: string): boolean => file.startsWith(`${room}/`) && !file.startsWith("engine/catalog/");
    for (const { file, line, column, text } of secondDefaults(`${room}/tsconfig.json`, isWanted)) {
      say(`${file}(${line},${column}): error: "${text}" is a second default of a setting. Only the catalog has defaults; delete this one.`);
      process.exitCode = 1;
    }
  }
});
