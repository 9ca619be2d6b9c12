/** Removes folders to which other processes may still be writing. */
import { rmSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { PATIENCE } from "./patience.ts";

/**
 * Removes a folder with its content. A process that has just finished there, for example the extension host of a closed window, may still
 * create another file, so the removal is repeated until the folder is gone.
 */
export async function removeFolder(folder: string): Promise<void> {
  const end = performance.now() + PATIENCE.event;
  for (;;) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (performance.now() > end) throw error;
      await wait(200);
    }
  }
}
