/**
 * npm run fuzz -- --minutes N [--seed S]: runs the checker, the formatter and every editor feature on random changes of samples and test
 * cases, for longer than a test may run.
 */

import { parseArgs } from "node:util";
import fc from "fast-check";
import { countText, plural } from "../../engine/numberText.ts";
import { mutation, requireCheck, requireFeatures, requireFormat, seedTexts } from "../../test/mutations.ts";
import { main, ScriptError, say } from "../project.ts";

await main(async () => {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, seed: { type: "string" } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new ScriptError(`--minutes needs a number above 0, but got ${values.minutes}.`);
  let seed = Number(values.seed ?? Date.now() % 1e6);
  const texts = seedTexts();
  const end = Date.now() + minutes * 60_000;
  let count = 0;
  let slowest = 0;
  say(`${texts.length} texts, seed ${seed}, ${plural(minutes, "minute")}`);
  for (; Date.now() < end; seed++) {
    fc.assert(
      fc.property(mutation(texts), (text) => {
        const began = performance.now();
        const analysis = requireCheck(text);
        slowest = Math.max(slowest, performance.now() - began);
        requireFormat(text);
        requireFeatures(analysis, (7919 * count++) % (text.length + 1));
      }),
      { seed, numRuns: 1000, interruptAfterTimeLimit: Math.max(1, end - Date.now()) },
    );
  }
  say(`${countText(count)} texts without a failure; the slowest check took ${countText(slowest)} ms.`);
});
