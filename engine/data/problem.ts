import { plainText } from "../safeText.ts";

/** Thrown for unusable data. It names the place, so that the editor shows the message at the right line. */
export class DataProblem extends Error {
  override readonly name = "DataProblem";
  readonly code: string;
  /** A key of the source map: `source`, `target`, `layer:…`. */
  readonly at: string;

  constructor(message: string, { code = "NN406", at = "source" }: { code?: string; at?: string } = {}) {
    // Messages quote cells and paths.
    super(plainText(message));
    this.code = code;
    this.at = at;
  }
}
