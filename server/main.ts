/** The entry point of the server process. The editor connects over IPC, any other client with --stdio. */
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { serve } from "./server.ts";

serve(createConnection(ProposedFeatures.all));
