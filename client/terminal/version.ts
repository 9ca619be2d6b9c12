/** Defined by the bundler, from package.json. */
declare const BACKPROP_VERSION: string | undefined;
export const version: string = typeof BACKPROP_VERSION === "string" ? BACKPROP_VERSION : "development";
