/** Answers a panel's requests for the data of a debug session. */
import { debuggedNetwork, debuggedStep, type FromPanel, type ToPanel } from "../../messages/panelMessages.ts";
import { read } from "../../messages/valueSchemas.ts";
import type { DebuggedFile } from "../debug/debuggedFiles.ts";

type Asked = Extract<FromPanel, { kind: "askDebugged" }>;

/** Posts the answer, unless the session has ended or moved on. In that case, the session reports its next stop itself. */
export async function answerDebugged(
  debugged: DebuggedFile | undefined,
  { view, stop }: Asked,
  post: (answer: ToPanel) => void,
): Promise<void> {
  if (debugged?.stop !== stop) return;
  const given: unknown = await Promise.resolve(debugged.ask(view)).catch(() => undefined);
  const [step, network] = [view === "step" && read(debuggedStep, given), view === "network" && read(debuggedNetwork, given)];
  if (step) post({ kind: "debuggedStep", stop, view: step });
  if (network) post({ kind: "debuggedNetwork", stop, view: network });
}
