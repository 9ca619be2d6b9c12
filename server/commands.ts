/**
 * `nn.train` and `nn.test`, for editors without their own commands. The server never trains: it starts `nn` in a process, and only if the
 * client reports that the workspace is trusted (session.ts).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Connection, ErrorCodes, ResponseError } from "vscode-languageserver";
import { isInside } from "./locate.ts";
import type { Session } from "./session.ts";
import { showMessage } from "./showMessage.ts";

export const SERVER_COMMANDS = { train: "nn.train", test: "nn.test" } as const;

export interface Runs {
  readonly commands: readonly string[];
  /** Ends the running processes. */
  readonly end: () => void;
}

/** Runs the commands. Their output goes to the client's log, and the last line also into a message. `nn` is the program's path. */
export function answerCommands(connection: Connection, session: Session, nn: string): Runs {
  const running = new Map<string, ChildProcess>();
  connection.onExecuteCommand(({ command, arguments: [uri, run] = [] }) => {
    session.requireRunning();
    const verb = command === SERVER_COMMANDS.train ? "train" : command === SERVER_COMMANDS.test ? "test" : undefined;
    if (!verb) throw new ResponseError(ErrorCodes.InvalidParams, `There is no command ${command}.`);
    const folder = session.folders().find((one) => typeof uri === "string" && isInside(uri, [one]));
    if (typeof uri !== "string" || !uri.startsWith("file:") || folder === undefined)
      throw new ResponseError(ErrorCodes.InvalidParams, "Only a file of the workspace can be trained or tested; open its folder.");
    if (running.has(uri)) throw new ResponseError(ErrorCodes.InvalidParams, "This file is being trained or tested already.");
    const allowed = session.settings().dataFolders.flatMap((one) => (one.startsWith("file:") ? ["--allow", fileURLToPath(one)] : []));
    const named = verb === "train" && typeof run === "string" && run !== "" ? ["--run", run] : [];
    const child = spawn(process.execPath, [nn, verb, fileURLToPath(uri), ...named, ...allowed], {
      cwd: fileURLToPath(folder),
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    running.set(uri, child);
    report(connection, child, `nn ${verb}`, () => running.delete(uri));
    return null;
  });
  return {
    commands: Object.values(SERVER_COMMANDS),
    end() {
      for (const child of running.values()) child.kill();
    },
  };
}

function report(connection: Connection, child: ChildProcess, name: string, ended: () => void): void {
  let last = "";
  let rest = "";
  const take = (text: string): void => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.filter((one) => one.trim() !== "")) {
      last = line.trim();
      connection.console.info(line);
    }
  };
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", take);
  child.on("error", (error) => {
    ended();
    showMessage(connection, "error", `${name} could not be started: ${error.message}`);
  });
  child.on("close", (code) => {
    take("\n");
    ended();
    showMessage(connection, code === 0 ? "info" : "error", `${name} ${code === 0 ? "is done" : "failed"}: ${last}`);
  });
}
