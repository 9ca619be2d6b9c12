/** The TextMate grammar, with word lists from the catalog. It only colours text. The language server reports mistakes. */
import { catalog, directives, names } from "../../engine/catalog/index.ts";
import { blockKeywords } from "../../server/language/syntax/tokens.ts";

const word = (list: readonly string[]): string => `\\b(?:${[...list].sort((a, b) => b.length - a.length).join("|")})\\b`;

export function textMateGrammar(): object {
  const anyDirective = [...new Set([...names(directives.data), ...names(directives.train), ...names(directives.expect)])];
  const callable = [...names(catalog.optimizers), ...names(catalog.schedules), ...names(catalog.sources), ...names(catalog.stops)];
  const values = [...names(catalog.activations), ...names(catalog.initializers), ...names(catalog.losses), ...names(catalog.metrics)];
  return {
    name: "Neural Network",
    scopeName: "source.nn",
    patterns: [
      { include: "#comment" },
      { include: "#head" },
      { include: "#label" },
      { include: "#layer" },
      { include: "#directive" },
      { include: "#rest" },
    ],
    repository: {
      comment: { match: "#.*$", name: "comment.line.number-sign.nn" },
      head: {
        match: `^\\s*(?:([\\p{L}_][\\p{L}\\d_]*)(:)\\s*)?(${[...blockKeywords.values()].join("|")})\\b(?!\\s*[:=])(?:\\s+(?!on\\b)([\\p{L}_][\\p{L}\\d_]*))?(?:\\s+(on)\\s+([\\p{L}_][\\p{L}\\d_]*))?`,
        captures: {
          1: { name: "entity.name.label.nn" },
          2: { name: "punctuation.separator.nn" },
          3: { name: "keyword.control.nn" },
          4: { name: "entity.name.type.nn" },
          5: { name: "keyword.control.nn" },
          6: { name: "entity.name.type.nn" },
        },
      },
      label: {
        match: "^\\s*([\\p{L}_][\\p{L}\\d_]*)(:)",
        captures: { 1: { name: "entity.name.label.nn" }, 2: { name: "punctuation.separator.nn" } },
      },
      layer: {
        match: `(?<=^\\s*|:\\s*|\\{\\s*)${word([...names(catalog.layers), ...names(catalog.activations), "repeat", "output"])}`,
        name: "support.function.layer.nn",
      },
      directive: { match: `(?<=^\\s*)${word(anyDirective)}`, name: "support.variable.directive.nn" },
      rest: {
        patterns: [
          { match: '"(?:[^"\\\\]|\\\\.)*"?', name: "string.quoted.double.nn" },
          { match: "\\b([\\p{L}_][\\p{L}\\d_]*)(?=\\s*=(?!=))", name: "variable.parameter.nn" },
          { match: "-?\\b\\d+(?:x\\d+)+\\b", name: "constant.numeric.shape.nn" },
          {
            match: "-?(?:\\b\\d[\\d_]*(?:\\.(?!\\.)[\\d_]*)?|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?(?![\\p{L}\\d_])",
            name: "constant.numeric.nn",
          },
          { match: "\\b(?:true|false)\\b", name: "constant.language.nn" },
          { match: "\\b(?:from|on|not)\\b", name: "keyword.operator.word.nn" },
          { match: word(callable), name: "support.function.nn" },
          { match: word(values), name: "support.constant.nn" },
          { match: "->|\\.\\.|[<>=]=?|[-+*/]", name: "keyword.operator.nn" },
        ],
      },
    },
  };
}
