// The workers' side of the supervisor on a clock that stands still: real places, slots, traffic and ledger over
// children that are only said to exist. A test speaks for the children.

import { GwError } from "../../src/core/errors.ts";
import type { Log } from "../../src/core/log.ts";
import { PROTOCOL, type Role, type ToChild } from "../../src/link/messages.ts";
import { Sums } from "../../src/metrics/sums.ts";
import type { Settings } from "../../src/options/declare/table.ts";
import { DEFAULT_GROUP, type Origins, type Resolved } from "../../src/options/resolve/resolve.ts";
import type { Child, ChildEvents, Launch, ProcessEnding } from "../../src/supervisor/child/spawn.ts";
import { Ledger } from "../../src/supervisor/crew/ledger.ts";
import { Site } from "../../src/supervisor/generations/site.ts";
import type { RunDir } from "../../src/supervisor/root/run-dir.ts";
import { WorkerSockets } from "../../src/supervisor/root/worker-sockets.ts";
import { captureLog } from "./capture-log.ts";
import { defaultSettings } from "./default-settings.ts";
import { FakeClock } from "./fake-clock.ts";

const SETTINGS: Partial<Settings> = {
  host: "127.0.0.1",
  concurrency: { min: 10, max: 10 },
  evictionTimeout: 12_000,
  streamDrainTimeout: 0,
  app: undefined,
  home: "/",
};

/** Nobody exports what front ends tell. */
export const NO_SPANS = { pass() {} };

export class FakeProcess {
  readonly #listener: ChildEvents;
  /** All that it was told to do, and sent: messages by type, signals by name. */
  readonly did: string[] = [];
  /** What its app was told of the drain that has begun. */
  readonly drains: ToChild[] = [];
  readonly heard: ToChild[] = [];
  hasEnded = false;

  constructor(
    readonly role: Role,
    readonly pid: number,
    listener: ChildEvents,
  ) {
    this.#listener = listener;
  }

  get child(): Child {
    return {
      pid: this.pid,
      send: (message) => {
        this.heard.push(message);
        if (message.type === "withdrawn") this.drains.push(message);
        else this.did.push(message.type);
      },
      signal: (name) => this.did.push(name),
    };
  }

  say(...messages: unknown[]): void {
    for (const message of messages) this.#listener.onMessage(message);
  }

  print(text: string): void {
    this.#listener.onLine("stderr", text);
  }

  becomeReady(): void {
    const hello = { type: "hello", protocol: PROTOCOL, role: this.role, pid: this.pid, version: "1" };
    this.say(hello, { type: "ready" });
  }

  end(ending: Partial<ProcessEnding> = {}): void {
    this.hasEnded = true;
    this.#listener.onExit({ code: null, signal: null, ...ending });
  }

  /** The front answers the question that it was asked last, or the one with this id. */
  steered(id?: number): void {
    const asked = this.heard.findLast((message) => message.type === "steer");
    if (asked?.type === "steer") this.say({ type: "steered", id: id ?? asked.id });
  }

  /** The front says that requests of the group wait although it leads them to all workers that it was told of. */
  press(group = "default"): void {
    const newest = this.backends().at(-1);
    this.say({ type: "pressure", group, waitedMs: 120, ...(newest !== undefined && { newest }) });
  }

  /** Sockets that the front was last told of. */
  backends(): string[] {
    const told = this.heard.findLast((message) => message.type === "backends");
    return told?.type === "backends" ? told.backends.map(({ socket }) => socket) : [];
  }
}

/** Makes processes that are only said to exist. */
export function fakeLaunch(): { launch: Launch; processes: FakeProcess[] } {
  const processes: FakeProcess[] = [];
  const launch: Launch = ({ role }, listener) => {
    const made = new FakeProcess(role, 100 + processes.length, listener);
    processes.push(made);
    return made.child;
  };
  return { launch, processes };
}

type Given = Partial<Record<keyof Settings, unknown>>;

type PoolOptions = {
  luck?: number[];
  /** Of the clock and the log of the pool. */
  evidence?: (tools: { clock: FakeClock; log: Log }) => Ledger["evidence"];
};

/** Serving: every place has a ready process. `luck`: the first random numbers that are drawn; then all are 0.5. */
export async function makePool(given: Given = {}, { luck = [], evidence }: PoolOptions = {}) {
  const settings = { ...defaultSettings(), ...SETTINGS, ...given } as Settings;
  const clock = new FakeClock();
  const { log, lines, texts } = captureLog();
  const { launch, processes } = fakeLaunch();
  const ledger = new Ledger(clock, log, evidence?.({ clock, log }));
  const tools = {
    clock,
    log,
    random: () => luck.shift() ?? 0.5,
    launch,
    print: () => {},
    ledger,
    sums: new Sums(),
    spans: NO_SPANS,
  };
  const sockets = Object.assign(new WorkerSockets(NOWHERE, log), { exists: () => true });
  const site = new Site(
    {
      places: { main: 1, all: [] },
      publicPort: { admit() {}, settle() {} },
      sockets,
      env: {},
      modules: { hear() {} },
    },
    tools,
  );
  const config = configOf(settings);
  const begun = site.begin(config);
  await speakFor(processes);
  await begun;
  const { generation, fronts } = site.tenure;
  const pool = generation.pools[0]!;
  const of = (role: Role) => processes.filter((made) => made.role === role);
  return {
    clock,
    site,
    pool,
    traffic: generation.traffic,
    ledger,
    lines,
    texts,
    processes,
    tools,
    config,
    frontCrew: fronts.crew,
    fronts: () => of("front"),
    workers: () => of("worker"),
    /** All lines that say how a process ended. */
    ends: () =>
      lines.filter(({ text }) => text.endsWith(" ended")).map(({ text, fields }) => ({ text, ...fields })),
  };
}

/** A run directory in which nothing is ever made. */
const NOWHERE: RunDir = {
  path: "/run",
  runtime: undefined,
  socket: (name) => `/nowhere/${name}`,
  program: ({ name }) => `/run/${name}`,
  socketMode: () => undefined,
  restore: () => true,
  take() {},
  lend() {},
  takeBack: () => true,
  handOver() {},
  remove() {},
};

/** One group that says all. */
export function configOf(settings: Settings, name = DEFAULT_GROUP): Resolved {
  const group = {
    name,
    kind: "app",
    isMounted: true,
    settings,
    origins: {} as Origins,
    account: undefined,
    nodeEnv: "production",
    envFiles: [],
  } as const;
  const whole = { settings, origins: {} as Origins, account: undefined };
  return {
    ...whole,
    groups: [group],
    places: [{ host: settings.host, port: settings.port, isTls: false }],
    socketOwner: {},
  };
}

/** Every process that is made gets ready at once, until no more is made. */
export async function speakFor(processes: readonly FakeProcess[], from = 0): Promise<void> {
  for (let next = from; next < processes.length; next++) {
    processes[next]?.becomeReady();
    await settle();
  }
}

/** The error of ours that this ends with. */
export async function failureOf(done: Promise<unknown>): Promise<GwError> {
  const error = await done.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof GwError) return error;
  throw new Error(`no error of ours: ${error}`);
}

/** Lets promises that are due run on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await null;
}

/** The front says that nothing is on this worker any more. */
export function lose(
  front: FakeProcess,
  socket: string,
  requests: unknown[] = [],
  count = requests.length,
): void {
  front.say({ type: "lost", socket, pid: 1, requests, count, hasLeft: true });
}
