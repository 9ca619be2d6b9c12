/** Replaces Papa Parse in the page's bundle, since the page reads no file. */
// biome-ignore lint/style/noDefaultExport: the module that it stands for has one.
export default {};
