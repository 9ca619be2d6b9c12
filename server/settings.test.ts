/** Settings and options from any client: a value that is missing or has the wrong type gets its default. */
import { expect, test } from "vitest";
import { optionsFrom, settingsFrom } from "./settings.ts";

const DEFAULTS = { dataFolders: [], severities: {}, "inlayHints.shapes": true, "inlayHints.totals": true };

test.each<[unknown, object]>([
  [undefined, {}],
  [null, {}],
  ["loud", {}],
  [[], {}],
  [{}, {}],
  [{ unknown: 1 }, {}],
  [{ severities: { NN505: "hint", NN501: "off" } }, { severities: { NN505: "hint", NN501: "off" } }],
  [{ severities: null }, {}],
  [{ severities: "hint" }, {}],
  [{ severities: { NN505: "loud", NN501: 3, NN502: null, NN503: "error" } }, { severities: { NN503: "error" } }],
  [{ dataFolders: ["file:///a", "file:///b"] }, { dataFolders: ["file:///a", "file:///b"] }],
  [{ dataFolders: [null, "", 3, "file:///b"] }, { dataFolders: ["file:///b"] }],
  [{ dataFolders: "file:///a" }, {}],
  [{ dataFolders: { 0: "file:///a" } }, {}],
  [{ "inlayHints.shapes": false }, { "inlayHints.shapes": false }],
  [{ "inlayHints.shapes": 0, "inlayHints.totals": false }, { "inlayHints.totals": false }],
])("settings %j", (message, differences) => {
  expect(settingsFrom(message)).toEqual({ ...DEFAULTS, ...differences });
});

test.each<[unknown, object]>([
  [undefined, {}],
  [null, {}],
  [[{ files: true }], {}],
  [{ settings: null }, {}],
  [{ settings: { severities: { NN505: "error" } } }, { settings: { ...DEFAULTS, severities: { NN505: "error" } } }],
  [{ files: true }, { files: true }],
  [{ files: "yes" }, {}],
  [{ docs: "file:///docs" }, { docs: "file:///docs" }],
  [{ docs: 5 }, {}],
])("options %j", (given, differences) => {
  expect(optionsFrom(given)).toEqual({
    settings: DEFAULTS,
    files: false,
    docs: undefined,
    commands: false,
    trusted: false,
    ...differences,
  });
});
