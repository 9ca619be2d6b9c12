/** The Test Explorer's Debug: debugs a row of an `expect` block on its way through the network. */
import type * as vscode from "vscode";
import type { TestChoices } from "../../../server/protocol.ts";
import { debugDocument } from "../debug/configurations.ts";
import { blockIds } from "./testItems.ts";
import type { TrainedNetworks } from "./trainedNetworks.ts";

export interface DebugRowParts {
  readonly networks: Pick<TrainedNetworks, "savedRun">;
  /** Returns the path of a saved run's folder. */
  readonly pathOfRun: (id: string) => string;
  readonly choicesOf: (document: vscode.Uri) => Promise<TestChoices>;
}

/**
 * Debugs the first chosen row with the weights of a saved run that has the same plan and data. Without such a run, the debugger first trains the
 * network.
 */
export async function debugRow({ include }: vscode.TestRunRequest, { networks, pathOfRun, choicesOf }: DebugRowParts): Promise<void> {
  const [row] = include ?? [];
  const document = row?.uri;
  if (!document || !row.range || !row.parent) return;
  const { blocks, trainings } = await choicesOf(document);
  const { subject } = blocks[blockIds(document.toString(), blocks).indexOf(row.parent.id)] ?? {};
  const training = subject?.kind === "training" ? trainings[subject.at] : undefined;
  const run = training && (await networks.savedRun(document, training));
  await debugDocument(document, { expectLine: row.range.start.line + 1, ...(run !== undefined && { from: pathOfRun(run) }) });
}
