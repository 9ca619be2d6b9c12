/** Tests that each finding's example produces the finding, and that healthy trainings produce none. */
import { describe, expect, test } from "vitest";
import { type Code, exampleOf } from "../../server/language/diagnostics/repairs.ts";
import { trainingFindings } from "../../server/language/diagnostics/trainingFindings.ts";
import { atOnce, epochsOf, noFiles, planOf } from "../../test/fixtures.ts";
import type { LayerStatistics, TrainingEvent } from "../events.ts";
import { type FindingsObserver, observeFindings } from "./findings.ts";
import { train } from "./trainer.ts";

async function codesOf(text: string): Promise<{ codes: string[]; messages: string[] }> {
  const events: TrainingEvent[] = [];
  await train(planOf(text), { host: atOnce, files: noFiles, emit: (event) => events.push(event) });
  const found = events.flatMap((event) => (event.kind === "warning" || event.kind === "diverged" ? [event] : []));
  return { codes: found.map(({ code }) => code), messages: found.map(({ message }) => message) };
}

describe("findings", () => {
  test.each(Object.entries(trainingFindings))("%s is reported for its example", async (code, { example }) => {
    const { codes, messages } = await codesOf(example);
    expect(codes).toContain(code);
    for (const message of messages) expect(message).not.toMatch(/undefined|NaN|(?:Infinity|e\+\d+) times/);
  });

  test.each(Object.keys(trainingFindings) as Code[])("%s is not reported for its repaired example", async (code) => {
    const { text, repaired, lines } = exampleOf(code);
    expect(lines).toHaveLength(1);
    expect(repaired).not.toBe(text);
    expect((await codesOf(repaired)).codes).not.toContain(code);
  });

  test.each([
    [
      "a regression",
      "input x\n  dense 16 tanh\n  dense 1",
      "source sine(samples=200)\n  split validation=0.3",
      "loss mse\n  optimizer adam(learning_rate=0.01)\n  epochs 60",
    ],
    [
      "two classes",
      "input x1, x2\n  dense 16 relu\n  dense 16 relu\n  dense 1 sigmoid",
      "source moons(samples=300)\n  split validation=0.3",
      "loss binary_crossentropy\n  optimizer adam(learning_rate=0.01)\n  epochs 60",
    ],
    [
      "three classes",
      "input x1, x2\n  dense 32 relu\n  dense 3 softmax",
      "source spiral(samples=300, classes=3)",
      "loss sparse_categorical_crossentropy\n  optimizer adam(learning_rate=0.01)\n  epochs 100",
    ],
    [
      "parity",
      "input 4\n  dense 16 tanh\n  dense 1 sigmoid",
      "source parity(bits=4)",
      "loss binary_crossentropy\n  optimizer sgd(learning_rate=0.5)\n  batch 4\n  epochs 200",
    ],
    ["a converged line", "input x\n  dense 1", "source line(samples=100)", "loss mse\n  optimizer sgd(learning_rate=0.1)\n  epochs 200"],
  ])("%s that trains well has no finding", async (_name, model, data, training) => {
    expect((await codesOf(`model M {\n  ${model}\n}\ndata D {\n  ${data}\n}\ntrain M on D {\n  ${training}\n}\n`)).codes).toEqual([]);
  });

  test("dead units are counted by hand", async () => {
    // With biases of −9, inputs of at most π and small weights, seven of eight units are always 0.
    const { messages } = await codesOf(trainingFindings.NN602.example);
    expect(messages[0]).toMatch(/^7 of the 8 units of dense_1 are 0 for 90 % of the rows/);
  });

  test("a finding is reported once", async () => {
    const { codes } = await codesOf(trainingFindings.NN603.example.replace("epochs 3", "epochs 12"));
    expect(codes.filter((code) => code === "NN603")).toHaveLength(1);
  });

  test("a divergence names the layer with the first infinite value", async () => {
    const { messages } = await codesOf(
      "model M {\n  input x\n  dense 1 linear kernel=[[1e38]]\n  second: dense 1 linear kernel=[[1e38]]\n  dense 1\n}\ndata D {\n  source line(samples=8)\n}\ntrain M on D {\n  loss mse\n}\n",
    );
    expect(messages.at(-1)).toMatch(/^The output of second became -?Infinity/);
  });
});

/** A small number: 1 − NEAR and 1 + NEAR times a threshold are just below and just above it. */
const NEAR = 2 ** -30;

interface EpochValues {
  readonly loss?: number;
  readonly valLoss?: number | null;
  readonly learningRate?: number;
  readonly layers?: readonly Partial<LayerStatistics>[];
}

const statistics = (more: Partial<LayerStatistics>): LayerStatistics => ({
  layer: "h",
  gradient: gradient(1),
  updateRatio: 1e-3,
  weightNorm: 1,
  deadUnits: null,
  units: null,
  ...more,
});
const gradient = (norm: number): LayerStatistics["gradient"] => ({ norm, mean: 0, spread: 0, max: 0, zeros: 0 });

const observer = (train = "loss mse", last = "out: dense 1", target = "0.5"): FindingsObserver =>
  observeFindings({
    plan: planOf(
      `model M {\n  input 1\n  g: dense 8 relu\n  h: dense 8 relu\n  ${last}\n}\ndata D {\n  1 -> ${target}\n  2 -> 1\n  split validation=0.5\n}\ntrain M on D {\n  ${train}\n}`,
    ),
    examples: { features: new Float32Array(), featureCount: 1, targets: [], parts: { train: new Uint32Array() }, fit: { features: [] } },
  });

/** Returns the codes reported after each epoch. */
function reportedOf(epochs: readonly EpochValues[], observing = observer()): string[] {
  return epochs.map(({ loss = 1, valLoss = null, learningRate = 0.01, layers = [] }, k) =>
    observing
      .observe({ epoch: k + 1, loss, valLoss, metrics: {}, learningRate, seconds: 0, layers: layers.map(statistics) })
      .map(({ code }) => code)
      .join(),
  );
}

describe("just below and just above the thresholds", () => {
  describe("NN602: half of the units in ten epochs in a row, or in two at the end, or all of them in two", () => {
    const codesAfter = (dead: readonly number[], units: number) =>
      reportedOf(
        dead.map((deadUnits) => ({ layers: [{ deadUnits, units }] })),
        observer("loss mse\n  epochs 100"),
      );
    test.each([
      [8, [4, 4, 4, 4, 4, 4, 4, 4, 4], ["", "", "", "", "", "", "", "", ""]],
      [8, [4, 4, 4, 4, 4, 4, 4, 4, 4, 4], ["", "", "", "", "", "", "", "", "", "NN602"]],
      [8, [4, 4, 4, 3, 4, 4, 4, 4, 4, 4, 4, 4], ["", "", "", "", "", "", "", "", "", "", "", ""]],
      [8, [3, 3, 3, 3, 3, 3, 3, 3, 3], ["", "", "", "", "", "", "", "", ""]],
      [8, [8, 8], ["", "NN602"]],
      [8, [4, 8, 4], ["", "NN602", ""]],
      // Half of three units is one and a half.
      [3, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], ["", "", "", "", "", "", "", "", "", ""]],
      [3, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2], ["", "", "", "", "", "", "", "", "", "NN602"]],
      // Half of one unit is ½, so 0 dead units are too few and 1 is enough.
      [1, [0, 0], ["", ""]],
      [1, [1, 1], ["", "NN602"]],
    ])("a layer of %i units with %j dead ones", (units, dead, wanted) => {
      expect(codesAfter(dead, units)).toEqual(wanted);
    });

    test("at the last epoch, two in a row are enough", () => {
      const course = (dead: readonly number[]): string[] =>
        reportedOf(
          dead.map((deadUnits) => ({ layers: [{ deadUnits, units: 8 }] })),
          observer("loss mse\n  epochs 4"),
        );
      expect(course([0, 0, 4, 4])).toEqual(["", "", "", "NN602"]);
      expect(course([0, 4, 0, 4])).toEqual(["", "", "", ""]);
    });

    test("each layer is counted on its own", () => {
      const of = (layer: string, deadUnits: number) => ({ layer, deadUnits, units: 8 });
      expect(reportedOf([{ layers: [of("g", 8), of("h", 0)] }, { layers: [of("g", 0), of("h", 8)] }])).toEqual(["", ""]);
      expect(reportedOf([{ layers: [of("g", 8), of("h", 8)] }, { layers: [of("g", 8), of("h", 8)] }])).toEqual(["", "NN602,NN602"]);
    });

    test("a network that learns with the units that are left has no finding", () => {
      const course = (last: number) =>
        Array.from({ length: 10 }, (_, k) => ({ loss: k === 0 ? 1 : last, layers: [{ deadUnits: 4, units: 8 }] }));
      expect(reportedOf(course(0.5)).join("")).toBe("");
      expect(reportedOf(course(0.5 * (1 + NEAR))).join("")).toBe("NN602");
    });

    test.each([["batch all"], ["batch 4"]])("a unit is dead if it is 0 for 9 of 10 rows, but not for 8 (%s)", async (batch) => {
      // relu(x − 9.5) is above 0 only for x = 10, relu(x − 8.5) for 9 and 10.
      const rows = Array.from({ length: 10 }, (_, k) => `  ${k + 1} -> 0`).join("\n");
      const text = `model M {\n  input 1\n  dense 2 relu kernel=[[1, 1]] bias=[-9.5, -8.5]\n  dense 1\n}\ndata D {\n${rows}\n}\ntrain M on D {\n  loss mse\n  optimizer sgd(learning_rate=1e-9)\n  ${batch}\n  epochs 2\n}`;
      const events: TrainingEvent[] = [];
      await train(planOf(text), { host: atOnce, files: noFiles, precision: "float64", emit: (event) => events.push(event) });
      expect(epochsOf(events).map(({ layers }) => layers.map(({ deadUnits, units }) => [deadUnits, units]))).toEqual([
        [
          [1, 2],
          [null, null],
        ],
        [
          [1, 2],
          [null, null],
        ],
      ]);
    });
  });

  describe("NN603 and NN604: the gradient's norm", () => {
    const layers = (...norms: number[]): EpochValues => ({
      layers: norms.map((norm, k) => ({ layer: ["g", "h", "out"].at(k - norms.length) ?? "", gradient: gradient(norm) })),
    });
    test.each([
      ["a thousandth of the output's", layers(1, 0.001, 1), ""],
      ["a little less", layers(1, 0.001 * (1 - NEAR), 1), "NN603"],
      ["less, where the output's is almost 0", layers(1e-12, 1e-12, 1e-7), ""],
    ])("%s", (_what, epoch, code) => {
      // A vanishing gradient is reported in its second epoch, an exploding one immediately.
      expect(reportedOf([epoch, epoch]).at(-1)).toBe(code);
    });

    test("one epoch with a small gradient may be an exception", () => {
      expect(reportedOf([layers(1, 1e-6, 1), layers(1, 1, 1), layers(1, 1e-6, 1)])).toEqual(["", "", ""]);
    });

    test("nothing vanishes once the output's gradient is less than a hundredth of the first one", () => {
      expect(reportedOf([layers(1, 1, 1), layers(1e-8, 1e-8, 0.01 * (1 - NEAR)), layers(1e-8, 1e-8, 0.01 * (1 - NEAR))]).join("")).toBe("");
      expect(reportedOf([layers(1, 1, 1), layers(1e-8, 1e-8, 0.01), layers(1e-8, 1e-8, 0.01)])).toEqual(["", "", "NN603"]);
    });

    test("no gradient vanishes where all units of a layer are dead", () => {
      const epoch = { layers: [{ layer: "g", gradient: gradient(1e-9) }, { layer: "h", deadUnits: 8, units: 8 }, { layer: "out" }] };
      expect(reportedOf([epoch, epoch])).toEqual(["", "NN602"]);
    });

    test("no layer vanishes if the output explodes", () => {
      expect(reportedOf([layers(1, 1, 1e4 * (1 + NEAR))])).toEqual(["NN604"]);
    });

    test.each([
      ["a thousand times the weights'", 1000, ""],
      ["a little more", 1000 * (1 + NEAR), "NN604"],
    ])("%s", (_what, norm, code) => {
      expect(reportedOf([{ layers: [{ layer: "out", gradient: gradient(norm), weightNorm: 1 }] }])).toEqual([code]);
      expect(reportedOf([{ layers: [{ layer: "out", gradient: gradient(2 * norm), weightNorm: 2 }] }])).toEqual([code]);
      // Weights near 0 are treated as having the norm 1.
      expect(reportedOf([{ layers: [{ layer: "out", gradient: gradient(norm), weightNorm: 1e-3 }] }])).toEqual([code]);
    });

    test.each([
      ["tenfold from layer to layer, twice", layers(100, 10, 1), ""],
      ["a little more than tenfold, twice", layers(100 * (1 + 3 * NEAR), 10 * (1 + NEAR), 1), "NN604"],
      ["more than tenfold, then less", layers(100, 10 * (1 + NEAR), 1), ""],
      ["tenfold, then more", layers(101, 10, 1), ""],
    ])("%s", (_what, epoch, code) => {
      expect(reportedOf([epoch])).toEqual([code]);
    });
  });

  describe("NN605: three rises of more than a tenth of the first loss in five epochs", () => {
    /** Returns `before` epochs with the loss 1, followed by `count` rises with a fall after each but the last. */
    const rising = (rise: number, count: number, before: number): EpochValues[] => {
      const losses = Array.from({ length: before }, () => 1);
      for (let k = 0; k < count; k++) losses.push(1 + rise, 1);
      return losses.slice(0, -1).map((loss) => ({ loss }));
    };
    test.each([
      ["three of an eighth", rising(0.125 * (1 + NEAR), 3, 5), "NN605"],
      ["two", rising(0.125, 2, 7), ""],
      ["three within ten epochs from the first", rising(0.125, 3, 4), ""],
      ["three of a little less than a tenth", rising(0.1 * (1 - NEAR), 3, 5), ""],
      ["three of a little more than a tenth", rising(0.1 * (1 + NEAR), 3, 5), "NN605"],
    ])("%s", (_what, epochs, code) => {
      expect(reportedOf(epochs).at(-1)).toBe(code);
    });

    test("before the tenth epoch a loss is reported only if it exceeds ten times the first", () => {
      const losses = (last: number): EpochValues[] => [1, 1, 2, 1, 2, 1, last].map((loss) => ({ loss }));
      expect(reportedOf(losses(10)).at(-1)).toBe("");
      expect(reportedOf(losses(10 * (1 + NEAR))).at(-1)).toBe("NN605");
    });
  });

  describe("NN606: an update of less than 1e-5 of the weights and a loss over nine tenths of the first, after six epochs", () => {
    const codesAfter = (count: number, updateRatio: number, last: number, other = 0): string[] =>
      reportedOf(
        Array.from({ length: count }, (_, k) => ({
          loss: k === 0 ? 1 : last,
          layers: [{ updateRatio: other }, { updateRatio }],
        })),
      );
    test.each([
      ["both", codesAfter(6, 1e-5 * (1 - NEAR), 0.9 * (1 + NEAR)), "NN606"],
      ["an update of 1e-5", codesAfter(6, 1e-5, 1), ""],
      ["a loss of nine tenths", codesAfter(6, 1e-6, 0.9), ""],
      ["another layer that moves", codesAfter(6, 1e-6, 1, 1e-5), ""],
      ["five epochs", codesAfter(5, 1e-6, 1), ""],
    ])("%s", (_what, reported, code) => {
      expect(reported.at(-1)).toBe(code);
      expect(reported.slice(0, -1).join("")).toBe("");
    });
  });

  describe("NN607: the validation loss over one and a half times its best for five epochs, and rising", () => {
    interface Course {
      readonly before?: number;
      readonly late?: number;
      readonly dip?: number;
      readonly loss?: number;
      readonly epochs?: number;
    }
    /** The first epoch has the best validation loss, 1. The next five have the loss `before`, the others `late`, and the last one `dip`. */
    const codesAfter = ({ before = 1.25, late = 1.75, dip = late, loss = 0.5, epochs = 11 }: Course, train = "loss mse"): string[] =>
      reportedOf(
        Array.from({ length: epochs }, (_, k) => ({
          loss: k === 0 ? 1 : loss,
          valLoss: k === 0 ? 1 : k <= 5 ? before : k === epochs - 1 ? dip : late,
        })),
        observer(train),
      );
    test.each([
      ["all of it", {}, "NN607"],
      ["ten epochs in all", { epochs: 10 }, ""],
      ["one of the last five at one and a half", { dip: 1.5 }, ""],
      ["one of the last five a little above it", { dip: 1.5 * (1 + NEAR) }, "NN607"],
      ["a training loss of nine tenths of the first", { loss: 0.9 }, ""],
      ["a training loss a little below nine tenths of the first", { loss: 0.9 * (1 - NEAR) }, "NN607"],
      ["no rise over the five epochs before", { before: 1.75 }, ""],
      ["a tiny rise over the five epochs before", { before: 1.75 * (1 - NEAR) }, "NN607"],
    ])("%s", (_what, course, code) => {
      const reported = codesAfter(course);
      expect(reported.at(-1)).toBe(code);
      expect(reported.slice(0, -1).join("")).toBe("");
    });

    test("the ten epochs are counted from the best epoch", () => {
      const losses = [3, 1, 1.25, 1.25, 1.25, 1.25, 1.25, 1.75, 1.75, 1.75, 1.75, 1.75];
      const reported = reportedOf(losses.map((valLoss, k) => ({ valLoss, loss: k < 2 ? 1 : 0.5 })));
      expect(reported).toEqual([...losses.slice(1).map(() => ""), "NN607"]);
    });

    test("overfitting is reported with early stopping on the training loss, but not with early stopping on the validation loss", () => {
      expect(codesAfter({}, "loss mse\n  stop early_stopping(monitor=val_loss)").join("")).toBe("");
      expect(codesAfter({}, "loss mse\n  stop early_stopping(monitor=loss)").join("")).toBe("NN607");
    });

    test("a validation loss below the training loss shows no overfitting", () => {
      expect(codesAfter({ loss: 0.8, late: 1.75 }).join("")).toBe("NN607");
      const scaled = Array.from({ length: 11 }, (_, k) => ({ loss: k === 0 ? 3 : 2, valLoss: k === 0 ? 1 : k <= 5 ? 1.25 : 1.75 }));
      expect(reportedOf(scaled).join("")).toBe("");
    });

    test("with a learning rate above the usual ones, the rate is the cause of a rise", () => {
      expect(codesAfter({}, "loss mse\n  optimizer adam(learning_rate=1)").join("")).toBe("");
      expect(codesAfter({}, "loss mse\n  optimizer adam(learning_rate=0.01)").join("")).toBe("NN607");
    });

    test("nothing is reported without validation", () => {
      expect(reportedOf(Array.from({ length: 20 }, (_, k) => ({ loss: 1 - k / 400 }))).join("")).toBe("");
    });
  });

  describe("NN609: a last loss of more than half of the first that fell by more than 2 % over the last fifth of the epochs", () => {
    const codesAfter = (before: number, last: number, train = "epochs 10", valLosses?: readonly number[]): string[] =>
      reportedOf(
        Array.from({ length: 10 }, (_, k) => ({ loss: k === 0 ? 1 : k < 9 ? before : last, valLoss: valLosses?.[k] ?? null })),
        observer(`loss mse\n  ${train}`),
      );
    test.each([
      ["both", codesAfter(0.6 * 1.02 * (1 + NEAR), 0.6), "NN609"],
      ["a fall of a little less than 2 %", codesAfter(0.6 * 1.02 * (1 - NEAR), 0.6), ""],
      ["half of the first loss", codesAfter(0.8, 0.5), ""],
      ["a little more than half of it", codesAfter(0.8, 0.5 * (1 + NEAR)), "NN609"],
      ["more epochs to come", codesAfter(0.8, 0.6, "epochs 11"), ""],
      ["a validation loss that rises at the end", codesAfter(0.8, 0.6, "epochs 10", [9, 8, 7, 6, 5, 4, 3, 2, 1, 1.1]), ""],
      ["a validation loss that was lower before", codesAfter(0.8, 0.6, "epochs 10", [9, 1, 2, 3, 4, 5, 6, 7, 6.5, 6]), ""],
      ["a validation loss that falls, too", codesAfter(0.8, 0.6, "epochs 10", [9, 8, 7, 6, 5, 4, 3, 2, 1.1, 1]), "NN609"],
    ])("%s", (_what, reported, code) => {
      expect(reported.at(-1)).toBe(code);
      expect(reported.slice(0, -1).join("")).toBe("");
    });

    test("nothing is reported where another finding says why the network learns little", () => {
      const falling = Array.from({ length: 10 }, (_, k) => ({ loss: 1 - k / 40, layers: [{ deadUnits: 4, units: 8 }] }));
      expect(reportedOf(falling, observer("loss mse\n  epochs 10")).join(" ").trim()).toBe("NN602");
    });

    test("a learning rate below the optimizer's default whose updates are short is named, else the epochs", () => {
      const messageFor = (updateRatio: number, learningRate: number): string | undefined => {
        const observing = observer("loss mse\n  optimizer sgd\n  epochs 10");
        return Array.from({ length: 10 }, (_, k) =>
          observing.observe({
            epoch: k + 1,
            loss: 1 - k / 40,
            valLoss: null,
            metrics: {},
            learningRate,
            seconds: 0,
            layers: [statistics({ updateRatio })],
          }),
        )
          .flat()
          .map(({ at }) => at)
          .join();
      };
      expect(messageFor(1e-4, 0.001)).toBe("epochs");
      expect(messageFor(1e-4 * (1 - NEAR), 0.001)).toBe("optimizer");
      expect(messageFor(1e-4 * (1 - NEAR), 0.01)).toBe("epochs");
    });
  });

  describe("NN608: a first loss of more than four times chance", () => {
    const binary = (): FindingsObserver => observer("loss binary_crossentropy", "out: dense 1 sigmoid", "0");
    const classes = (): FindingsObserver => observer("loss sparse_categorical_crossentropy", "out: dense 5 softmax", "0");
    const reported = (from: FindingsObserver, loss: number): string =>
      from
        .start(loss)
        .map(({ code }) => code)
        .join();
    test("two classes: 4 · ln 2, five classes: 4 · ln 5", () => {
      expect(reported(binary(), 4 * Math.log(2))).toBe("");
      expect(reported(binary(), 4 * Math.log(2) * (1 + NEAR))).toBe("NN608");
      expect(reported(classes(), 4 * Math.log(5))).toBe("");
      expect(reported(classes(), 4 * Math.log(5) * (1 + NEAR))).toBe("NN608");
    });

    test("the focal loss: 4 · (½)^gamma · ln 2", () => {
      const focal = (): FindingsObserver => observer("loss binary_focal_crossentropy(gamma=3)", "out: dense 1 sigmoid", "0");
      expect(reported(focal(), (4 * Math.log(2)) / 8)).toBe("");
      expect(reported(focal(), ((4 * Math.log(2)) / 8) * (1 + NEAR))).toBe("NN608");
    });

    test("a weighted loss is compared with chance times the weight", () => {
      const half = (): FindingsObserver => observer("loss binary_crossentropy\n  loss_weights out=0.5", "out: dense 1 sigmoid", "0");
      expect(reported(half(), 2 * Math.log(2))).toBe("");
      expect(reported(half(), 2 * Math.log(2) * (1 + NEAR))).toBe("NN608");
    });

    test("a loss on numbers is not compared with chance", () => {
      expect(reported(observer(), 1e9)).toBe("");
    });
  });
});
