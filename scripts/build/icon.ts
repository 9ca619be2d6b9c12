/** npm run icon: draws icon.png, the extension's icon (256 by 256 pixels), from scripts/build/icon.svg. */
import { readFileSync } from "node:fs";
import { inProject, main, say } from "../project.ts";
import { openBrowser } from "../run/browser.ts";

const SIZE = 256;

await main(async () => {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: SIZE, height: SIZE } });
    await page.setContent(`<body style="margin: 0">${readFileSync(inProject("scripts/build/icon.svg"), "utf8")}</body>`);
    await page.screenshot({ path: inProject("icon.png"), omitBackground: true });
    say("Drew icon.png.");
  } finally {
    await browser.close();
  }
});
