/** One test run: trains each tested network once, and reports every chosen line. */
import * as vscode from "vscode";
import { plainText } from "../../../engine/safeText.ts";
import type { ExpectTest, TestChoice, TestChoices } from "../../../server/protocol.ts";
import type { Inspections, Results } from "../../node/inspections.ts";
import { readDataFile } from "../files.ts";
import { blockIds, testIds } from "./testItems.ts";
import { Cancelled, FailedTraining, type TrainedNetworks } from "./trainedNetworks.ts";

/** A test run in progress, and the token that cancels it. */
export interface RunInProgress {
  readonly run: vscode.TestRun;
  readonly token: vscode.CancellationToken;
}

export interface TestRunParts {
  readonly networks: Pick<TrainedNetworks, "of">;
  readonly inspections: Pick<Inspections, "test" | "testUntrained">;
  /** Shows the items of a document's current text and returns its expectations. */
  readonly choicesOf: (document: vscode.Uri) => Promise<TestChoices>;
}

/** A block and its chosen lines, with their indices in the block. */
interface ChosenBlock {
  readonly choice: TestChoice;
  readonly lines: readonly { readonly item: vscode.TestItem; readonly at: number }[];
}

/** Tests the items of a file that `isChosen` accepts. Never rejects. */
export async function testFile(
  parts: TestRunParts,
  progress: RunInProgress,
  file: vscode.TestItem,
  isChosen: (item: vscode.TestItem) => boolean,
): Promise<void> {
  const { uri: document } = file;
  if (!document) return;
  const { run, token } = progress;
  try {
    const choices = await parts.choicesOf(document);
    const blocks = chosenBlocks(file, choices, isChosen);
    for (const { lines } of blocks) for (const { item } of lines) run.enqueued(item);
    for (const together of byNetwork(blocks)) {
      if (token.isCancellationRequested) return;
      await testTogether(parts, progress, document, choices, together);
    }
  } catch (error) {
    run.errored(file, new vscode.TestMessage(plainText(messageOf(error))));
  }
}

function chosenBlocks(file: vscode.TestItem, { blocks }: TestChoices, isChosen: (item: vscode.TestItem) => boolean): ChosenBlock[] {
  const ids = blockIds(file.id, blocks);
  return blocks.flatMap((choice, k) => {
    const block = file.children.get(ids[k] ?? "");
    if (!block) return [];
    const lines = testIds(block.id, choice).flatMap((id, at) => {
      const item = block.children.get(id);
      return item && isChosen(item) ? [{ item, at }] : [];
    });
    return lines.length > 0 ? [{ choice, lines }] : [];
  });
}

/** Groups the blocks that are tested on the same network. */
function byNetwork(blocks: readonly ChosenBlock[]): ChosenBlock[][] {
  const groups = new Map<unknown, ChosenBlock[]>();
  for (const block of blocks) {
    const { subject } = block.choice;
    const key = subject?.kind === "training" ? subject.at : block;
    groups.set(key, [...(groups.get(key) ?? []), block]);
  }
  return [...groups.values()];
}

async function testTogether(
  parts: TestRunParts,
  progress: RunInProgress,
  document: vscode.Uri,
  choices: TestChoices,
  blocks: readonly ChosenBlock[],
): Promise<void> {
  const { run } = progress;
  const items = blocks.flatMap(({ lines }) => lines.map(({ item }) => item));
  const fail = (message: string, line: number | undefined): void => {
    const shown = new vscode.TestMessage(plainText(message));
    if (line !== undefined) shown.location = new vscode.Location(document, new vscode.Position(line, 0));
    for (const item of items) run.errored(item, shown);
  };
  for (const item of items) run.started(item);
  try {
    const results = await resultsOf(parts, progress, document, choices, blocks);
    for (const [k, { choice, lines }] of blocks.entries())
      for (const { item, at } of lines) report(run, item, choice.tests[at], results[k]?.[at]);
  } catch (error) {
    if (error instanceof Cancelled) for (const item of items) run.skipped(item);
    else fail(messageOf(error), error instanceof FailedTraining ? error.line : undefined);
  }
}

async function resultsOf(
  { networks, inspections }: TestRunParts,
  { run, token }: RunInProgress,
  document: vscode.Uri,
  { trainings }: TestChoices,
  blocks: readonly ChosenBlock[],
): Promise<Results> {
  const [first] = blocks;
  const expects = blocks.map(({ choice }) => choice.plan);
  const { subject, problem } = first?.choice ?? {};
  if (!subject) throw new FailedTraining(problem?.message ?? "This can't be tested yet.", problem?.line);
  if (subject.kind === "untrained") {
    const id = `tests of ${document.toString()}`;
    return await inspections.testUntrained({ ...subject, id, read: (path) => readDataFile(path, document) }, expects);
  }
  const training = trainings[subject.at];
  if (!training) throw new FailedTraining("This training is not in the file any more.", undefined);
  const { run: trained, checkpoint, from } = await networks.of(document, training, token);
  print(run, from);
  return await inspections.test(trained, checkpoint, expects);
}

function report(
  run: vscode.TestRun,
  item: vscode.TestItem,
  test: ExpectTest | undefined,
  result: Results[number][number] | undefined,
): void {
  if (!test || !result) return;
  const { kind, text } = test;
  const { passed, actual, summary, expected } = result;
  if (passed) {
    const place = item.uri && item.range ? new vscode.Location(item.uri, item.range) : undefined;
    // The editor shows a text with a place at the end of the line, where there is little room. The results have all scores.
    print(run, `it is ${summary}`, item, place);
    if (summary !== actual) print(run, `${text}: it is ${actual}`, item);
    run.passed(item);
    return;
  }
  print(run, `failed: ${text} (it is ${actual})`);
  // The editor writes a difference as `actual != expected`, which does not suit `>= 0.9`.
  const message =
    kind === "row"
      ? vscode.TestMessage.diff(plainText(`${text}: the output is ${actual}`), plainText(expected), plainText(actual))
      : new vscode.TestMessage(plainText(`It is ${actual}, expected ${expected}`));
  if (item.uri && item.range) message.location = new vscode.Location(item.uri, item.range);
  run.failed(item, message);
}

/** Adds a line to the output of the run, or of one of its items. */
function print(run: vscode.TestRun, line: string, item?: vscode.TestItem, place?: vscode.Location): void {
  run.appendOutput(`${plainText(line)}\r\n`, place, item);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
