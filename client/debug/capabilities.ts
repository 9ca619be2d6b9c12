/** The debugger's capabilities, in the form that DAP defines. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { FILTERS, MODES } from "./rules.ts";

export const NON_FINITE = "nonFinite";

export const capabilities: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsStepBack: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ["."],
  supportsExceptionInfoRequest: true,
  supportsExceptionFilterOptions: true,
  supportsRestartRequest: true,
  supportsRestartFrame: true,
  supportsGotoTargetsRequest: true,
  supportsTerminateRequest: true,
  supportsDataBreakpoints: true,
  supportsBreakpointLocationsRequest: true,
  exceptionBreakpointFilters: [
    {
      filter: NON_FINITE,
      label: "Not a number",
      description: "Stops where a loss, an output, a gradient or a weight became NaN or infinite.",
      default: true,
    },
    ...Object.entries(FILTERS).map(([filter, { label, condition, names }]) => ({
      filter,
      label,
      description: `Stops when ${condition}.`,
      supportsCondition: true,
      conditionDescription: `${condition}; known are ${names}`,
      default: false,
    })),
  ],
  breakpointModes: Object.entries(MODES).map(([mode, { label, description }]) => ({ mode, label, description, appliesTo: ["source"] })),
};
