/** Writes files completely or not at all. */
import { rename, rm, writeFile } from "node:fs/promises";
import { requireRegularTarget } from "../../server/regularFiles.ts";

/** Writes a temporary file in the same folder and renames it. A failure removes it. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await requireRegularTarget(`${path}.part`);
  try {
    await writeFile(`${path}.part`, content);
    await rename(`${path}.part`, path);
  } catch (error) {
    await rm(`${path}.part`, { force: true }).catch(() => undefined);
    throw error;
  }
}
