/**
 * Builds `dist/` before the tests of one run of vitest, where it is older than its sources. `npm test` builds once for all of its runs and
 * says so with BACKPROP_BUILT, since they go on side by side.
 */
import { bundle } from "../scripts/build/bundle.ts";

export async function setup(): Promise<void> {
  if (process.env["BACKPROP_BUILT"] !== "1") await bundle();
}
