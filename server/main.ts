/** The entry point of the server process. The editor connects over IPC, other clients with --stdio. */
import { dirname, join } from "node:path";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { serve } from "./server.ts";

// The command's bundle is in the server's folder.
serve(createConnection(ProposedFeatures.all), join(dirname(process.argv[1] ?? ""), "nn.js"));
