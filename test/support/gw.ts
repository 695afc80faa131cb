// Starts the real gw: the binary named by GW_BIN, else dist/gw, never older than its sources. Nothing here waits for a
// duration; the bounds are there to fail loudly. `await using` ends what a test has started, by pid.
import { chownSync } from "node:fs";
import { resolve } from "node:path";
import { freshBinary } from "./fresh-binary.ts";
import { makeTempDir } from "./temp-dir.ts";

const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 20_000;

export type GwOptions = {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** Whom gw is started as; needs root. */
  as?: { uid: number; gid: number };
  /** What runs gw, instead of what runs it elsewhere. */
  command?: string[];
  /** Of this process, which gw gets as its own, from 3 on. */
  descriptors?: number[];
};

export type Gw = {
  /** Of the serving line, for example `http://127.0.0.1:40123/`. */
  url: string;
  port: number;
  /** The supervisor's. */
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Where the default server root is made. */
  tmp: string;
  signal(name: NodeJS.Signals): void;
  /** Sends SIGTERM and resolves to the exit code. */
  stop(): Promise<number>;
  /** Exit code, or 128 + the number of the signal that ended it. */
  exited: Promise<number>;
  /** Goes away as a reader of stdout: the next write of gw finds the pipe broken. */
  closeStdout(): Promise<void>;
  /** Resolves when stdout followed by stderr meets the condition. */
  until(condition: RegExp | ((output: string) => boolean), withinMs?: number): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** The command line that runs gw here. */
export function gwCommand(): string[] {
  const named = process.env.GW_BIN;
  return [named ? resolve(named) : freshBinary()];
}

/**
 * Runs `gw start-server ARGS` on a free port of 127.0.0.1 (unless ARGS say otherwise) and waits for the serving line.
 * Rejects with the whole output when gw exits first.
 */
export async function startGw(args: string[] = [], options: GwOptions = {}): Promise<Gw> {
  const given = [...args, ...missing(args, "--port", "0"), ...missing(args, "--host", "127.0.0.1")];
  return untilServing(launchGw(["start-server", ...given], options));
}

/** Waits for the serving line of what has been started otherwise; ends it when that does not come. */
export async function untilServing(gw: Gw): Promise<Gw> {
  try {
    await gw.until(/^gw: serving \S+\n/m, START_WITHIN_MS);
  } catch (error) {
    await gw[Symbol.asyncDispose]();
    throw error;
  }
  const url = /^gw: serving (\S+)$/m.exec(gw.stdout())?.[1] ?? "";
  return Object.assign(gw, { url, port: Number(new URL(url).port || 80) });
}

/** Starts gw with exactly these arguments and waits for nothing. */
export function launchGw(args: string[], options: GwOptions = {}): Gw {
  const temp = makeTempDir();
  if (options.as) chownSync(temp.path, options.as.uid, options.as.gid);
  const child = Bun.spawn([...(options.command ?? gwCommand()), ...args], {
    ...options.as,
    cwd: options.cwd ?? temp.path,
    env: environment(temp.path, options.env),
    stdio: ["ignore", "pipe", "pipe", ...(options.descriptors ?? [])],
  });
  const out = new Collected(child.stdout);
  const err = new Collected(child.stderr);
  const ended = Promise.all([child.exited, out.done, err.done]).then(([code]) => code);
  const gw: Gw = {
    url: "",
    port: 0,
    pid: child.pid,
    tmp: temp.path,
    stdout: () => out.text,
    stderr: () => err.text,
    signal: (name) => child.kill(name),
    exited: ended,
    stop() {
      child.kill("SIGTERM");
      return bounded(
        ended,
        STOP_WITHIN_MS,
        () => new Error(`gw (pid ${child.pid}) did not stop:\n${shown(gw)}`),
      );
    },
    closeStdout: () => out.close(),
    until: (condition, withinMs = START_WITHIN_MS) => awaitOutput(gw, [out, err], ended, condition, withinMs),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      // biome-ignore lint/plugin: the bound that fails loudly
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      await ended;
      clearTimeout(late);
      temp[Symbol.dispose]();
    },
  };
  return gw;
}

/** Runs gw to its end. */
export async function runGw(
  args: string[],
  options: GwOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  await using gw = launchGw(args, options);
  const code = await bounded(
    gw.exited,
    START_WITHIN_MS,
    () => new Error(`gw ${args.join(" ")} did not end:\n${shown(gw)}`),
  );
  return { code, stdout: gw.stdout(), stderr: gw.stderr() };
}

/** Fails with `late` when `promise` takes longer than `withinMs`. */
export function bounded<T>(promise: Promise<T>, withinMs: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    // biome-ignore lint/plugin: the bound that fails loudly
    const timer = setTimeout(() => reject(late()), withinMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Polls a fact that no event announces (a pid that goes, a file that appears); fails loudly. */
export async function eventually(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 10_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    // biome-ignore lint/plugin: between two looks at the condition
    await Bun.sleep(10);
  }
}

function missing(args: string[], flag: string, value: string): string[] {
  return args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)) ? [] : [flag, value];
}

/** This process's environment without gw's own variables, and with a temporary directory of its own. */
export function environment(
  tmp: string,
  given: Record<string, string | undefined> = {},
): Record<string, string> {
  // What the tests are run with is none of the app's.
  const base = Object.entries(process.env).filter(
    ([name]) => !/^(?:(?:GW|BUN_TEST)_|(?:PORT|HOST)$)/.test(name),
  );
  const all = { ...Object.fromEntries(base), TMPDIR: tmp, NO_COLOR: "1", ...given };
  return Object.fromEntries(Object.entries(all).filter((e): e is [string, string] => e[1] !== undefined));
}

function shown(gw: Gw): string {
  return `--- stdout\n${gw.stdout().slice(-8000)}\n--- stderr\n${gw.stderr().slice(-8000)}`;
}

function awaitOutput(
  gw: Gw,
  streams: Collected[],
  ended: Promise<number>,
  condition: RegExp | ((output: string) => boolean),
  withinMs: number,
): Promise<string> {
  const met = typeof condition === "function" ? condition : (text: string) => condition.test(text);
  const output = () => gw.stdout() + gw.stderr();
  const wait = new Promise<string>((resolve, reject) => {
    const check = () => {
      if (met(output())) resolve(output());
    };
    for (const stream of streams) stream.watch(check);
    check();
    ended.then((code) => {
      check();
      reject(new Error(`gw ended with ${code} before ${condition}:\n${shown(gw)}`));
    });
  });
  return bounded(
    wait,
    withinMs,
    () => new Error(`waited ${withinMs} ms in vain for ${condition}:\n${shown(gw)}`),
  );
}

/** A stream read to its end, or until nobody wants it any more. */
class Collected {
  text = "";
  readonly done: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #watchers: (() => void)[] = [];

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
    this.done = this.#read();
  }

  watch(act: () => void): void {
    this.#watchers.push(act);
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) {
      this.text += decoder.decode(next.value, { stream: true });
      for (const watcher of this.#watchers) watcher();
    }
  }
}
