// What is typed while something else is under way, in every order and at every moment of it: each command does what it says or says
// why not, and gw is never left half-way. Places, slots and traffic are real; processes do what they are told, some sooner, some later.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { GwError } from "../../../src/core/errors.ts";
import { makeControls } from "../../support/fake-controls.ts";
import { type FakeProcess, lose, settle } from "../../support/fake-pool.ts";

const COMMANDS = [
  "reload",
  "trial",
  "rollback",
  "scale 1",
  "scale 3",
  "restart",
  "restart --front",
  "drain",
  "pause",
  "a change",
  "a bad upgrade",
  "upgrade",
  "stop",
] as const;
type Command = (typeof COMMANDS)[number];
/** `after`: so many looks of the processes around lie between the command before and this one. */
type Typed = { command: Command; after: number };

const TAKEN_OVER = "process 9 has taken over";
const STEP_MS = 50;
const TRIAL_MS = 40_000;
/** Longer than anything here may take that waits for no trial; and longer than anything. */
const SOON_MS = 35_000;
const MOST_MS = 200_000;

/** `fails`: how many of the workers to come do not load. `holdsMs`: for how long an old worker has something to finish. */
type Circumstances = { fails: number; holdsMs: number };

/** Everybody does what he was told, a while after. */
class World {
  readonly #made: Awaited<ReturnType<typeof makeControls>>;
  readonly #known = new Map<FakeProcess, Set<string>>();
  readonly #answered = new Set<unknown>();
  #fails: number;
  readonly #holdsMs: number;

  constructor(made: Awaited<ReturnType<typeof makeControls>>, { fails, holdsMs }: Circumstances) {
    this.#made = made;
    this.#fails = fails;
    this.#holdsMs = holdsMs;
    for (const front of made.fronts()) this.#known.set(front, new Set(front.backends()));
    this.#ready = new Set(made.processes);
  }

  readonly #ready: Set<FakeProcess>;

  async step(): Promise<void> {
    for (const one of this.#made.processes) if (!one.hasEnded) this.#live(one);
    await settle();
    this.#made.clock.advance(STEP_MS);
    await settle();
  }

  #live(one: FakeProcess): void {
    const told = new Set(one.did);
    if (told.has("SIGKILL") || told.has("SIGTERM") || told.has("drain") || told.has("stop"))
      return one.end({ code: 0 });
    if (!this.#ready.has(one)) return this.#begin(one);
    if (one.role === "front") this.#serve(one);
  }

  #begin(one: FakeProcess): void {
    this.#ready.add(one);
    if (one.role === "front" || this.#fails-- <= 0) return one.becomeReady();
    one.say({ type: "hello", protocol: 1, role: one.role, pid: one.pid, version: "1" });
    one.say({
      type: "failed",
      cause: "app_load_failed",
      facts: { reason: "broken" },
      step: "load",
      detail: "",
    });
    one.end({ code: 1 });
  }

  #serve(front: FakeProcess): void {
    const now = new Set(front.backends());
    for (const socket of this.#known.get(front) ?? [])
      if (!now.has(socket)) this.#made.clock.after(this.#holdsMs, () => lose(front, socket));
    this.#known.set(front, now);
    const asked = front.heard.findLast(({ type }) => type === "steer");
    if (asked && !this.#answered.has(asked)) front.steered();
    this.#answered.add(asked);
    if (front.did.includes("retire")) front.say({ type: "quiet" });
  }
}

/** `at`: as which it was typed. */
type Outcome = { command: Command; at: number; tookMs: number; generation?: number; error?: unknown };

async function run(typed: readonly Typed[], circumstances: Circumstances) {
  const upgraded = { version: "2", previousVersion: "1", pid: 9, previousPid: 1, generation: 99, workers: 1 };
  const left = { requests: 0, streams: 0, tunnels: 0 };
  const made = await makeControls({
    given: {
      processes: { min: 1, max: 1 },
      gracefulTimeout: 5_000,
      deadlockTimeout: 0,
      shutdownTimeout: 500,
    },
    upgrade: async (file) => {
      for (let look = 0; look < 3; look++) await new Promise<void>((go) => made.clock.after(STEP_MS, go));
      if (file === "/bad") throw new GwError("upgrade_refused", { path: file, reason: "no" });
      made.reloads.close(new GwError("command_failed", { what: TAKEN_OVER }));
      return { ...upgraded, tookMs: 1, left };
    },
  });
  const { controls, reloads, site, stop } = made;
  void stop.asked.then(() => reloads.close());
  const { clock } = made;
  const world = new World(made, circumstances);
  const served = new Set([1]);
  const trialOf = { percent: 5, watch: TRIAL_MS };
  const begin: Record<Command, () => Promise<unknown>> = {
    reload: () => controls.reload({}, () => {}),
    trial: () => controls.reload(trialOf, () => {}),
    rollback: () => controls.rollback(false, () => {}),
    "scale 1": () => controls.scale(undefined, 1),
    "scale 3": () => controls.scale(undefined, 3),
    restart: () => controls.restart(undefined, () => {}),
    "restart --front": () => controls.restartFronts(() => {}),
    drain: () => controls.drain(1),
    pause: () => controls.pause(undefined, 100),
    "a change": () => reloads.supersede("a change"),
    "a bad upgrade": () => controls.upgrade({ file: "/bad" }),
    upgrade: () => controls.upgrade({ file: "/gw" }),
    stop: async () => controls.stop("gracefully"),
  };
  const outcomes: Outcome[] = [];
  const look = async () => {
    await world.step();
    served.add(site.generation.number);
    expect(site.generations.filter(({ state }) => state === "draining").length).toBeLessThanOrEqual(3);
  };
  for (const [at, { command, after }] of typed.entries()) {
    for (let n = 0; n < after; n++) await look();
    const fromMs = clock.now();
    const note = (how: object) => outcomes.push({ command, at, tookMs: clock.now() - fromMs, ...how });
    begin[command]().then(
      (done) => note(done as object),
      (error) => note({ error }),
    );
    await settle();
  }
  while (outcomes.length < typed.length && clock.now() < MOST_MS) await look();
  // What leaves has gone as well.
  // One that did not load, and is one of those that are wanted, comes again after a rest.
  const isUnready = () =>
    site.generation.workerPlaces.some(({ isWanted, current }) => isWanted && current.state !== "ready");
  while ((site.generations.length > 1 || isUnready()) && !reloads.closedBy && clock.now() < MOST_MS)
    await look();
  return { ...made, outcomes, served };
}

const AT_EASE: Circumstances = { fails: 0, holdsMs: 0 };
const circumstances = fc.record({ fails: fc.nat(2), holdsMs: fc.constantFrom(0, 300, 4_000) });
const typedAt = fc.record({ command: fc.constantFrom(...COMMANDS), after: fc.integer({ min: 0, max: 5 }) });

/** What moves the traffic. */
const MOVES: readonly Command[] = ["reload", "trial", "rollback", "restart --front", "a change"];

async function check(typed: readonly Typed[], circumstances: Circumstances): Promise<void> {
  const { outcomes, served, site, reloads, lines } = await run(typed, circumstances);
  const { generation } = site;
  const isStopped = typed.some(({ command }) => command === "stop");
  expect(outcomes.length).toBe(typed.length);
  for (const { command, error, tookMs, generation: told } of outcomes) {
    if (command !== "trial" || isStopped) expect(tookMs).toBeLessThan(SOON_MS);
    if (error !== undefined) {
      // By name, and never for a mistake of gw's own.
      expect(error).toBeInstanceOf(GwError);
      expect((error as GwError).cause_).not.toBe("bug");
      expect((error as GwError).message).not.toMatch(/undefined|null|\{/);
    } else if (told !== undefined && !command.endsWith("upgrade")) expect(served.has(told)).toBe(true);
  }
  expect([site.trial, site.candidate, site.waiting, reloads.underWay]).toEqual(Array(4).fill(undefined));
  const told = outcomes.flatMap(({ command, generation: one }) => (command === "upgrade" ? [] : (one ?? [])));
  // Who asked for what serves now was told so, and nobody was told of anything later.
  expect(Math.max(1, ...told)).toBe(generation.number);
  const last = outcomes.filter(({ command }) => MOVES.includes(command)).toSorted((a, b) => b.at - a.at)[0];
  if (last?.generation !== undefined) expect(last.generation).toBe(generation.number);
  expect(lines.filter(({ text }) => text.includes("mistake"))).toEqual([]);
  if (reloads.closedBy) return;
  expect([site.generations.length, generation.state, site.fronts.length]).toEqual([1, "serving", 1]);
  const emptied = outcomes.filter(({ command, error }) => command === "drain" && error === undefined).length;
  for (const { livePlaces, wanted } of generation.pools)
    expect(livePlaces.length).toBeWithin(wanted - emptied, wanted + 1);
  expect(
    generation.workerPlaces
      .filter(({ isWanted }) => isWanted)
      .every(({ current }) => current.state === "ready"),
  ).toBe(true);
}

test("commands: every pair, the second one at each moment of the first", async () => {
  for (const first of COMMANDS)
    for (const second of COMMANDS)
      for (const after of [0, 1, 3])
        await check(
          [
            { command: first, after: 0 },
            { command: second, after },
          ],
          AT_EASE,
        ).catch((error) => {
          throw new Error(`${first}, and ${second} after ${after}: ${error.message}`, { cause: error });
        });
}, 60_000);

test("commands: in any order, with apps that do not load among them", async () => {
  await fc.assert(fc.asyncProperty(fc.array(typedAt, { minLength: 2, maxLength: 8 }), circumstances, check), {
    numRuns: 200,
  });
}, 60_000);
