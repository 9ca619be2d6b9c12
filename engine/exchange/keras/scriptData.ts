/** Writes the part of a Keras script that reads the data: with the columns, scales, categories and split of the training. */
import type { TargetForm } from "../../catalog/losses.ts";
import { type DataFit, formOf, readsClasses, type TargetFit, unitsOf } from "../../data/fit.ts";
import { generate } from "../../data/generators.ts";
import type { OutputPlan, SourcePlan, TrainingPlan } from "../../plan.ts";
import { ExchangeProblem } from "../problem.ts";
import { python, pythonText } from "./python.ts";

/** The maximum number of rows to write into the script: rows of a generator, or rows in the file itself. */
const MOST_ROWS = 20_000;

const READ_TABLE = `def read_table(path, delimiter=None, header=True, comment=None):
    """Returns the columns of a CSV file, plain or gzip, by name, as text."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\\x1f\\x8b"
    with (gzip.open if packed else open)(path, "rt", encoding="utf-8-sig", newline="") as file:
        lines = [line for line in file if line.strip() and not (comment and line.startswith(comment))]
    if delimiter is None:
        delimiter = csv.Sniffer().sniff(lines[0], ",;\\t|").delimiter if len(lines[0].split()) else ","
    rows = [line.split() for line in lines] if delimiter == " " else list(csv.reader(lines, delimiter=delimiter))
    names = [name.strip() or f"column_{k + 1}" for k, name in enumerate(rows.pop(0))] if header else [f"column_{k + 1}" for k in range(len(rows[0]))]
    return {name: [row[k].strip() for row in rows] for k, name in enumerate(names)}


def number(cell):
    """Returns the cell's number; NaN if the cell marks a missing value."""
    if str(cell).strip().lower() in MISSING:
        return math.nan
    return float(str(cell).replace(THOUSANDS, "").replace(DECIMAL, ".") if isinstance(cell, str) else cell)
`;

const READ_IMAGES = `def read_idx(path):
    """Returns the bytes of an IDX file, plain or gzip, as an array of its shape."""
    with open(path, "rb") as file:
        raw = file.read()
    raw = gzip.decompress(raw) if raw[:2] == b"\\x1f\\x8b" else raw
    shape = [int.from_bytes(raw[4 + 4 * k : 8 + 4 * k], "big") for k in range(raw[3])]
    return np.frombuffer(raw, "uint8", offset=4 + 4 * len(shape)).reshape(shape)
`;

/** Returns the functions and lines that create \`X\` [rows, features], the targets \`Y\` and the classes for the split. */
export function scriptData(plan: TrainingPlan, fit: DataFit): string {
  return plan.data.source.kind === "idx" ? images(plan, fit) : table(plan, fit);
}

export const hasWeights = ({ data }: TrainingPlan): boolean => data.classWeight !== null || data.sampleWeight !== null;

/** Returns the lines that weight the training rows after the split; an empty text if all rows have equal weight. */
export function weightLines(plan: TrainingPlan, { targets }: DataFit): string {
  const { classWeight, sampleWeight } = plan.data;
  if (!hasWeights(plan)) return "";
  const outputs = plan.training.outputs.map((output, k) => {
    const labels = classWeight === null ? [] : [`LABELS[${k}]`];
    const named = Array.isArray(classWeight) ? [python(namedWeights(plan, output, targets[k]))] : [];
    return `row_weights(${[...labels, ...named].join(", ")})`;
  });
  const ofClass =
    classWeight === null
      ? ""
      : classWeight === "balanced"
        ? `    if labels is not None:
        counts = collections.Counter(labels[row] for row in train)
        found[train] = [len(train) / (len(counts) * counts[labels[row]]) for row in train]
`
        : `    if labels is not None:
        weight_of = dict(named)
        found[train] = [weight_of.get(labels[row], 1) for row in train]
`;
  const parameters = classWeight === null ? "" : classWeight === "balanced" ? "labels" : "labels, named";
  return `
def row_weights(${parameters}):
    """Returns the weight of each row's loss in training. Other rows have weight 1."""
    found = np.ones(sum(COUNTS))
${ofClass}${sampleWeight === null ? "" : `    found[train] *= [number(tables[0][${pythonText(sampleWeight)}][row]) for row in train]\n`}    return found


weights = [${outputs.join(", ")}]


def weights_of(rows):
    found = [own[rows].astype("float32") for own in weights]
    return found[0] if len(found) == 1 else tuple(found)

`;
}

/** Returns the class weights by the script's labels. A class that the output lacks is left out. */
function namedWeights({ data }: TrainingPlan, output: OutputPlan, target: TargetFit | undefined): (readonly [number, number])[] {
  if (!Array.isArray(data.classWeight) || output.target === "features") return [];
  const columns = data.target.slice(...output.target);
  const names = target?.classes ?? (columns.length > 1 ? columns : null);
  return data.classWeight.flatMap(({ name, weight }) => {
    const label = names ? names.indexOf(name) : Number(name);
    return label >= 0 || !names ? [[label, weight] as const] : [];
  });
}

function images({ data, training: { outputs } }: TrainingPlan, { features: [pixels] }: DataFit): string {
  const sources = [data.source, data.ownSources.validation, data.ownSources.test].filter((one) => one !== null);
  const paths = sources.flatMap((one) => (one.kind === "idx" ? [[one.images, one.labels]] : []));
  const { offset, factor } = pixels?.scaler ?? { offset: 0, factor: 1 };
  return `${READ_IMAGES}

FILES = ${python(paths)}
images = [read_idx(path) for path, _ in FILES]
labels = [read_idx(path) for _, path in FILES]
COUNTS = [len(one) for one in images]
X = (np.concatenate(images).reshape(sum(COUNTS), -1) - ${offset}) / ${factor}
label = np.concatenate(labels).astype(int)
classes = list(label)
${data.classWeight === null ? "" : `LABELS = [${outputs.map((output) => (output.target === "features" ? "None" : "classes")).join(", ")}]\n`}Y = [${outputs.map((output) => (output.target === "features" ? "X" : "label")).join(", ")}]
`;
}

function table(plan: TrainingPlan, fit: DataFit): string {
  const { data, training } = plan;
  const sources = [data.source, data.ownSources.validation, data.ownSources.test].filter((one) => one !== null);
  const csv = sources.find((one) => one.kind === "csv");
  const { features, targets } = fit;
  const encoded = training.outputs.map((output, k) => targetLines(plan, output, targets[k]));
  return `${READ_TABLE}

# Numbers are scaled: (value - offset) / factor. A missing number becomes the mean. Each category has its own column.
MISSING = ${python(["", "na", "n/a", "nan", "null", "?", "-", "#n/a", "none", ...data.missingValues.map((one) => one.toLowerCase())])}
DECIMAL, THOUSANDS = ${pythonText(csv?.decimal ?? ".")}, ${pythonText(csv?.thousands ?? "\u0000")}
FEATURES = [
${features.map(({ name, scaler, fill, words }) => `    (${pythonText(name ?? "")}, ${words ? `${python(words)}, None, None, None` : `None, ${scaler.offset}, ${scaler.factor}, ${python(fill)}`}),`).join("\n")}
]
TARGETS = ${python(data.target)}

tables = [
${sources.map((source) => `    ${tableOf(source)},`).join("\n")}
]
${data.missing === "drop" ? dropped(data) : ""}COUNTS = [len(table[TARGETS[0]]) for table in tables]


def column(name):
    return [cell for table in tables for cell in table[name]]


def feature(name, words, offset, factor, fill):
    cells = column(name)
    if words is not None:
        return np.array([[float(str(cell) == word) for word in words] for cell in cells])
    values = np.array([number(cell) for cell in cells])
    return ((np.where(np.isnan(values), fill, values) - offset) / factor)[:, None]


X = np.concatenate([feature(*one) for one in FEATURES], axis=1)
classes = None
${data.classWeight === null ? "" : "LABELS = []\n"}Y = []
${encoded.join("\n")}
`;
}

/** Weight and group columns exist only in the data's own source. */
const dropped = ({ sampleWeight, split }: TrainingPlan["data"]): string => `for table in tables:
    used = [name for name in [one[0] for one in FEATURES] + TARGETS + ${python([sampleWeight, split.by].filter((name) => name !== null))} if name in table]
    rows = [k for k in range(len(table[used[0]])) if not any(str(table[name][k]).strip().lower() in MISSING for name in used)]
    table.update({name: [cells[k] for k in rows] for name, cells in table.items()})
`;

function tableOf(source: SourcePlan): string {
  switch (source.kind) {
    case "csv":
      return `read_table(${pythonText(source.path)}, delimiter=${python(source.delimiter)}, header=${python(source.header)}, comment=${python(source.comment)})`;
    case "idx":
      throw new ExchangeProblem("its data mix images and tables");
    case "generator":
      return columnsOf(source.columns, generate(source.use, MOST_ROWS + 1));
    case "table":
      return columnsOf(source.columns, source.rows);
  }
}

function columnsOf(names: readonly string[], rows: readonly (readonly (number | string)[])[]): string {
  if (rows.length > MOST_ROWS)
    throw new ExchangeProblem(`its data have more than ${MOST_ROWS} rows that are in no file; write them to a CSV file`);
  return `{\n${names.map((name, k) => `        ${pythonText(name)}: ${python(rows.map((row) => row[k]))},`).join("\n")}\n    }`;
}

/** Returns the lines that append an output's target in the form required by its loss. */
function targetLines(plan: TrainingPlan, output: OutputPlan, target: TargetFit | undefined): string {
  const labelled = (labels: string): string => (plan.data.classWeight === null ? "" : `LABELS.append(${labels})\n`);
  if (output.target === "features" || !target) return `${labelled("None")}Y.append(X)`;
  const form = formOf(plan, output);
  const columns = plan.data.target.slice(...output.target);
  const units = unitsOf(plan, output);
  const first = "classes = list(index) if classes is None else classes\n";
  if (readsClasses(target, form)) {
    const cells = `column(${pythonText(columns[0] ?? "")})`;
    const index = target.classes
      ? `index = np.array([${python(target.classes)}.index(str(cell)) for cell in ${cells}])\n`
      : `index = np.array([int(number(cell)) for cell in ${cells}])\n`;
    return index + first + labelled("list(index)") + classTarget(form, units);
  }
  const values = `values = np.array([[number(cell) for cell in column(name)] for name in ${python(columns)}]).T\n`;
  const own = target.zeroAsMinusOne
    ? "Y.append(2 * values - 1)"
    : `Y.append((values - ${python(target.scalers.map(({ offset }) => offset))}) / ${python(target.scalers.map(({ factor }) => factor))})`;
  const isOfClass = form !== "number" && (columns.length === 1 || form === "one_hot");
  const labels = !isOfClass ? "None" : columns.length === 1 ? "list(values[:, 0])" : "list(values.argmax(axis=1))";
  return `${values}${strata(form, columns.length)}${labelled(labels)}${own}`;
}

/** A split is stratified if each row has a class: every part has the same share of each class. */
function strata(form: TargetForm, columns: number): string {
  if (form === "number") return "";
  if (columns === 1)
    return "if classes is None and all(value in (-1, 0, 1) for value in values[:, 0]):\n    classes = list(values[:, 0])\n";
  return form === "one_hot"
    ? "if classes is None and all(sorted(row)[:-1] == [0] * (len(row) - 1) and max(row) == 1 for row in values.tolist()):\n    classes = list(values.argmax(axis=1))\n"
    : "";
}

function classTarget(form: TargetForm, units: number): string {
  if (form === "class_index") return "Y.append(index)";
  const scaled = form === "sign" ? "2 * own - 1" : "own";
  return units === 1 ? `own = index[:, None].astype(float)\nY.append(${scaled})` : `own = np.eye(${units})[index]\nY.append(${scaled})`;
}
