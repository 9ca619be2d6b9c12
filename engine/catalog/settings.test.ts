/** The catalog types the settings with which the engine computes: a misspelt or missing setting does not compile. */
import { describe, expect, test } from "vitest";
import { boolean, defaultsOf, type EveryRead, type NoSettings, number, type Reads, type Settings } from "./arguments.ts";
import { type Configured, type SettingsOf, withDefaults } from "./index.ts";

const adam = withDefaults("optimizers", "adam");

describe("settings are typed by the catalog", () => {
  test("a misspelt name does not compile", () => {
    // @ts-expect-error: `beta_3` is not an argument of adam.
    expect(adam.settings.beta_3).toBeUndefined();
    // @ts-expect-error: `moment` is not an argument of sgd.
    const written: Configured<"optimizers", "sgd"> = { name: "sgd", settings: { moment: 0.9, nesterov: 0 } };
    expect(written.settings).not.toHaveProperty("momentum");
  });

  test("a missing argument does not compile", () => {
    // @ts-expect-error: `nesterov` is missing.
    const sgd: Configured<"optimizers"> = { name: "sgd", settings: { momentum: 0.9 } };
    // @ts-expect-error: `alpha` is missing.
    const elu: Configured<"activations"> = { name: "elu", settings: {} };
    expect([sgd, elu]).toHaveLength(2);
  });

  test("another entry's settings, and a boolean that is neither 0 nor 1, do not compile", () => {
    // @ts-expect-error: sgd has no betas.
    const sgd: Configured<"optimizers"> = { name: "sgd", settings: adam.settings };
    // @ts-expect-error: a flag is 0 or 1.
    const flag: Settings<{ readonly amsgrad: ReturnType<typeof boolean> }> = { amsgrad: 2 };
    expect([sgd, flag]).toHaveLength(2);
  });

  test("an entry that needs a value has no defaults", () => {
    // @ts-expect-error: `initial` and `steps` must be given.
    expect(withDefaults("schedules", "step_decay").settings).toEqual({ rate: 0.5, warmup_steps: 0 });
  });

  test("a setting that no reader takes does not compile", () => {
    type Sgd = Pick<SettingsOf<"optimizers">, "sgd">;
    const readers = { sgd: ({ momentum }: Reads<"momentum">) => momentum };
    // @ts-expect-error: nothing reads `nesterov`.
    const half = readers satisfies EveryRead<Sgd, [typeof readers]>;
    const others = { sgd: ({ nesterov }: Reads<"nesterov">) => nesterov };
    const whole = readers satisfies EveryRead<Sgd, [typeof readers, typeof others]>;
    // @ts-expect-error: adam has settings.
    adam.settings satisfies NoSettings;
    expect([half, whole]).toHaveLength(2);
  });

  test("a reader without types of its own reads nothing", () => {
    type Elu = Pick<SettingsOf<"activations">, "elu">;
    const formulas = { elu: { value: (z) => z } } satisfies { readonly elu: { readonly value: (z: number, settings: never) => number } };
    // @ts-expect-error: nothing reads `alpha`.
    expect(formulas satisfies EveryRead<Elu, [typeof formulas]>).toHaveProperty("elu");
  });

  test("a misspelt bound does not compile", () => {
    // @ts-expect-error: `defualt` is not a bound.
    expect(number("A number.", { min: 0, defualt: 1 })).not.toHaveProperty("default");
  });
});

test("defaults are the catalog's numbers, with booleans as 0 or 1 and without values that the plan stores elsewhere", () => {
  expect(adam).toEqual({ name: "adam", settings: { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, amsgrad: 0 } });
  expect(withDefaults("optimizers", "perceptron").settings).toEqual({});
  expect(defaultsOf({ a: number("A number.", {}), b: boolean("A flag.", true) })).toEqual({ b: 1 });
});
