/** Generates the samples' invented tables, faults.csv and bike-rides.csv, by the formulas below: `node scripts/run/sampleData.ts`. */
import { writeFileSync } from "node:fs";
import { type Random, randomFrom } from "../../engine/random.ts";
import { inProject } from "../project.ts";

const SEED = 1957;

const tenths = (value: number): number => Math.round(10 * value) / 10;
const hundredths = (value: number): number => Math.round(100 * value) / 100;

const table = (columns: string, rows: readonly (readonly (string | number)[])[]): string =>
  `${columns}\n${rows.map((row) => row.join(",")).join("\n")}\n`;

/** Machines, about one in 20 of which is about to fail. The probability rises with wear and vibration. */
function faults({ uniform, normal }: Random): string {
  const rows = Array.from({ length: 1000 }, () => {
    const [temperature, vibration, age] = [60 + 8 * normal(), 3 + normal(), 10 * uniform()];
    const risk = 0.15 * (temperature - 60) + 2 * (vibration - 3) + 0.8 * age - 10.5;
    return [tenths(temperature), hundredths(vibration), tenths(age), uniform() < 1 / (1 + Math.exp(-risk)) ? "yes" : "no"];
  });
  return table("temperature,vibration,age,fault", rows);
}

/** Two years of bicycle rentals, day by day. A temperature of -999 and an empty rain cell were not measured. */
function rides({ uniform, normal }: Random): string {
  const rows = Array.from({ length: 730 }, (_, day) => {
    const date = new Date(Date.UTC(2023, 0, 1 + day));
    const temperature = 11 - 9 * Math.cos((2 * Math.PI * (day - 20)) / 365) + 3 * normal();
    const rain = uniform() < 0.4 ? 8 * uniform() ** 2 : 0;
    const weekend = [0, 6].includes(date.getUTCDay()) ? 1 : 0;
    const count = Math.max(0, Math.round(120 + 11 * temperature - 22 * rain - 45 * weekend + 25 * normal()));
    return [
      date.toISOString().slice(0, 7),
      uniform() < 0.03 ? -999 : tenths(temperature),
      uniform() < 0.03 ? "" : tenths(rain),
      weekend,
      count,
      count > 260 ? "yes" : "no",
    ];
  });
  return table("month,temperature,rain,weekend,rides,crowded", rows);
}

writeFileSync(inProject("samples/faults.csv"), faults(randomFrom(SEED, "generator", 0)));
writeFileSync(inProject("samples/bike-rides.csv"), rides(randomFrom(SEED, "generator", 1)));
