/** Messages that the client shows as notifications. The text is literal: names and output in it never become links or commands. */
import type { Connection } from "vscode-languageserver";
import { notificationText } from "../engine/safeText.ts";

/** Protocol: MessageType. */
const TYPES = { error: 1, info: 3 } as const;

/** Shows a message. If the client has gone, the failure is only logged. */
export function showMessage(connection: Connection, type: keyof typeof TYPES, text: string): void {
  connection
    .sendNotification("window/showMessage", { type: TYPES[type], message: notificationText(text) })
    .catch((error: unknown) => connection.console.error(String(error)));
}
