/** Data that can't be used: always with the place, so that the message can stand on the right line of the right file. */
export class DataProblem extends Error {
  override readonly name = "DataProblem";
  readonly code: string;
  /** A key of the source map: `source`, `target`, `layer:…`. */
  readonly at: string;

  constructor(message: string, { code = "NN406", at = "source" }: { code?: string; at?: string } = {}) {
    super(message);
    this.code = code;
    this.at = at;
  }
}
