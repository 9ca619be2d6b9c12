/** Applies the host's messages to the model. */

import type { ToPanel } from "../messages/panelMessages.ts";
import { tableFromPacked } from "../runs/history.ts";
import { addEpochDelta, addEvent, type RunState } from "../runs/runState.ts";
import { type Model, noAnswers, questionKey } from "./model.ts";

type MessageOf<K extends ToPanel["kind"]> = Extract<ToPanel, { kind: K }>;

export function receive(model: Model, message: ToPanel): void {
  switch (message.kind) {
    case "file":
      receiveFile(model, message);
      return;
    case "planned":
      if (model.file !== message.file) return;
      model.planned = message.trainings;
      if (message.trainings.length > 0) model.untrained = null;
      return;
    case "snapshot":
      receiveSnapshot(model, message);
      return;
    case "events":
      receiveEvents(model, message);
      return;
    case "runs":
      model.runs = message.runs;
      return;
    case "compared":
      model.compared = message.runs.map(({ summary, table }) => ({ summary, table: tableFromPacked(table) }));
      return;
    case "knobs":
      if (model.file === message.file) model.knobs = message.trainings;
      return;
    case "edited":
      model.editProblem = message.problem;
      return;
    case "scale":
    case "tab":
      // The page stores these, not the model.
      return;
    case "untrained":
      model.untrained = { fileName: message.fileName, models: message.models, walked: null };
      return;
    case "walkedRow":
      if (model.untrained) model.untrained.walked = message;
      return;
    case "debugged":
      receiveStop(model, message.stop);
      return;
    case "debuggedStep":
      if (model.debugged?.stop === message.stop) model.debugged.step = message.view;
      return;
    case "debuggedNetwork":
      if (model.debugged?.stop === message.stop) model.debugged.network = message.view;
      return;
    case "stretch":
      if (model.state?.facts.id === message.run && model.zoom) model.stretch = message;
      return;
    case "answer":
      if (model.state?.facts.id === message.run) receiveAnswer(model, message);
      return;
    case "dataChanged":
      if (model.state?.facts.id === message.run) forgetAnswers(model);
      return;
    case "notices":
      if (model.state?.facts.id === message.run) receiveNotices(model, message);
      return;
    case "problem":
      if (model.state?.facts.id === message.run) receiveProblem(model, message);
  }
}

function receiveFile(model: Model, { file, name, isPinned }: MessageOf<"file">): void {
  if (model.file !== file) {
    model.compared = [];
    model.planned = null;
    model.asked = null;
    model.knobs = [];
    model.editProblem = "";
  }
  model.file = file;
  model.fileName = name;
  model.isPinned = isPinned;
}

/** Until this stop's views arrive, the previous stop's are shown. */
function receiveStop(model: Model, stop: number | null): void {
  const { step = null, network = null } = model.debugged ?? {};
  model.debugged = stop === null ? null : { stop, step, network, asked: new Set() };
}

function receiveSnapshot(model: Model, { state, isLatest }: MessageOf<"snapshot">): void {
  const isOther = state?.facts.id !== model.state?.facts.id;
  model.state = state && { ...state, history: state.history && tableFromPacked(state.history) };
  model.isLatest = isLatest;
  model.untrained = null;
  if (!isOther) return;
  model.answers = noAnswers();
  model.zoom = model.stretch = null;
  model.isPlaying = false;
  model.notices = [];
}

/** Forgets the answers about earlier data, but not the questions that have no answer yet. A view that shows an answer asks again. */
function forgetAnswers(model: Model): void {
  const { cursor, asked } = model.answers;
  model.answers = { ...noAnswers(), cursor, asked };
}

function receiveNotices(model: Model, { notices }: MessageOf<"notices">): void {
  const dataOf = (all: Model["notices"]): string | undefined => all.find(({ kind }) => kind === "data")?.message;
  const isOther = dataOf(notices) !== dataOf(model.notices);
  model.notices = notices;
  if (isOther) forgetAnswers(model);
}

function receiveEvents({ state }: Model, { run, epochs, events }: MessageOf<"events">): void {
  if (!state || state.facts.id !== run) return;
  if (epochs) addEpochDelta(state, epochs);
  for (const event of events) addEvent(state, event);
}

function receiveAnswer({ answers, state }: Model, { answer, isFinal }: MessageOf<"answer">): void {
  const markFinal = (key: string): void => {
    if (isFinal) answers.final.add(key);
    else answers.final.delete(key);
  };
  if (answer.kind === "snapshots") {
    answers.asked.delete("snapshots");
    if (state) addSnapshots(state, answer.snapshots);
    return;
  }
  if (answer.kind === "tensor") {
    const { layer, name } = answer.tensor;
    const key = questionKey({ kind: "tensor", layer, name });
    answers.asked.delete(key);
    markFinal(key);
    answers.tensors.set(key, answer.tensor);
    return;
  }
  answers.asked.delete(answer.kind);
  markFinal(answer.kind);
  if (answer.kind === "result") answers.result = answer.result;
  else if (answer.kind === "planes") answers.planes = answer.planes;
  else if (answer.kind === "row") answers.row = answer.row;
  else if (answer.kind === "walk") answers.walk = answer.walk;
  else answers.rule = answer.rule;
}

/** Adds snapshots taken after the training. */
function addSnapshots({ snapshots }: RunState, added: readonly RunState["snapshots"][number][]): void {
  const known = new Set(snapshots.map(({ epoch }) => epoch));
  snapshots.push(...added.filter(({ epoch }) => !known.has(epoch)));
  snapshots.sort((a, b) => a.epoch - b.epoch);
}

function receiveProblem({ answers }: Model, { question, message }: MessageOf<"problem">): void {
  for (const key of answers.asked) if (key.split(" ")[0] === question) answers.asked.delete(key);
  answers.problems.set(question, message);
}
