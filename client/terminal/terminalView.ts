/** Shows a training in a terminal: lines on standard output, and one overwritten line of progress on standard error. */
import { whyUndefined } from "../../engine/catalog/metrics.ts";
import type { MeasuredPart, TrainingEvent, TrainingEventOf } from "../../engine/events.ts";
import { countText, durationText, numberText, percentText, plural, progressText } from "../../engine/numberText.ts";
import { layerKey } from "../../engine/plan.ts";
import { plainText } from "../../engine/safeText.ts";
import { causesFirst } from "../../engine/training/findingOrder.ts";
import type { LineOf } from "../messages/eventLines.ts";
import { styled, table } from "./print.ts";

/** The approximate number of printed epochs. The first and the last are always printed. */
const PRINTED = 20;

const numbersText = (numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers)
    .map(([title, value]) => `${title} ${Number.isNaN(value) ? "–" : numberText(value)}`)
    .join("  ");

/** Returns the line with the trained network's results on the test part. */
const testLine = ({ loss, metrics }: MeasuredPart, rows: number): string =>
  plainText(`test part, ${plural(rows, "row")}: ${numbersText({ loss, ...metrics })}`);

export class TerminalView {
  readonly #file: string;
  readonly #epochs: number;
  readonly #lineOf: LineOf;
  readonly #every: number;
  readonly #isTerminal = process.stderr.isTTY === true;
  #started: TrainingEventOf<"started"> | undefined;
  #lastEpoch: TrainingEventOf<"epoch"> | undefined;
  readonly #findings: TrainingEventOf<"warning" | "diverged" | "failed">[] = [];
  /** The metrics whose missing values have been explained. */
  readonly #explained = new Set<string>();

  constructor(file: string, epochs: number, lineOf: LineOf) {
    this.#file = file;
    this.#epochs = epochs;
    this.#lineOf = lineOf;
    this.#every = Math.max(1, Math.floor(epochs / PRINTED));
  }

  show(event: TrainingEvent): void {
    switch (event.kind) {
      case "started":
        this.#started = event;
        this.#say(startedLine(event));
        return;
      case "loading":
        this.#status(`${bar(event.share)} reading, ${countText(event.rows)} rows`);
        return;
      case "progress":
        this.#status(this.#progressLine(event));
        return;
      case "epoch":
        this.#lastEpoch = event;
        if (this.#isPrinted(event)) this.#say(this.#epochLine(event));
        this.#explainUndefined(event);
        return;
      case "warning":
        this.#findings.push(event);
        this.#say(`${this.#place(event.at)}: ${styled("yellow", `warning ${event.code}`)}: ${plainText(event.message)}`);
        return;
      case "failed":
      case "diverged":
        this.#findings.push(event);
        this.#sayCause();
        this.#clear();
        process.stderr.write(
          `${this.#place(event.at)}:1: ${styled("red", `error${event.code ? ` ${event.code}` : ""}`, process.stderr)}: ${plainText(event.message)}\n`,
        );
        return;
      case "finished":
      case "stopped":
        this.#end();
        this.#sayCause();
        this.#say(endLine(event));
        if (event.kind === "finished" && event.test) this.#say(testLine(event.test, this.#started?.rows.test ?? 0));
        return;
      case "resumed":
        this.#say(`Continues after epoch ${event.epoch}.`);
        return;
      case "snapshot":
      case "paused":
        return;
    }
  }

  #clear(): void {
    this.#status("");
  }

  /** Shows the line of progress. The next one overwrites it. */
  #status(text: string): void {
    if (this.#isTerminal) process.stderr.write(`\r\x1b[K${text}`);
  }

  #say(text: string): void {
    this.#clear();
    process.stdout.write(`${text}\n`);
  }

  /** Prints the last epoch, unless already printed, and each layer's gradients in it. */
  #end(): void {
    const epoch = this.#lastEpoch;
    if (!epoch) return;
    if (!this.#isPrinted(epoch)) this.#say(this.#epochLine(epoch));
    if (this.#started) this.#say(`\n${gradientTable(epoch, this.#started, this.#lineOf)}\n`);
  }

  /** Names the likeliest cause of several findings, in the panel's order. A finding may be printed after its consequences. */
  #sayCause(): void {
    const [cause, ...others] = causesFirst(this.#findings);
    if (!cause || others.length === 0) return;
    const codes = others.map(({ code, at }) => `${code ?? "the error"} (line ${this.#lineOf(at)})`);
    this.#say(
      `${styled("bold", `Of ${others.length + 1} findings, look at ${cause.code ?? "the error"} first`)} (line ${this.#lineOf(cause.at)}): ${plainText(cause.message)} Then: ${codes.join(", ")}.`,
    );
  }

  #place(at: string): string {
    return `${plainText(this.#file)}:${this.#lineOf(at)}`;
  }

  #isPrinted({ epoch }: TrainingEventOf<"epoch">): boolean {
    return epoch === 1 || epoch % this.#every === 0;
  }

  #epochLine({ epoch, loss, valLoss, metrics }: TrainingEventOf<"epoch">): string {
    const number = String(epoch).padStart(String(this.#epochs).length);
    return `epoch ${number}  ${numbersText({ loss, ...(valLoss === null ? {} : { val_loss: valLoss }), ...metrics })}`;
  }

  /** Explains, once per metric, why a metric has no value. */
  #explainUndefined({ metrics }: TrainingEventOf<"epoch">): void {
    for (const [name, value] of Object.entries(metrics)) {
      const why = Number.isNaN(value) && !this.#explained.has(name) && whyUndefined(name);
      if (!why) continue;
      this.#explained.add(name);
      this.#say(`${name} has no value because ${why} in the ${name.startsWith("val_") ? "validation" : "training"} part.`);
    }
  }

  #progressLine({ epoch, batch, samplesPerSecond, secondsLeft }: TrainingEventOf<"progress">): string {
    const share = batch / ((this.#started?.batchesPerEpoch ?? 1) * this.#epochs);
    const loss = this.#lastEpoch ? `loss ${numberText(this.#lastEpoch.loss)}  ` : "";
    return `${bar(share)} epoch ${epoch} of ${this.#epochs}  ${loss}${countText(samplesPerSecond)} samples/s  ${durationText(secondsLeft)} left`;
  }
}

function startedLine({ run, layers, rows, precision, kernels }: TrainingEventOf<"started">): string {
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const validation = rows.validation > 0 ? `, ${countText(rows.validation)} to validate` : "";
  const where = kernels.startsWith("torch") ? `, ${plainText(kernels)}` : "";
  return `${styled("bold", run)}: ${countText(parameters)} parameters, ${countText(rows.train)} rows to train on${validation}, ${precision}${where}`;
}

function endLine(event: TrainingEventOf<"finished" | "stopped">): string {
  if (event.kind === "stopped") return `Stopped after epoch ${event.epoch}.`;
  const restored = event.restoredEpoch === null ? "" : `; restored the weights of epoch ${event.restoredEpoch}, the best one`;
  return `${plural(event.epochs, "epoch")} in ${durationText(event.seconds)}, ${countText(event.samplesPerSecond)} samples/s${restored}.`;
}

function gradientTable(epoch: TrainingEventOf<"epoch">, { layers }: TrainingEventOf<"started">, lineOf: LineOf): string {
  const rows = epoch.layers.map(({ layer, gradient, updateRatio }) => {
    const facts = layers.find(({ id }) => id === layer);
    return [
      layer,
      String(lineOf(layerKey(layer))),
      facts?.shape.join("x") ?? "",
      countText(facts?.parameters ?? 0),
      numberText(gradient.norm),
      numberText(gradient.mean),
      numberText(gradient.max),
      percentText(gradient.zeros),
      numberText(updateRatio),
    ];
  });
  return table(["gradients", "line", "shape", "parameters", "norm", "mean", "largest", "zeros", "update/weight"], rows);
}

function bar(share: number): string {
  const width = 24;
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)} ${progressText(share).padStart(5)}`;
}
