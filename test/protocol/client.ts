/** A client of the server, like an editor other than VS Code: in this process, or of the built server over stdio. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import {
  createConnection,
  createMessageConnection,
  type Diagnostic,
  type MessageConnection,
  ProposedFeatures,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { inProject } from "../../scripts/project.ts";
import { serve } from "../../server/server.ts";

/** The programs that start the server: the bundled server itself, and `nn lsp --stdio`. */
const PROGRAMS = { server: ["dist/server.js", "--stdio"], nn: ["dist/nn.js", "lsp", "--stdio"] } as const;

export interface Client {
  readonly connection: MessageConnection;
  /** The client's own folder on the disk, with the file iris.csv. */
  readonly folder: string;
  readonly uriOf: (name: string) => string;
  /** Sends `initialize` with the folder as workspace, then `initialized`. Returns the server's answer. */
  readonly start: (capabilities: object, more?: object) => Promise<unknown>;
  readonly open: (uri: string, text: string) => Promise<void>;
  /** Requests a document's diagnostics. */
  readonly pull: (uri: string) => Promise<Diagnostic[]>;
  /** Resolves with the diagnostics of the first publication for this version of the document. */
  readonly published: (uri: string, version: number) => Promise<Diagnostic[]>;
  /**
   * Returns the diagnostics of all publications for this version of the document. It first sends a request, whose response
   * comes after everything that earlier messages make the server publish. So a missing publication is noticed at once.
   */
  readonly allPublished: (uri: string, version: number) => Promise<Diagnostic[][]>;
  /** Everything published so far. */
  readonly publications: readonly PublishDiagnosticsParams[];
  /** Resolves with the first message of the server's log that matches. */
  readonly logged: (pattern: RegExp) => Promise<string>;
  readonly log: readonly string[];
  readonly close: () => void;
}

/** A client of a server in a process of its own. */
export interface ProgramClient extends Client {
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts the server in this process, ten times as fast as in a separate process. */
export function startServer(): Client {
  const [questions, answers] = [new PassThrough(), new PassThrough()];
  // A connection between two streams would end the process with them; one between a reader and a writer does not.
  const server = createConnection(ProposedFeatures.all, new StreamMessageReader(questions), new StreamMessageWriter(answers));
  serve(server, inProject("dist", "nn.js"));
  // Without a client, nothing of the server runs. Disposing of it would reject its open requests.
  return clientOf(answers, questions, () => undefined);
}

/** Starts the built server. `env` is added to the tests' environment. */
export function startProgram(program: keyof typeof PROGRAMS, env: Readonly<Record<string, string>> = {}): ProgramClient {
  const [file, ...args] = PROGRAMS[program];
  const server = spawn(process.execPath, [inProject(file), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<number | null>((done) => server.once("exit", done));
  return { ...clientOf(server.stdout, server.stdin, () => server.kill()), ended };
}

function clientOf(answers: Readable, questions: Writable, end: () => void): Client {
  const folder = mkdtempSync(join(tmpdir(), "backprop-protocol-"));
  cpSync(inProject("samples", "iris.csv"), join(folder, "iris.csv"));
  const connection = createMessageConnection(new StreamMessageReader(answers), new StreamMessageWriter(questions));
  const publications: PublishDiagnosticsParams[] = [];
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const lookAgain = (): void => {
    for (const look of waiting) look();
  };
  /** Resolves as soon as `find` returns something; looks again after each notification. */
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((done) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        done(found);
      };
      waiting.add(look);
      look();
    });
  connection.onNotification("textDocument/publishDiagnostics", (params: PublishDiagnosticsParams) => {
    publications.push(params);
    lookAgain();
  });
  connection.onNotification("window/logMessage", ({ message }: { message: string }) => {
    log.push(message);
    lookAgain();
  });
  connection.listen();
  const pull = async (uri: string): Promise<Diagnostic[]> =>
    (await connection.sendRequest<{ items: Diagnostic[] }>("textDocument/diagnostic", { textDocument: { uri } })).items;
  const publicationsFor = (uri: string, version: number): Diagnostic[][] =>
    publications.filter((one) => one.uri === uri && one.version === version).map(({ diagnostics }) => diagnostics);
  return {
    connection,
    folder,
    uriOf: (name) => pathToFileURL(join(folder, name)).href,
    async start(capabilities, more = {}) {
      const answer = await connection.sendRequest("initialize", {
        processId: null,
        rootUri: null,
        capabilities,
        workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "w" }],
        ...more,
      });
      await connection.sendNotification("initialized", {});
      return answer;
    },
    open: (uri, text) => connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "nn", version: 1, text } }),
    pull,
    published: (uri, version) => until(() => publicationsFor(uri, version)[0]),
    async allPublished(uri, version) {
      await pull(uri);
      return publicationsFor(uri, version);
    },
    publications,
    logged: (pattern) => until(() => log.find((message) => pattern.test(message))),
    log,
    close() {
      connection.dispose();
      end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
