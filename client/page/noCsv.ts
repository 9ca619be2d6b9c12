/** Replaces Papa Parse in the page's bundle, because the page does not read files. */
// biome-ignore lint/style/noDefaultExport: the replaced module has one.
export default {};
