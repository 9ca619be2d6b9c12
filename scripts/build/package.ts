/** npm run package: packages the extension as a .vsix file in out/. */
import { main, say } from "../project.ts";
import { packageExtension } from "./vsix.ts";

await main(async () => say(`Packaged ${await packageExtension()}.`));
