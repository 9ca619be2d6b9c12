/** Messages that the client shows as notifications. Their text is literal: names and output in them are never links or commands. */
import type { Connection } from "vscode-languageserver";
import { notificationText } from "../engine/safeText.ts";

/** Protocol: MessageType. */
const TYPES = { error: 1, info: 3 } as const;

/** Shows a message. A client that is gone by then is noted in the log alone. */
export function showMessage(connection: Connection, type: keyof typeof TYPES, text: string): void {
  connection
    .sendNotification("window/showMessage", { type: TYPES[type], message: notificationText(text) })
    .catch((error: unknown) => connection.console.error(String(error)));
}
