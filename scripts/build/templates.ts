/** Writes the templates of "New Neural Network…": the samples in the order of samples/README.md, each with its data files. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Template } from "../../client/editor/template.ts";
import { analyse } from "../../server/language/analysis.ts";
import { inProject } from "../project.ts";

export function writeTemplates(): void {
  const folder = inProject("dist/samples");
  mkdirSync(folder, { recursive: true });
  const templates = templatesIn(readFileSync(inProject("samples/README.md"), "utf8"));
  for (const file of new Set(templates.flatMap(({ file, data }) => [file, ...data])))
    cpSync(inProject("samples", file), `${folder}/${file}`);
  writeFileSync(`${folder}/templates.json`, JSON.stringify(templates));
}

/** Returns a template for each row of the page's table. */
export function templatesIn(page: string): Template[] {
  return [...page.matchAll(/^\| \[`([\w-]+\.nn)`\].*?\| (.*?) \|$/gm)].map(([, file = "", idea = ""]) => {
    const { data } = analyse(readFileSync(inProject("samples", file), "utf8"));
    const sources = data.flatMap(({ source: main, ownSources: { validation, test } }) =>
      [main, validation?.read.source, test?.read.source].flatMap((source) =>
        source?.kind === "csv" ? [source.path] : source?.kind === "idx" ? [source.images, source.labels] : [],
      ),
    );
    return { file, idea: idea.replaceAll("`", ""), data: [...new Set(sources)] };
  });
}
