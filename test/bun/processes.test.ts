// Probes of Bun.spawn and process events, on which the life channel (src/child/channel.ts) and the launch of children
// (src/supervisor/child/spawn.ts) stand.
import { describe, expect, test } from "bun:test";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { eventually } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

type Run = {
  child: Subprocess<"ignore", "pipe", "inherit">;
  /** Its working directory. */
  path: string;
  messages: unknown[];
  /** Messages, then "disconnect". */
  events: unknown[];
  until(isMet: () => boolean): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Runs a program as spawn.ts runs a child. */
function run(source: string): Run {
  const temp = makeTempDir();
  const messages: unknown[] = [];
  const events: unknown[] = [];
  const watchers = new Set<() => void>();
  const note = (event: unknown) => {
    events.push(event);
    for (const look of [...watchers]) look();
  };
  const child = Bun.spawn([process.execPath, temp.write("child.ts", source)], {
    cwd: temp.path,
    stdio: ["ignore", "pipe", "inherit"],
    serialization: "json",
    detached: true,
    ipc(message) {
      messages.push(message);
      note(message);
    },
    onDisconnect: () => note("disconnect"),
  });
  return {
    child,
    path: temp.path,
    messages,
    events,
    until: (isMet) =>
      new Promise((resolve) => {
        const look = () => {
          if (isMet() && watchers.delete(look)) resolve();
        };
        watchers.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await child.exited;
      temp[Symbol.dispose]();
    },
  };
}

/** What a program says and prints until it ends by itself. */
async function runToEnd(source: string) {
  await using program = run(source);
  const stdout = await new Response(program.child.stdout).text();
  const code = await program.child.exited;
  await program.until(() => program.events.includes("disconnect"));
  return { stdout, code, events: program.events };
}

/** What this process has open. Also runs inside children, so it uses nothing but these two imports. */
function openLinks(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

const STAY = "setInterval(() => {}, 1e6);";

describe("processes: the life channel", () => {
  test("messages arrive in order, both ways, those sent before the child ran included", async () => {
    await using program = run(`
      process.on("message", (message) => process.send({ echo: message }));
      for (let n = 0; n < 100; n++) process.send({ n });
    `);
    const sent = Array.from({ length: 100 }, (_, i) => ({ i, text: "é\n\u2028\u0000" }));
    for (const message of sent) program.child.send(message);
    await program.until(() => program.messages.length === 200);
    expect(program.messages.filter((m) => "n" in (m as object))).toEqual(
      Array.from({ length: 100 }, (_, n) => ({ n })),
    );
    expect(program.messages.filter((m) => "echo" in (m as object))).toEqual(sent.map((echo) => ({ echo })));
  });

  test("a message of five megabytes passes whole", async () => {
    await using program = run(`process.on("message", ({ text }) => process.send(text.length));`);
    program.child.send({ text: "x".repeat(5_000_000) });
    await program.until(() => program.messages.length === 1);
    expect(program.messages).toEqual([5_000_000]);
  });

  test("a message followed by process.exit arrives, and so does one sent in an exit listener, before disconnect", async () => {
    const { code, events } = await runToEnd(`
      process.once("exit", () => process.send("from exit"));
      process.send("x".repeat(100_000));
      process.exit(3);
    `);
    expect(code).toBe(3);
    expect(events).toEqual(["x".repeat(100_000), "from exit", "disconnect"]);
  });

  test("a child whose parent is killed gets disconnect", async () => {
    using temp = makeTempDir();
    const child = temp.write(
      "child.ts",
      `process.on("disconnect", () => { console.log("lost"); process.exit(); });
      process.on("message", () => {}); console.log("up");`,
    );
    const parent = temp.write(
      "parent.ts",
      `Bun.spawn([process.execPath, ${JSON.stringify(child)}], { stdio: ["ignore", "inherit", "inherit"],
        serialization: "json", detached: true, ipc() {} }); ${STAY}`,
    );
    await using process_ = Bun.spawn([process.execPath, parent], { stdio: ["ignore", "pipe", "inherit"] });
    const reader = process_.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("up\n");
    process_.kill("SIGKILL");
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("lost\n");
  });

  test("sending to a child that is gone throws", async () => {
    await using program = run("process.exit(0)");
    await program.child.exited;
    const send = () => program.child.send("x");
    expect(send).toThrow(expect.objectContaining({ code: "ERR_IPC_CHANNEL_CLOSED" }));
  });

  test("an unreferenced channel does not keep a child alive", async () => {
    const { code } = await runToEnd(`process.on("message", () => {}); process.channel.unref();`);
    expect(code).toBe(0);
  });
});

describe("processes: starting and ending", () => {
  test("a detached child leads a group of its own, and what it starts belongs to it", async () => {
    using temp = makeTempDir();
    const inner = temp.write("inner.ts", STAY);
    await using program = run(`
      const inner = Bun.spawn([process.execPath, ${JSON.stringify(inner)}], { stdio: ["ignore", "ignore", "ignore"] });
      process.send(inner.pid); ${STAY}`);
    await program.until(() => program.messages.length === 1);
    const groupOf = (pid: unknown) =>
      Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[2]);
    const [pid] = program.messages;
    expect(groupOf(program.child.pid)).toBe(program.child.pid);
    expect(groupOf(pid)).toBe(program.child.pid);
    process.kill(-program.child.pid, "SIGKILL");
    await program.child.exited;
    await eventually(() => isGone(Number(pid)), "the inner process is gone");
  });

  test("a child inherits nothing that its parent has open, and reads from /dev/null", async () => {
    using temp = makeTempDir();
    const before = openLinks();
    const listener = Bun.listen({ unix: join(temp.path, "held.sock"), socket: { data() {} } });
    const file = openSync(temp.write("held.txt", ""), "r");
    const held = openLinks().filter((link) => !before.includes(link));
    await using program = run(`
      const { readdirSync, readlinkSync } = require("node:fs");
      process.send((${openLinks})()); ${STAY}`);
    await program.until(() => program.messages.length === 1);
    closeSync(file);
    listener.stop(true);
    const links = program.messages[0] as string[];
    expect(held.length).toBeGreaterThanOrEqual(2);
    expect(links.filter((link) => held.includes(link))).toEqual([]);
    expect(links).toContain("/dev/null");
  });

  test("the end by a signal and by a code are told apart", async () => {
    await using killed = run(`process.kill(process.pid, "SIGSEGV"); ${STAY}`);
    await killed.child.exited;
    expect([killed.child.exitCode, killed.child.signalCode]).toEqual([null, "SIGSEGV"]);
    await using left = run("process.exit(139)");
    await left.child.exited;
    expect([left.child.exitCode, left.child.signalCode]).toEqual([139, null]);
  });

  test("an executable that is missing throws at once", () => {
    expect(() => Bun.spawn(["/no/such/file"])).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });

  test.each(["SIGTERM", "SIGUSR1", "SIGXCPU"] as const)(
    "a handler of %s installed in the first statement runs, although the entry goes on before it awaits",
    async (signal) => {
      await using program = run(`
        process.on(${JSON.stringify(signal)}, () => process.exit(7));
        require("node:fs").writeFileSync("armed", "");
        while (!require("node:fs").existsSync("signalled"));
        await new Promise(() => ${STAY.replace(";", "")});
      `);
      await eventually(() => existsSync(join(program.path, "armed")), "the child is armed");
      program.child.kill(signal);
      await Bun.write(join(program.path, "signalled"), "");
      expect(await program.child.exited).toBe(7);
    },
  );
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return true;
  }
}

describe("processes: noticing that an app has nothing left to do", () => {
  const NEVER = "await new Promise(() => {}); export {};";

  test("beforeExit fires while an import that can never end is under way, when the entry itself has ended", async () => {
    using temp = makeTempDir();
    const app = temp.write("never.ts", NEVER);
    const { stdout, code } = await runToEnd(`
      process.once("beforeExit", () => { console.log("idle"); process.exit(5); });
      process.on("message", () => {});
      process.channel.unref();
      setInterval(() => {}, 1000).unref();
      void import(${JSON.stringify(app)});
    `);
    expect({ stdout, code }).toEqual({ stdout: "idle\n", code: 5 });
  });
});
