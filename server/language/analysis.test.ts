/** The diagnostics: texts with the expected codes marked below their lines. The file is long because it is a single list of texts. */
import { describe, expect, test } from "vitest";
import { CSV_FORMAT } from "../../engine/data/csvFormat.ts";
import { diagnose } from "../../test/fixtures.ts";
import { analyse } from "./analysis.ts";
import type { DataFiles } from "./resolve/dataFacts.ts";
import { csvFacts } from "./resolve/dataFacts.ts";

const IRIS = csvFacts(
  new TextEncoder().encode("length,width,species\n5.1,3.5,setosa\n7,3.2,versicolor\n6.3,3.3,virginica\n"),
  CSV_FORMAT,
  "iris.csv",
);
const files: DataFiles = {
  csv: (path) => (path === "iris.csv" ? IRIS : { problem: `There is no file ${path}.` }),
  idx: (path) => ({ facts: path.includes("labels") ? { shape: [100], largest: 9 } : { shape: [100, 28, 28], largest: undefined } }),
};
const data = 'data D {\n  source csv("iris.csv")\n  target species\n}\n';
const train = "train M on D {\n  loss sparse_categorical_crossentropy\n}\n";

describe("syntax", () => {
  test("an unexpected token, and the next line is still checked", () => {
    diagnose(`model M {
  input 4
  dense ) 3
  #     ^ NN101
  dense 3 rleu
  #       ^^^^ NN202
  dense 1
}`);
  });
  test("an unclosed block is reported on its opening line, and the next block is read", () => {
    const { models, issues } = analyse("model M {\n  input 4\n  dense 3 relu\nmodel N {\n  input 2\n  dens 3\n}\n");
    expect(issues.map(({ code, span }) => `${code} ${span.start}`)).toEqual([
      "NN102 0",
      `NN201 ${"model M {\n  input 4\n  dense 3 relu\nmodel N {\n  input 2\n  ".length}`,
    ]);
    expect(models.map(({ name }) => name)).toEqual(["M", "N"]);
  });
  test.each(["train", "train {", "train {\n  epochs 3", "data D {", "data D", "expect {"])(
    "%j, which is being begun, has one message",
    (text) => {
      const model = "model M {\n  input 2\n  dense 1\n}\n";
      expect(analyse(`${model}${text}\n`).issues.map(({ code }) => code)).toEqual([expect.stringMatching(/^NN10[12]$/)]);
    },
  );
  test("an unclosed text and a malformed number", () => {
    diagnose(`data D {
  source csv("iris.csv)
  #          ^^^^^^^^^^ NN103
  split validation=0.2.1
  #                ^^^^^ NN104
}`);
  });
  test("an unclosed bracket does not affect the next lines", () => {
    const { issues } = analyse(
      `${data}model M {\n  input 2\n  dense 3 softmax\n}\ntrain M on D {\n  optimizer adam(learning_rate=0.1\n  loss sparse_categorical_crossentropy\n  epoch 3\n}\n`,
      files,
    );
    expect(issues.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(/^NN101 .*`\)` is missing/),
      expect.stringMatching(/^NN208 .*did you mean `epochs`/),
    ]);
  });
  test("a misspelt block has one finding, whatever is in it", () => {
    expect(analyse("modl M {\n  input 4\n  dense 3\n}\nmodel N {\n  input 2\n}\n").issues.map(({ code }) => code)).toEqual(["NN101"]);
  });
  test("keywords may be names where no keyword is expected", () => {
    diagnose("model data {\n  train: input on, not_, output\n  model: dense 2 relu\n  dense 1 from model\n}\n");
  });
});

test("a line in the wrong kind of block is reported, not ignored", () => {
  diagnose(`data D {
  features a
  target y
  0 -> 1
  accuracy >= 1
# ^^^^^^^^^^^^^ NN101
}
model M {
  input a
  dense 1
}
train M on D {
  loss mse
  0 -> 1
# ^^^^^^ NN101
  accuracy >= 1
# ^^^^^^^^^^^^^ NN101
}`);
});

test("a column that only the second data block lacks is reported too", () => {
  const { issues, plans } = analyse(
    `model M {\n  input length\n  dense 1\n}\n${data.replace("species", "width")}data E {\n  features long\n  target width\n  1 -> 2\n}\ntrain M on D {\n  loss mse\n}\nother: train M on E {\n  loss mse\n}\n`,
    files,
  );
  expect(issues.map(({ code, message }) => `${code} ${message}`)).toEqual([expect.stringMatching(/^NN211 E has no column `length`/)]);
  expect(plans.map((planned) => planned !== undefined)).toEqual([true, false]);
});

describe("names", () => {
  test("an unknown layer, activation, loss, optimizer, argument and directive, each with the nearest name", () => {
    const { issues } = analyse(
      `model M {\n  input 2\n  dence 3 relu\n  dense 3 rleu init=he_norml\n  dense 3 softmax\n}\n${data}train M on D {\n  loss sparse_crossentropy\n  optimizer adamm(learning_rat=1)\n  metrics acuracy\n  epoch 3\n}\n`,
      files,
    );
    expect(issues.map(({ code, message }) => `${code} ${/did you mean `(\w+)`/.exec(message)?.[1]}`)).toEqual([
      "NN201 dense",
      "NN202 relu",
      "NN206 he_normal",
      "NN203 sparse_categorical_crossentropy",
      "NN204 adam",
      "NN205 accuracy",
      "NN208 epochs",
    ]);
  });
  test("an unknown argument", () => {
    diagnose(`model M {
  input 4
  dense 3 relu l3=0.1
  #            ^^ NN207
  flatten 3
  #       ^ NN207
}`);
  });
  test("a label that nothing declares, a later one, and the layer itself", () => {
    diagnose(`model M {
  input 4
  a: dense 3 relu from zz
  #                    ^^ NN209
  b: dense 3 relu from c
  #                    ^ NN214
  c: dense 3 relu from c
  #                    ^ NN214
}`);
  });
  test("a name declared twice", () => {
    diagnose(`let n = 3
let n = 4
#   ^ NN210
model M {
  input n
  this: dense 3 relu
  this: dense 3 relu
# ^^^^ NN210
}`);
  });
  test("a `let` name may be written wherever its value may", () => {
    const { models } = diagnose("let n = 7\nlet m = n\nmodel M {\n  input 2\n  dense m relu\n  dense n\n}\n");
    expect(models[0]?.layers.map(({ output }) => output?.[0])).toEqual([2, 7, 7]);
  });
});

describe("arguments", () => {
  test.each([
    ["dense", "NN212", "`dense` needs `units`"],
    ["dense relu", "NN212", "`dense` needs `units`"],
    ["dense 0", "NN213", "a whole number from 1"],
    ["dense 2.5", "NN213", "2.5 is not a whole number"],
    ["dropout 1.5", "NN213", "1.5 is out of range"],
    ["dropout", "NN212", "`dropout` needs `rate`"],
    ["dense 3 relu bias=3", "NN213", "true, false or a list"],
    ["dense 3 kernel=[[1, 2], [3]]", "NN309", "rows"],
    ["dense 3 kernel=[[1, 2, 3]]", "NN309", "is 4x3"],
    ["concat", "NN212", "two or more labels"],
    ["reshape 3x3", "NN307", "the input's shape 4 has 4 and 3x3 has 9"],
    ["input 1e9", "NN213", "at most"],
    ["dense 1000000\n  dense 1000 relu", "NN308", "1,"],
  ])("%s → %s", (line, code, words) => {
    const { issues } = analyse(`model M {\n  input 4\n  ${line}\n}\n`);
    const [first] = issues.filter(({ severity }) => severity === "error");
    expect(`${first?.code} ${first?.message}`).toContain(code);
    expect(first?.message).toContain(words);
  });
  test("a repeat of very many layers is rejected before it is expanded", () => {
    expect(
      analyse("model M {\n  input 4\n  repeat 1000 {\n  repeat 1000 {\n  dense 4 relu\n  }\n  }\n}\n").issues.map(({ code }) => code),
    ).toEqual(["NN213"]);
  });
});

describe("shapes", () => {
  test("an image must be flattened before a dense layer, and the shapes after it are still known", () => {
    const { models, issues } = diagnose(`model M {
  input 28x28
  dense 10 relu
# ^^^^^ NN303
  dense 3 softmax
}`);
    expect(models[0]?.layers.map(({ output }) => output?.join("x"))).toEqual(["28x28", "10", "3"]);
    expect(issues[0]?.message).toBe("`dense` takes one axis, but its input is 28x28; add `flatten` before it.");
    expect(issues[0]?.fixes[0]?.changes[0]?.text).toContain("flatten");
  });
  test("add needs inputs of one shape; both are named with their sizes", () => {
    const { issues } = diagnose(`model M {
  i: input 4
  a: dense 3 relu
  b: dense 2 relu from i
  add from a, b
# ^^^ NN302
}`);
    expect(issues[0]?.message).toContain("`a` has the shape 3 and `b` 2");
    expect(issues[0]?.related).toHaveLength(2);
  });
  test("repeat expands its lines several times and numbers their labels", () => {
    const { models } = diagnose("model M {\n  i: input 4\n  repeat 3 {\n    h: dense 4 relu\n    add from h, i\n  }\n  dense 1\n}\n");
    expect(models[0]?.layers.map(({ id }) => id)).toEqual(["i", "h_1", "add_1", "h_2", "add_2", "h_3", "add_3", "dense_1"]);
    expect(models[0]?.layers[4]?.inputs.map(({ id }) => id)).toEqual(["h_2", "i"]);
  });
});

describe("model and data together", () => {
  test("the features must fit the input", () => {
    const { issues } = diagnose(
      `${data}model M {
  input 5
# ^^^^^^^ NN301
  dense 3 softmax
}
${train}`,
      files,
    );
    expect(issues[0]?.message).toBe("This input takes 5 values, but D has 2 features (length, width); write `input 2`.");
  });
  test("an unknown column, in the data and in the model", () => {
    diagnose(
      `data D {
  source csv("iris.csv")
  target specis
  #      ^^^^^^ NN211
}
model M {
  input length, widht
  #             ^^^^^ NN211
  dense 3 softmax
}
${train}`,
      files,
    );
  });
  test("the number of classes must fit the output units", () => {
    const { issues } = diagnose(
      `${data}model M {
  input 2
  dense 4 softmax
# ^^^^^^^^^^^^^^^ NN305
}
${train}`,
      files,
    );
    expect(issues[0]?.message).toBe("The output has 4 units, but the target has 3 classes (setosa, versicolor, virginica); use 3 units.");
  });
  test("the target columns must fit the output units", () => {
    diagnose(`model M {
  input 2
  dense 3
# ^^^^^^^ NN304
}
data D {
  0 1 -> 2
}
train M on D {
  loss mse
}`);
  });
  test("images into a flat input: the message says how to correct it", () => {
    const { issues } = diagnose(
      `data D {
  source idx("images", "labels")
}
model M {
  input 784
# ^^^^^^^^^ NN301
  dense 10 softmax
}
${train}`,
      files,
    );
    expect(issues[0]?.message).toContain("write `input 28x28` and `flatten`");
  });
  test("a row with too many or too few values", () => {
    const { issues } = diagnose(`model M {
  input a, b
  dense 1
}
data D {
  features a, b
  target y
  0 0 -> 0
  0 1 1 -> 1
# ^^^^^^^^^^ NN306
  1 1 -> 0 0
# ^^^^^^^^^^ NN306
}
train M on D {
  loss mse
}`);
    expect(issues[0]?.message).toBe("This row has 3 values before `->` where 2 are expected; remove 1.");
  });
  test("a text target under a loss for numbers, a text column among the features", () => {
    diagnose(
      `data D {
  source csv("iris.csv")
  target length
}
model M {
  input width, species
  #            ^^^^^^^ NN217
  dense 1
}
train M on D {
  loss mse
}`,
      files,
    );
    expect(
      analyse(`${data}model M {\n  input 2\n  dense 1\n}\ntrain M on D {\n  loss mse\n}\n`, files).issues.map(
        ({ code, message }) => `${code} ${message}`,
      ),
    ).toEqual([expect.stringMatching(/^NN403 .*`species` is text; use `sparse_categorical_crossentropy` for its 3 classes/)]);
  });
  test("a missing file is reported on the source line, without the findings that follow from it", () => {
    diagnose(
      `data D {
  source csv("nowhere.csv")
# ^^^^^^^^^^^^^^^^^^^^^^^^^ NN406
  target y
}
model M {
  input 2
  dense 1
}
train M on D {
  loss mse
}`,
      files,
    );
  });
  test("no loss, an unknown model, several models, nothing to train", () => {
    const model = "model M {\n  input 2\n  dense 3 softmax\n}\n";
    expect(analyse(`${data}${model}train M on D {\n  epochs 3\n}\n`, files).issues.map(({ code }) => code)).toEqual(["NN401"]);
    expect(analyse(`${data}${model}train N on D {\n  loss mse\n}\n`, files).issues.map(({ code }) => code)).toEqual(["NN209"]);
    expect(analyse(`${data}${model}${model.replace("M", "N")}train on D {\n  loss mse\n}\n`, files).issues.map(({ code }) => code)).toEqual(
      ["NN408"],
    );
    expect(
      analyse(`${data}model M {\n  input 2\n  relu\n}\ntrain M on D {\n  loss mse\n}\n`, files).issues.map(({ code }) => code),
    ).toContain("NN409");
  });
  test("monitoring validation without validation data", () => {
    expect(
      analyse(`${data}model M {\n  input 2\n  dense 3 softmax\n}\n${train.replace("}", "  stop early_stopping\n}")}`, files).issues.map(
        ({ code }) => code,
      ),
    ).toEqual(["NN407"]);
  });
});

test("a finding can be silenced on its line", () => {
  const text = "model M {\n  input 4\n  dense 8\n  dense 1\n}\n";
  expect(analyse(text).issues.map(({ code }) => code)).toEqual(["NN505"]);
  expect(analyse(text.replace("dense 8", "dense 8 # nn-ignore NN505")).issues).toEqual([]);
});

test("an explicit `linear` is no finding", () => {
  expect(analyse("model M {\n  input 4\n  dense 8 linear\n  dense 1\n}\n").issues).toEqual([]);
});

describe("related places", () => {
  const relatedIn = (text: string): string[] => {
    const { issues } = analyse(text, files);
    return issues.flatMap(({ code, related }) =>
      related.map(({ span, message }) => `${code} ${text.slice(span.start, span.end)}: ${message}`),
    );
  };
  test("the layer before a dense layer determines the rows of its kernel", () => {
    expect(relatedIn("model M {\n  input 3\n  dense 1 kernel=[[1], [2]]\n}\n")).toEqual(["NN309 input 3: This layer has 3 outputs."]);
  });
  test("the line that names the columns determines the values of a row", () => {
    expect(relatedIn("data D {\n  features a, b\n  target y\n  0 0 -> 1\n  0 -> 1\n}\n")).toEqual([
      "NN306 features a, b: This line asks for 2 values.",
    ]);
  });
  test("of two shapes that differ, both lines are named and either can be changed", () => {
    const text = "model M {\n  i: input 4\n  a: dense 3 relu\n  b: dense 2 relu from i\n  add from a, b\n}\n";
    expect(relatedIn(text)).toEqual([
      "NN302 a: dense 3 relu: This layer's output has the shape 3.",
      "NN302 b: dense 2 relu from i: This layer's output has the shape 2.",
    ]);
    expect(analyse(text).issues[0]?.fixes.map(({ title }) => title)).toEqual(["Change `b` to 3 units", "Change `a` to 2 units"]);
  });
});

describe("names of other libraries", () => {
  test.each([
    ["dense 3 silu", "swish"],
    ["dense 3 relu init=kaiming_uniform", "he_uniform"],
    ["BatchNormalization", "batch_norm"],
    ["Concatenate", "concat"],
  ])("%s is %s here", (line, ours) => {
    expect(analyse(`model M {\n  input 4\n  ${line}\n  dense 1\n}\n`).issues[0]?.message).toContain(`did you mean \`${ours}\`?`);
  });

  test("a repeat of 0 leaves its lines out, so that the number of hidden layers can be 0", () => {
    const { models, issues } = analyse("let layers = 0\nmodel M {\n  input 4\n  repeat layers {\n    h: dense 8 relu\n  }\n  dense 1\n}\n");
    expect(issues).toEqual([]);
    expect(models[0]?.layers.map(({ id, output }) => [id, output])).toEqual([
      ["input_1", [4]],
      ["dense_1", [1]],
    ]);
    expect(analyse("model M {\n  input 4\n  repeat -1 {\n    dense 8 relu\n  }\n  dense 1\n}\n").issues.map(({ code }) => code)).toEqual([
      "NN213",
    ]);
  });

  test("outside a repeat, a label inside it suggests its last copy", () => {
    const { issues } = analyse("model M {\n  input 4\n  repeat 3 {\n    h: dense 4 relu\n  }\n  dense 1 from h\n}\n");
    expect(issues.map(({ code, message }) => `${code} ${message}`)).toEqual(["NN209 No layer is named `h`; did you mean `h_3`?"]);
  });
});
