/** Starts one workbench server, with the packaged extension, for all test files of this folder. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { packageExtension } from "../../scripts/build/vsix.ts";
import { removeFolder } from "../../scripts/run/removal.ts";
import { startWorkbench, THEMES } from "../../scripts/run/workbench.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The workbench's address. */
    workbench: string;
    /** The folder of the workbench's data and extensions. */
    dataFolder: string;
    /** The browser profile that all test files use, with the compiled workbench in its cache. */
    profile: string;
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const profile = mkdtempSync(join(tmpdir(), "backprop-profile-"));
  const workbench = await startWorkbench({
    extension: await packageExtension(),
    builtIns: THEMES,
    settings: { "window.autoDetectColorScheme": true, "files.autoSave": "off" },
  });
  provide("workbench", workbench.url);
  provide("dataFolder", workbench.dataFolder);
  provide("profile", profile);
  return async () => {
    await workbench.stop();
    await removeFolder(profile);
  };
}
