/** The catalog: the one list of what the language knows. Everything that offers, checks, explains or executes a word reads it here. */
import { activations } from "./activations.ts";
import { dataDirectives, expectDirectives, stops, trainDirectives } from "./directives.ts";
import { initializers } from "./initializers.ts";
import { layers } from "./layers.ts";
import { losses } from "./losses.ts";
import { metrics } from "./metrics.ts";
import { optimizers, schedules } from "./optimizers.ts";
import { sources } from "./sources.ts";

export const catalog = { layers, activations, initializers, losses, optimizers, schedules, metrics, sources, stops } as const;
export const directives = { data: dataDirectives, train: trainDirectives, expect: expectDirectives } as const;

export type CatalogPart = keyof typeof catalog;

/** A lookup that a user's word cannot trick with `constructor` or `__proto__`. */
export function entryOf<T extends object>(table: T, word: string): T[keyof T] | undefined {
  return Object.hasOwn(table, word) ? table[word as keyof T] : undefined;
}

export const names = <T extends object>(table: T): (keyof T & string)[] => Object.keys(table) as (keyof T & string)[];
export const isName = <T extends object>(table: T, word: string): word is keyof T & string => Object.hasOwn(table, word);
