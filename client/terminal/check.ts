/** `nn check`: prints diagnostics to standard output, in a compiler's format. */
import { plainText } from "../../engine/safeText.ts";
import { type OpenFile, openFile, UsageError } from "./openFile.ts";
import { styled } from "./print.ts";

/** Prints the findings of all files. Returns whether none is an error. */
export async function check(names: readonly string[], { json, allow }: { json?: boolean; allow: readonly string[] }): Promise<boolean> {
  const files: OpenFile[] = [];
  const missing: string[] = [];
  for (const name of names) {
    try {
      files.push(await openFile(name, { allow }));
    } catch (error) {
      // The other files are still checked.
      if (!(error instanceof UsageError)) throw error;
      missing.push(error.message);
    }
  }
  const found = files.flatMap(({ name, analysis, lines }) =>
    analysis.issues.map(({ span, severity, code, message }) => {
      const start = lines.at(span.start);
      const end = lines.at(span.end);
      return { file: name, line: start.line, column: start.column, endLine: end.line, endColumn: end.column, severity, code, message };
    }),
  );
  if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
  else {
    for (const { file, line, column, severity, code, message } of found) {
      const colour = severity === "error" ? "red" : severity === "warning" ? "yellow" : "blue";
      process.stdout.write(`${plainText(file)}:${line}:${column}: ${styled(colour, `${severity} ${code}`)}: ${message}\n`);
    }
  }
  if (missing.length > 0) throw new UsageError(...missing);
  return found.every(({ severity }) => severity !== "error");
}
