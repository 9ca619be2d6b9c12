/** Facts about the extension's publisher, from publishing.json. */
import { readFileSync } from "node:fs";
import { inProject, ScriptError } from "../project.ts";

export interface Publishing {
  /** The publisher's id on the Marketplace. */
  readonly publisher: string;
  /** The URL of the repository's page, such as https://example.org/someone/backprop. Files are at `blob/TAG/PATH`, pictures at `raw/TAG/PATH`. */
  readonly repository: string;
  readonly bugs: string;
  readonly homepage: string;
}

/** Returns the facts in publishing.json. Throws if the publisher or the repository is missing; `bugs` and `homepage` are derived from it. */
export const publishing = (): Publishing => checkedFacts(JSON.parse(readFileSync(inProject("publishing.json"), "utf8")));

/** Returns the facts, with `bugs` and `homepage` filled in. Throws an error with a sentence about what is missing or wrong. */
export function checkedFacts(facts: Partial<Publishing>): Publishing {
  const { publisher = "", repository = "", bugs = "", homepage = "" } = facts;
  const missing = Object.entries({ publisher, repository }).flatMap(([name, text]) => (text === "" ? [name] : []));
  if (missing.length > 0) throw new ScriptError(`A release needs your ${missing.join(" and ")}. Fill in publishing.json first.`);
  if (!/^[a-z\d][a-z\d-]*$/i.test(publisher))
    throw new ScriptError(`The publisher "${publisher}" in publishing.json is no publisher's id: use letters, digits and hyphens.`);
  const page = repository.replace(/\.git$|\/$/, "");
  if (!/^https:\/\/[^/]+\/.+/.test(page))
    throw new ScriptError(`The repository "${repository}" in publishing.json is no address: begin with https:// and the name of the host.`);
  return { publisher, repository: page, bugs: bugs || `${page}/issues`, homepage: homepage || `${page}#readme` };
}
