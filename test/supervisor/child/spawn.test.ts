// The launch of real children, which do what the test says, and how it is learned what they say and how they end.
import { describe, expect, test } from "bun:test";
import type { Timer } from "../../../src/core/clock.ts";
import type { Role, ToChild } from "../../../src/link/messages.ts";
import {
  type ChildSpec,
  commandFor,
  createLaunch,
  describeEnding,
  type OutputTakers,
  type ProcessEnding,
} from "../../../src/supervisor/child/spawn.ts";
import type { Offspring, ParentSetup } from "../../../src/supervisor/offspring/offspring.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";
import { Watch } from "../../support/watch.ts";

/** Runs the code that it is sent. */
const SCRIPT = `process.on("message", ({ code }) => new Function("say", code)((text) => process.send(text)));
process.send("here");`;

type Given = {
  role?: Role;
  dress?: Partial<ChildSpec["dress"]>;
  takers?: OutputTakers;
  cwd?: string;
  temp?: TempDir;
  /** What is heard or read with this word in it is a mistake of ours. */
  mistake?: string;
};

function start({ role = "worker", dress = {}, takers = {}, cwd, temp = makeTempDir(), mistake }: Given = {}) {
  const script = temp.write("child.js", SCRIPT);
  const watch = new Watch();
  const clock = new ToldClock(watch);
  const offspring = new NotedOffspring();
  const system = {
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    executable: { path: process.execPath, script },
    env: {},
    kill() {},
  };
  const launch = createLaunch(system, clock, offspring as unknown as Offspring, takers);
  const heard: unknown[] = [];
  const lines: string[] = [];
  const endings: ProcessEnding[] = [];
  const child = launch(
    {
      name: "worker 1",
      role,
      cwd: cwd ?? temp.path,
      dress: { env: { PATH: process.env.PATH ?? "", MINE: "yes" }, ...dress },
      shutdownTimeoutMs: 1_234,
    },
    {
      onMessage: (message) => tell(() => heard.push(mayFail(message))),
      onLine: (stream, text) => tell(() => lines.push(`${stream} ${mayFail(text)}`)),
      onExit: (ending) => tell(() => endings.push(ending)),
    },
  );
  const mayFail = <T>(told: T): T => {
    if (mistake !== undefined && String(told).includes(mistake)) throw new Error(`ours, of ${told}`);
    return told;
  };
  const tell = (note: () => void) => {
    note();
    watch.tell();
  };
  const until = (isTrue: () => boolean, what: string) =>
    watch.until(isTrue, () => `${what}; heard: ${heard}`);
  return {
    ...{ child, clock, heard, lines, endings, offspring, until },
    home: temp.path,
    run: (code: string) => child.send({ code } as unknown as ToChild),
    said: (text: string) => until(() => heard.includes(text), text),
    ended: () => until(() => endings.length > 0, "the end"),
    async [Symbol.asyncDispose]() {
      child.signal("SIGKILL");
      await until(() => endings.length > 0 || clock.pending().length > 0, "the end");
      clock.advance(10_000);
      await until(() => endings.length > 0, "the end");
      temp[Symbol.dispose]();
    },
  };
}

/** Tells of each timer that is set. */
class ToldClock extends FakeClock {
  readonly #watch: Watch;

  constructor(watch: Watch) {
    super();
    this.#watch = watch;
  }

  override after(ms: number, act: () => void): Timer {
    const timer = super.after(ms, act);
    this.#watch.tell();
    return timer;
  }
}

class NotedOffspring {
  readonly did: string[] = [];
  setup: ParentSetup | undefined;
  watch(_pid: number, setup: ParentSetup): void {
    this.setup = setup;
    this.did.push("watch");
  }
  lookAt(): void {
    this.did.push("look");
  }
  bury(): void {
    this.did.push("bury");
  }
}

describe("spawn: the command", () => {
  test("the word of its role, and no .env of anybody for a plain runtime", () => {
    expect(commandFor({ path: "/gw" }, "worker")).toEqual(["/gw", "__worker"]);
    expect(commandFor({ path: "/gw", name: "gw" }, "front")).toEqual(["/gw", "__front"]);
    expect(commandFor({ path: "/bun", script: "/main.ts" }, "worker")).toEqual([
      ...["/bun", "--no-env-file", "/main.ts", "__worker"],
    ]);
  });

  test.each([
    [{ code: 3, signal: null }, "exit code 3"],
    [{ code: 0, signal: null }, "exit code 0"],
    [{ code: null, signal: "SIGSEGV" }, "signal SIGSEGV"],
    [{ code: null, signal: null }, "exit code unknown"],
    [{ code: null, signal: null, reason: "EAGAIN" }, "could not be started: EAGAIN"],
    [
      { code: null, signal: "SIGKILL", isOutcast: true },
      "signal SIGKILL after it had closed its channel to gw",
    ],
  ])("%j is told as %s", (ending, words) => {
    expect(describeEnding(ending)).toBe(words);
  });
});

describe("spawn: a child", () => {
  test("it has its directory, its environment and no other, and a session of its own", async () => {
    await using set = start();
    await set.said("here");
    set.run(`say(process.cwd() + " " + process.env.MINE + " " + process.env.HOME + " " + process.argv[2])`);
    await set.said(`${set.home} yes undefined __worker`);
    expect(set.offspring.setup).toEqual({ name: "worker 1", graceMs: 1_234, keepsSessions: false });
  });

  test("its lines come as they are printed, each once and with its stream; its end behind the last", async () => {
    await using set = start();
    set.run(`console.log("one"); console.error("two"); process.stdout.write("half"); process.exit(3)`);
    await set.ended();
    expect(set.lines.filter((line) => line.startsWith("stdout"))).toEqual(["stdout one", "stdout half"]);
    expect(set.lines).toContain("stderr two");
    expect(set.endings).toEqual([{ code: 3, signal: null }]);
  });

  test("a mistake of ours about a word or a line of it is told, and the next ones are heard and read", async () => {
    const bugs: unknown[] = [];
    await using set = start({
      mistake: "bad",
      takers: { onBug: (name, thrown) => bugs.push(`${name}: ${(thrown as Error).message}`) },
    });
    set.run(`say("bad word"); console.log("bad line"); say("good word"); console.log("good line")`);
    await set.said("good word");
    set.run("process.exit(0)");
    await set.ended();
    expect([set.heard, set.lines]).toEqual([["here", "good word"], ["stdout good line"]]);
    expect(bugs.toSorted()).toEqual(["worker 1: ours, of bad line", "worker 1: ours, of bad word"]);
    expect(set.endings).toEqual([{ code: 0, signal: null }]);
  });

  test("a front's standard output is its access log, whole lines of it as they are", async () => {
    const taken: string[] = [];
    await using set = start({
      role: "front",
      takers: { access: (bytes) => taken.push(String(Buffer.from(bytes))) },
    });
    set.run(`process.stdout.write("a\\nb\\nhalf"); console.error("said"); process.exit(0)`);
    await set.ended();
    expect([taken.join(""), set.lines]).toEqual(["a\nb\n", ["stderr said"]]);
  });

  test("it ends by the signal that it is sent, of which what it has started is looked at before", async () => {
    await using set = start();
    await set.said("here");
    set.child.signal("SIGTERM");
    await set.ended();
    expect(set.endings).toEqual([{ code: null, signal: "SIGTERM" }]);
    expect(set.offspring.did).toEqual(["watch", "look", "bury"]);
    // There is nobody any more, who could be somebody else by now.
    set.child.signal("SIGKILL");
    set.child.send({ type: "stay" });
    expect(set.offspring.did).toHaveLength(3);
  });

  test("told to drain, what it has started is looked at: it may leave with it", async () => {
    await using set = start();
    await set.said("here");
    set.child.send({ type: "drain", withinMs: 0 });
    expect(set.offspring.did).toEqual(["watch", "look"]);
  });

  test("whoever holds its output open holds up the word of its end for half a second", async () => {
    await using set = start();
    await set.said("here");
    set.run(`const holder = Bun.spawn(["sleep", "600"], { stdio: ["ignore", "inherit", "inherit"] });
      say(holder.pid); process.exit(0)`);
    await set.until(() => set.heard.length === 2, "who holds it");
    using _ = { [Symbol.dispose]: () => void process.kill(Number(set.heard[1]), "SIGKILL") };
    await set.until(
      () => set.offspring.did.includes("bury") && set.clock.pending().includes(500),
      "the wait",
    );
    set.clock.advance(499);
    expect(set.endings).toEqual([]);
    set.clock.advance(1);
    await set.ended();
    expect(set.endings).toEqual([{ code: 0, signal: null }]);
  });

  test("one that closes its channel and lives on is killed two seconds later, and its end says so", async () => {
    await using set = start();
    set.run(`setInterval(() => {}, 1000); process.disconnect()`);
    await set.until(() => set.clock.pending().includes(2_000), "the end of the channel");
    set.clock.advance(1_999);
    expect(set.offspring.did).toEqual(["watch"]);
    set.clock.advance(1);
    await set.ended();
    expect(set.endings).toEqual([{ code: null, signal: "SIGKILL", isOutcast: true }]);
  });

  test("where its directory is gone, that is what is said", () => {
    using temp = makeTempDir();
    expect(() => start({ cwd: "/nowhere/at/all", temp })).toThrow(
      "its directory /nowhere/at/all is gone; gw reload takes up what is there now",
    );
  });

  testWith(ON_LINUX)("its stack is its own: the one of whoever starts it stays as it is", async () => {
    const limit = (text: string) => /^Max stack size\s+(\d+|unlimited)/m.exec(text)?.[1];
    const before = limit(await Bun.file("/proc/self/limits").text());
    await using set = start({ dress: { stackBytes: 4 * 1024 * 1024 } });
    set.run(
      `say(/^Max stack size\\s+(\\d+)/m.exec(process.getBuiltinModule("node:fs").readFileSync("/proc/self/limits", "utf8"))[1])`,
    );
    await set.said(String(4 * 1024 * 1024));
    expect(limit(await Bun.file("/proc/self/limits").text())).toBe(before as string);
  });
});
