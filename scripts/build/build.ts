/** npm run build */

import { main, say } from "../project.ts";
import { bundle } from "./bundle.ts";

await main(async () => {
  say((await bundle()) ? "Built dist/." : "dist/ is up to date.");
});
