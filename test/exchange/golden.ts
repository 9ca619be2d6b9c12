/** Golden files: what exporters wrote before, byte for byte. `GOLDEN=write npx vitest run test/exchange` writes them anew. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { inProject } from "../../scripts/project.ts";

const FOLDER = inProject("test/exchange/golden");

/** Returns the golden file; the given bytes if it is written anew. */
export function golden(name: string, bytes: Uint8Array): Uint8Array {
  const path = `${FOLDER}/${name}`;
  if (process.env["GOLDEN"] === "write") {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, bytes);
  }
  if (!existsSync(path)) throw new Error(`There is no golden file ${name}; write it with GOLDEN=write.`);
  return new Uint8Array(readFileSync(path));
}
