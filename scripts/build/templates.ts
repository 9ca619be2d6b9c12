/**
 * Writes the templates of "New Neural Network…": the samples and the exercises, in the order of their pages, each with its data files. In
 * the package they share one folder.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import type { Template } from "../../client/editor/template.ts";
import { analyse } from "../../server/language/analysis.ts";
import { inProject } from "../project.ts";

/** The folders of the samples. Each has a page with a table of its files. */
const FOLDERS = ["samples", "samples/exercises"] as const;

export function writeTemplates(): void {
  const target = inProject("dist/samples");
  mkdirSync(target, { recursive: true });
  const templates = FOLDERS.flatMap(templatesIn);
  for (const { file, text, data } of templates) {
    writeFileSync(`${target}/${file}`, text);
    for (const path of data) cpSync(inProject(path), `${target}/${posix.basename(path)}`);
  }
  const list: readonly Template[] = templates.map(({ file, idea, data }) => ({
    file,
    idea,
    data: data.map((path) => posix.basename(path)),
  }));
  writeFileSync(`${target}/templates.json`, JSON.stringify(list));
}

interface Source {
  readonly file: string;
  readonly idea: string;
  /** The file's text, changed to find its data in its own folder. */
  readonly text: string;
  /** The paths of its data files in the project. */
  readonly data: readonly string[];
}

/** Returns a template per row of the page's table. */
function templatesIn(folder: string): Source[] {
  const page = readFileSync(inProject(folder, "README.md"), "utf8");
  return [...page.matchAll(/^\| \[`([\w-]+\.nn)`\].*\| ([^|]*) \|$/gm)].map(([, file = "", idea = ""]) => {
    const text = readFileSync(inProject(folder, file), "utf8");
    const sources = analyse(text).data.flatMap(({ source: main, ownSources: { validation, test } }) =>
      [main, validation?.read.source, test?.read.source].flatMap((source) =>
        source?.kind === "csv" ? [source.path] : source?.kind === "idx" ? [source.images, source.labels] : [],
      ),
    );
    const inOneFolder = sources.reduce((whole, path) => whole.replaceAll(`"${path}"`, `"${posix.basename(path)}"`), text);
    const data = [...new Set(sources.map((path) => posix.join(folder, path)))];
    return { file, idea: idea.replaceAll("`", ""), text: inOneFolder, data };
  });
}
