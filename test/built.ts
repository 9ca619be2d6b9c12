/**
 * Builds `dist/` before the tests of a vitest run if it is older than its sources. `npm test` builds once and sets BACKPROP_BUILT, since its
 * vitest runs are parallel.
 */
import { bundle } from "../scripts/build/bundle.ts";

export async function setup(): Promise<void> {
  if (process.env["BACKPROP_BUILT"] !== "1") await bundle();
}
