/** The catalog: the only list of the language's words. All code that offers, checks, explains or executes a word reads it here. */
import { activations } from "./activations.ts";
import { type Arguments, type Defaults, defaultsOf, type Settings } from "./arguments.ts";
import { dataDirectives, expectDirectives, starts, stops, trainDirectives } from "./directives.ts";
import { initializers } from "./initializers.ts";
import { layers } from "./layers.ts";
import { losses } from "./losses.ts";
import { metrics } from "./metrics.ts";
import { optimizers, schedules } from "./optimizers.ts";
import { sources } from "./sources.ts";

export const catalog = { layers, activations, initializers, losses, optimizers, schedules, metrics, sources, stops, starts } as const;
export const directives = { data: dataDirectives, train: trainDirectives, expect: expectDirectives } as const;

export type CatalogPart = keyof typeof catalog;

/** The noun for an entry of each part, for messages, hovers and completion. */
export const partNouns = {
  layers: "layer",
  activations: "activation",
  initializers: "initializer",
  losses: "loss",
  optimizers: "optimizer",
  schedules: "schedule",
  metrics: "metric",
  sources: "data source",
  stops: "stop",
  starts: "start",
} as const satisfies Record<CatalogPart, string>;

type Catalog = typeof catalog;

/** The type of each entry's settings, for one part. */
export type SettingsOf<P extends CatalogPart> = {
  readonly [N in keyof Catalog[P]]: Catalog[P][N] extends { readonly arguments: infer A extends Arguments } ? Settings<A> : never;
};

/** The name of one of a part's entries `N` with its settings: `{ name: "sgd", settings: { momentum: 0, nesterov: 0 } }`. */
export type Configured<P extends CatalogPart, N extends keyof Catalog[P] = keyof Catalog[P]> = {
  readonly [K in N]: { readonly name: K; readonly settings: SettingsOf<P>[K] };
}[N];

/** The entries of a part with defaults for all settings. */
export type Optional<P extends CatalogPart> = {
  [N in keyof Catalog[P]]: Catalog[P][N] extends { readonly arguments: infer A extends Arguments }
    ? Defaults<A> extends Settings<A>
      ? N
      : never
    : never;
}[keyof Catalog[P]];

/** Returns an entry with its default settings, as if a file names it without arguments. */
export function withDefaults<P extends CatalogPart, N extends Optional<P>>(part: P, name: N): Configured<P, N> {
  const { arguments: known } = catalog[part][name] as { readonly arguments: Arguments };
  return { name, settings: defaultsOf(known) } as unknown as Configured<P, N>;
}

/** Returns the table's own entry for a word, so that `constructor` or `__proto__` in a file matches nothing. */
export function entryOf<T extends object>(table: T, word: string): T[keyof T] | undefined {
  return Object.hasOwn(table, word) ? table[word as keyof T] : undefined;
}

export const names = <T extends object>(table: T): (keyof T & string)[] => Object.keys(table) as (keyof T & string)[];
export const isName = <T extends object>(table: T, word: string): word is keyof T & string => Object.hasOwn(table, word);
