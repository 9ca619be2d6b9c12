/** The `nn` command: the language and the engine without an editor. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { directives } from "../../engine/catalog/index.ts";
import { formats } from "../../engine/exchange/formats.ts";
import { plainText } from "../../engine/safeText.ts";
import { codeOf, unwritable } from "../runs/fileProblems.ts";
import { check } from "./check.ts";
import { dap } from "./dap.ts";
import { derive } from "./derive.ts";
import { evaluate } from "./evaluate.ts";
import type { ExportOptions } from "./exchange/export.ts";
import type { ImportOptions } from "./exchange/import.ts";
import type { JobCommandOptions } from "./exchange/job.ts";
import { explain } from "./explain.ts";
import { format } from "./format.ts";
import { gradcheck } from "./gradcheck.ts";
import { gradients, rowNumbers } from "./gradients.ts";
import { letValue } from "./letValues.ts";
import { lsp } from "./lsp.ts";
import { FileError, UsageError } from "./openFile.ts";
import { predict } from "./predict.ts";
import { summary } from "./summary.ts";
import { testCommand } from "./test.ts";
import { REPORTERS } from "./testReports.ts";
import { trainCommand } from "./train.ts";
import { version } from "./version.ts";

const EXIT = { fine: 0, file: 1, usage: 2 } as const;

function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number, at least ${least}${value > most ? ` and at most ${most}` : ""}.`);
    return value;
  };
}

function precisionFrom(text: string): "float32" | "float64" {
  if (text !== "float32" && text !== "float64") throw new InvalidArgumentError("It must be float32 or float64.");
  return text;
}

/** Returns a text's lines, each without control characters. */
const plainLines = (text: string): string => text.split("\n").map(plainText).join("\n");

/** Returns commander's message. Its only own line break precedes the suggestion; any others come from the command line and are escaped. */
const commandLineError = (text: string): string => `${text.trimEnd().split(SUGGESTION).map(plainText).join(SUGGESTION)}\n`;
const SUGGESTION = "\n(Did you mean ";

function program(): Command {
  const nn = new Command("nn")
    .description("Checks and trains neural networks written in .nn files.")
    .version(version)
    .showHelpAfterError("(nn --help lists the commands)")
    .configureOutput({ outputError: (text, write) => write(commandLineError(text)) });
  for (const add of COMMANDS) add(nn);
  for (const command of [nn, ...nn.commands]) command.exitOverride();
  return nn;
}

const collect = (folder: string, before: string[]): string[] => [...before, folder];
const withAllowOption = (command: Command): Command =>
  command.option("--allow <folder>", "a folder outside the working folder that data may be read from; may be repeated", collect, []);

/** Wraps a command so that its exit code reports success. */
const withExitCode =
  <Given extends readonly unknown[]>(work: (...given: Given) => Promise<boolean>) =>
  async (...given: Given): Promise<void> => {
    if (!(await work(...given))) process.exitCode = EXIT.file;
  };

/** The commands, in the order of `nn --help`. */
const COMMANDS: readonly ((nn: Command) => void)[] = [
  (nn) =>
    withAllowOption(
      nn
        .command("check")
        .description("prints what is wrong with the files, as file:line:column")
        .argument("<file...>")
        .option("--json", "prints the findings as JSON"),
    ).action(withExitCode(check)),
  (nn) =>
    withAllowOption(
      nn
        .command("train")
        .description("trains the network and prints each epoch, then each layer's gradients")
        .argument("<file>")
        .option("--run <name>", "which training, if the file has several")
        .option("--out <dir>", "a folder for plan.json, history.jsonl, weights.safetensors and a checkpoint")
        .option("--epochs <n>", "instead of the file's epochs; 0 saves the start weights", wholeNumber(0))
        .option("--seed <n>", "instead of the file's seed", wholeNumber(0, directives.train.seed.takes.max))
        .option(
          "--seeds <n>",
          "instead of the file's seeds: trains n times, each from the next seed, and prints where each ended",
          wholeNumber(1, 1000),
        )
        .option("--precision <kind>", "float32 or float64", precisionFrom, "float32")
        .option(
          "--threads <n>",
          "how many threads train a large network (default: one per processor, at most 8); the results are the same for any number",
          wholeNumber(1),
        )
        .option("--set <name=value>", "another value of a `let`, such as rate=0.3; may be repeated", letValue)
        .option("--resume <dir>", "continues the training that stopped in that folder; only epochs may have changed")
        .option("--tensorboard <dir>", "a folder for TensorBoard's logs, which are written while the network trains")
        .addOption(new Option("--engine <engine>", "torch: PyTorch trains, on a GPU if it has one").choices(["backprop", "torch"]))
        .option("--python <path>", "the Python of --engine torch (default: python3 or python)")
        .option("--processes <n>", "how many processes train with --engine torch (default: 1)", wholeNumber(1, 64))
        .option("--json", "prints one event per line as JSON"),
    ).action(withExitCode(trainCommand)),
  (nn) =>
    withAllowOption(
      nn
        .command("gradients")
        .description("prints one forward and reverse pass: the loss and each parameter's gradient, of a small network every number")
        .argument("<file>")
        .option("--run <name>", "which training, if the file has several")
        .option("--rows <numbers>", "which rows of the data, such as 3 or 1-4,7 (default: all training rows)", rowNumbers)
        .option("--html", "prints the first step, of the first mini-batch or of one row, as a page for a browser, with all arithmetic")
        .option("--json", "prints everything as JSON"),
    ).action(gradients),
  (nn) =>
    withAllowOption(
      nn
        .command("derive")
        .description("writes out the gradient of one weight by the chain rule, with every number, as Markdown or LaTeX")
        .argument("<file>")
        .requiredOption("--of, --weight <weight>", "the weight, counted from 0, such as hidden.kernel[0,1] or hidden.bias[2]")
        .option("--run <name>", "which training, if the file has several")
        .option("--row, --rows <numbers>", "rows of the data, such as 3 or 1-4,7 (default: the next epoch's first mini-batch)", rowNumbers)
        .option("--epoch <n>", "the weights after so many epochs (default: 0, the start weights)", wholeNumber(0))
        .option("--latex", "writes LaTeX instead of Markdown")
        .option("--exercise", "leaves gaps after the forward pass, with the solutions at the end"),
    ).action(derive),
  (nn) =>
    withAllowOption(
      nn
        .command("summary")
        .description("prints each model's layers, output shapes and parameters")
        .argument("<file>")
        .option("--html", "prints them as a page for a browser")
        .option("--json", "prints them as JSON"),
    ).action(withExitCode(summary)),
  (nn) =>
    withAllowOption(
      nn
        .command("gradcheck")
        .description("compares gradients with central differences, of a large model for a random sample of its weights; fails above 1e-6")
        .argument("<file>")
        .option("--run <name>", "which training, if the file has several")
        .option("--all", "compares every weight's gradient, however long it takes")
        .option("--json", "prints the errors as JSON"),
    ).action(withExitCode(gradcheck)),
  (nn) =>
    withAllowOption(
      nn
        .command("test")
        .description("trains where needed and tests every expect block")
        .argument("<file...>")
        .option(
          "--weights <file>",
          "tests these weights, a file or a folder of --out, with the scales and classes saved with them, instead of training",
        )
        .option("--expect <file>", "tests the `expect` blocks of that file, such as a teacher's, instead of the file's own")
        .option("--points <n>", "prints the points, of n for all expectations, each of which counts the same", wholeNumber(1))
        .addOption(
          new Option("--reporter <form>", "the form of the results: text, JSON, or JUnit's XML or TAP for continuous integration").choices(
            REPORTERS,
          ),
        )
        .option("--json", "prints the results as JSON, as --reporter json does"),
    ).action(withExitCode(testCommand)),
  (nn) =>
    withAllowOption(
      nn
        .command("evaluate")
        .description("prints the loss and the metrics on each part of the data, or on the rows of another file")
        .argument("<file>")
        .option(
          "--weights <file>",
          "evaluates these weights, a file or a folder of --out, with the scales and classes saved with them, instead of training",
        )
        .option("--data <file>", "a CSV file with the columns of the data, targets included, or an IDX file of images, plain or gzip")
        .option("--labels <file>", "the IDX file of the labels, for a --data file of images")
        .option("--run <name>", "which training, if the file has several")
        .option("--json", "prints an array of objects"),
    ).action(evaluate),
  (nn) =>
    withAllowOption(
      nn
        .command("predict")
        .description("prints a trained network's predictions for the rows of a CSV file or the images of an IDX file, as CSV")
        .argument("<file>")
        .requiredOption("--weights <file>", "weights.safetensors of a training of this file, or the folder of --out")
        .requiredOption("--data <file>", "a CSV file with the network's columns, or an IDX file of images, plain or gzip")
        .option("--run <name>", "which training, if the file has several")
        .option("--json", "prints an array of objects"),
    ).action(predict),
  (nn) =>
    withAllowOption(
      nn
        .command("export")
        .description("writes a trained network for another program, and compares what the file predicts with what the engine predicts")
        .argument("<run or file>", "a folder of --out, a weights file, or a .nn file, which is trained first")
        .addOption(
          new Option(
            "--to <format>",
            Object.entries(formats)
              .map(([name, { summary }]) => `${name}: ${summary}`)
              .join("; "),
          )
            .choices(Object.keys(formats))
            .makeOptionMandatory(),
        )
        .option(
          "--out <path>",
          "where to write it (default: the file's or the training's name, with the format's ending); only an earlier export may be there",
        )
        .option("--weights <file>", "the weights of a .nn file, a file or a folder of --out, instead of training")
        .option("--run <name>", "which training, if the .nn file has several")
        .option("--own-units", "onnx: takes and returns the data's own units, and the names of classes, without scaling outside the model")
        .option("--compile", "keras: adds the loss, the optimizer and the metrics")
        .option("--verify", "reads the file back to compare its predictions", true)
        .option("--no-verify", "does not read the file back")
        .option(
          "--python <path>",
          "tries the export in that Python, too: Keras, ONNX Runtime, an epoch of the Keras script, or TensorBoard",
        )
        .option("--json", "prints what was written as JSON"),
    ).action(
      withExitCode(async (name: string, options: ExportOptions) => (await import("./exchange/export.ts")).exportCommand(name, options)),
    ),
  (nn) =>
    withAllowOption(
      nn
        .command("job")
        .description(
          "writes a training as a PyTorch project, for a GPU or a cluster: train.py, the network, the start weights and the data",
        )
        .argument("<file>")
        .requiredOption("--out <dir>", "an empty or new folder, or that of an earlier job, whose files are replaced")
        .option("--run <name>", "which training, if the file has several")
        .option("--precision <kind>", "float32 or float64", precisionFrom, "float32")
        .option("--set <name=value>", "another value of a `let`, such as rate=0.3; may be repeated", letValue),
    ).action(
      withExitCode(async (name: string, options: JobCommandOptions) => (await import("./exchange/job.ts")).jobCommand(name, options)),
    ),
  (nn) =>
    nn
      .command("import")
      .description("writes a .nn file, with its weights beside it, for a Keras or ONNX model, safetensors or a PyTorch state dict")
      .argument("<file>", ".keras, .h5, .onnx, .safetensors or .pt; nothing in it is executed")
      .option("--out <file>", "the .nn file (default: the file's name with the ending .nn)")
      .option("--list", "prints the file's layers and tensors, and writes nothing")
      .option(
        "--statistics",
        "with --list: the least, greatest and mean number of each tensor, its deviation, zeros, and numbers that are not finite",
      )
      .option("--json", "prints what was written, or the list, as JSON")
      .action(async (name: string, options: ImportOptions) => (await import("./exchange/import.ts")).importCommand(name, options)),
  (nn) =>
    nn
      .command("lsp")
      .description("runs the language server for other editors, on standard input and output")
      .option("--stdio", "the only transport, so it may be left out")
      .action(async () => {
        process.exitCode = await lsp();
      }),
  (nn) =>
    nn
      .command("dap")
      .description("runs the debugger for other editors, on standard input and output (Debug Adapter Protocol)")
      .option("--stdio", "the only transport, so it may be left out")
      .action(dap),
  (nn) =>
    nn
      .command("format")
      .description("formats the files as the editor does")
      .argument("<file...>")
      .option("--check", "changes nothing, and fails if a file is not formatted")
      .action(withExitCode(format)),
  (nn) =>
    nn.command("explain").description("explains a code such as NN303, or a word such as dense").argument("<code or word>").action(explain),
];

for (const stream of [process.stdout, process.stderr]) stream.on("error", (error) => endedOutput(stream, error));

/** Ends the process when the output has no reader, as after `| head -1`, or can't be written. A training listens too, and saves first. */
function endedOutput(stream: NodeJS.WriteStream, error: Error): void {
  const isClosed = ["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED"].includes(codeOf(error));
  if (!isClosed && process.exitCode === undefined) {
    process.exitCode = EXIT.file;
    if (stream === process.stdout) process.stderr.write(`${unwritable("The output", error)}.\n`);
  }
  if (stream.listenerCount("error") === 1 && stream === process.stdout) process.exit();
}

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  else {
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.file;
    process.stderr.write(
      `${plainLines(error instanceof UsageError || error instanceof FileError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
    );
  }
}
