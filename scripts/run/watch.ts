/** npm run watch: rebuilds dist/ whenever a source file changes, until interrupted. */
import { watch } from "node:fs";
import { SOURCES } from "../build/bundle.ts";
import { inProject, main, run, say } from "../project.ts";

/** Editors save several files at once, which are built together. */
const PAUSE = 200;

await main(async () => {
  await build();
  let timer: NodeJS.Timeout | undefined;
  let building = Promise.resolve();
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(build);
    }, PAUSE);
  };
  for (const source of SOURCES) watch(inProject(source), { recursive: !source.includes(".") }, changed);
});

/** Builds in a separate process, which loads the current text of the tables used by the build. A failure is printed, and watching continues. */
async function build(): Promise<void> {
  const { code } = await run(process.execPath, [inProject("scripts/build/build.ts")], { stdio: "inherit" });
  say(code === 0 ? "Watching for changes." : "The build failed. Watching for changes.");
}
