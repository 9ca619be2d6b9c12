/** npm run nn -- …: the terminal command of this checkout, built first where it is old. */
import { bundle } from "../build/bundle.ts";
import { inProject } from "../project.ts";

await bundle();
await import(inProject("dist/nn.js"));
