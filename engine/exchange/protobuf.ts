/** Reads and writes the fields of protocol buffers. */
import { BinaryReader, type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

export type Handlers = Readonly<Record<number, (field: BinaryReader, wire: WireType) => unknown>>;

/** Calls the handler of each field. Fields without a handler are skipped. */
export function eachField(bytes: Uint8Array, handlers: Handlers): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const handle = handlers[field];
    if (handle) handle(reader, wire);
    else reader.skip(wire);
  }
}

/** Writes a text field. Lone surrogates are replaced. */
export function text(to: BinaryWriter, field: number, value: string): void {
  to.tag(field, WireType.LengthDelimited).string(value.toWellFormed());
}

/** Writes a field that contains a message. */
export function message(to: BinaryWriter, field: number, write: (own: BinaryWriter) => void): void {
  to.tag(field, WireType.LengthDelimited).fork();
  write(to);
  to.join();
}
