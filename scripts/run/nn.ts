/** npm run nn -- …: runs this checkout's terminal command, and builds it first if its sources have changed. */
import { bundle } from "../build/bundle.ts";
import { inProject } from "../project.ts";

await bundle();
await import(inProject("dist/nn.js"));
