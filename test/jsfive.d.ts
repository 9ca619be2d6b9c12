/** The part of jsfive that the tests use; it has no types of its own. */
declare module "jsfive" {
  export interface Group {
    readonly keys: readonly string[];
    readonly attrs: Readonly<Record<string, unknown>>;
  }
  export interface Dataset {
    readonly shape: readonly number[];
    readonly value: unknown;
  }
  export class File {
    constructor(bytes: ArrayBuffer, name: string);
    get(path: string): Group | Dataset;
  }
}
