/** The arguments of an unfinished line or call, read from its tokens. */
import { Comma, DotDot, Equals, LeftBracket, LeftParen, Not, RightBracket, RightParen, type Token } from "../syntax/tokens.ts";

/** One argument: `3`, `init=zeros`, `not b`, `a..d`. */
export interface Item {
  /** The name before `=`; undefined for a value without a name. */
  readonly name: string | undefined;
  /** The value's text: a call's name, a list's bracket; undefined if it is not written yet. */
  readonly value: string | undefined;
}

/** Returns the arguments in order. Commas between them are optional. */
export function itemsOf(tokens: readonly Token[]): Item[] {
  const items: { name: string | undefined; value: string | undefined }[] = [];
  let depth = 0;
  // Whether the next token continues the last argument.
  let isOpen = false;
  for (const { tokenType, image } of tokens) {
    const last = items.at(-1);
    if (tokenType === RightParen || tokenType === RightBracket) depth = Math.max(0, depth - 1);
    else if (tokenType === LeftParen || tokenType === LeftBracket) {
      if (depth === 0 && tokenType === LeftBracket) {
        if (isOpen && last) last.value = image;
        else items.push({ name: undefined, value: image });
        isOpen = false;
      }
      depth++;
    } else if (depth > 0) continue;
    else if (tokenType === Comma) isOpen = false;
    else if (tokenType === Equals) {
      if (last) Object.assign(last, { name: last.value, value: undefined });
      isOpen = true;
    } else if (tokenType === DotDot) {
      if (last) last.value = `${last.value ?? ""}${image}`;
      isOpen = true;
    } else if (isOpen && last) {
      last.value = last.value === "not" ? `not ${image}` : `${last.value ?? ""}${image}`;
      isOpen = false;
    } else {
      items.push({ name: undefined, value: image });
      isOpen = tokenType === Not;
    }
  }
  return items;
}
