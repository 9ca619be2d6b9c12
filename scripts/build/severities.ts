/** Each diagnostic's severity setting in package.json, generated from the table of diagnostics. */
import { readFileSync } from "node:fs";
import { type Diagnostic, diagnostics } from "../../server/language/diagnostics/table.ts";
import { inProject } from "../project.ts";

const CHOICES = ["error", "warning", "information", "hint", "off"];

interface Manifest {
  readonly contributes: { readonly configuration: { readonly properties: { readonly "backprop.severities": { properties: unknown } } } };
}

/** Returns the declaration of every diagnostic's severity. */
export const severities = (): Record<string, unknown> =>
  Object.fromEntries(
    (Object.entries(diagnostics) as [string, Diagnostic<never>][]).map(([code, { title, severity }]) => [
      code,
      { enum: CHOICES, default: severity, description: title.replaceAll("`", "") },
    ]),
  );

/** Returns the text of package.json with the table's severities. */
export function manifestText(): string {
  const manifest = JSON.parse(readFileSync(inProject("package.json"), "utf8")) as Manifest;
  manifest.contributes.configuration.properties["backprop.severities"].properties = severities();
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
