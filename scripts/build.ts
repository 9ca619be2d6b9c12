/** npm run build */
import { bundle } from "./bundle.ts";
import { main, say } from "./project.ts";

await main(async () => {
  say((await bundle()) ? "Built dist/." : "dist/ is up to date.");
});
