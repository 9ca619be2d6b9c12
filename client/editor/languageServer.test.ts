/** The language server's starts and deaths. The test decides when the client dies. */
import { expect, test } from "vitest";
import { LanguageServer, restartPolicy, type ServerClient } from "./languageServer.ts";

const CHOICES = [{ run: "M" }];

/** A client whose server dies during its first `deaths` requests. */
class MortalClient implements ServerClient {
  starts = 0;
  restarts = 0;
  #runs = false;
  #deaths: number;
  constructor(deaths: number) {
    this.#deaths = deaths;
  }
  isRunning = (): boolean => this.#runs;
  async start(): Promise<void> {
    if (!this.#runs) this.starts++;
    this.#runs = true;
  }
  async restart(): Promise<void> {
    this.restarts++;
    this.#runs = true;
  }
  async stop(): Promise<void> {
    this.#runs = false;
  }
  async sendRequest<Result>(): Promise<Result> {
    if (this.#deaths-- > 0) {
      this.#runs = false;
      throw new Error("The connection was closed.");
    }
    return CHOICES as Result;
  }
}

test("a training starts a server that has died, also during the question", async () => {
  const client = new MortalClient(1);
  const server = new LanguageServer(async () => client);
  expect(await server.trainingsForCertain("file:///a.nn")).toEqual(CHOICES);
  expect(client.starts).toBe(2);
  await client.stop();
  expect(await server.trainingsForCertain("file:///a.nn")).toEqual(CHOICES);
  expect(client.starts).toBe(3);
  await expect(new LanguageServer(async () => new MortalClient(9)).trainingsForCertain("file:///a.nn")).rejects.toThrow("closed");
});

test("other questions start no server, and a restart works whether or not it runs", async () => {
  const client = new MortalClient(0);
  const server = new LanguageServer(async () => client);
  await expect(server.trainings("file:///a.nn")).rejects.toThrow("does not run");
  expect(await server.ifRunning()).toBeUndefined();
  await server.restart();
  expect(await server.trainings("file:///a.nn")).toEqual(CHOICES);
  await server.restart();
  expect([client.starts, client.restarts]).toEqual([1, 1]);
  await server.stop();
  expect(await server.ifRunning()).toBeUndefined();
});

test("client code that could not be loaded is loaded again", async () => {
  let loads = 0;
  const server = new LanguageServer(async () => {
    if (++loads === 1) throw new Error("not there");
    return new MortalClient(0);
  });
  await expect(server.running()).rejects.toThrow("not there");
  expect((await server.running()).isRunning()).toBe(true);
});

test("a server that dies five times in three minutes is not started again by itself; a slow series of deaths does not count", () => {
  let now = 0;
  const policy = restartPolicy(() => now);
  expect([1, 2, 3, 4, 5].map(policy)).toEqual([true, true, true, true, false]);
  // After a restart by the user, counting starts over.
  expect(policy()).toBe(true);
  const slow = restartPolicy(() => (now += 60_000));
  expect([1, 2, 3, 4, 5, 6, 7, 8].map(slow)).not.toContain(false);
});
