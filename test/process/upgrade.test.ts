// Another gw takes over from one that runs: what clients see, what goes along, and that everything stays as it was when the new one
// does not come up. Where it matters what the new one does, it is a script that says what a gw would say.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Status } from "../../src/control/status.ts";
import { ROLE_WORDS } from "../../src/link/roles.ts";
import type { Inheritance } from "../../src/supervisor/upgrade/messages.ts";
import { textOf as ask, control, obey, openSocket, statusOf, workersOf } from "../support/control.ts";
import { eventually, type Gw, type GwOptions, gwCommand, startGw } from "../support/gw.ts";
import { AS_ROOT, describeWith, ON_LINUX, testWith, WITH_OWN_MOUNTS } from "../support/needs.ts";
import { nextGwIn } from "../support/next-gw.ts";
import { connectRaw } from "../support/raw-http.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `console.log("started", process.pid);
export default { async fetch(request, server) {
  if (server.upgrade?.(request)) return;
  const { pathname } = new URL(request.url);
  if (pathname !== "/held") return new Response(String(process.pid));
  console.log("holding");
  await new Promise((go) => process.once("SIGUSR2", go));
  return new Response("late");
}, websocket: { message() {} } };`;

/** A program that says these things, each as soon as it has heard the word before it, and ends. */
function scriptIn(dir: TempDir, name: string, ...lines: string[]): string {
  const path = dir.write(name, ["#!/bin/sh", ...lines, ""].join("\n"));
  chmodSync(path, 0o755);
  return path;
}
const saying = (message: object) =>
  `eval "echo '${JSON.stringify(message)}' >&$NODE_CHANNEL_FD"`
    .replaceAll('"', '\\"')
    .replace('eval \\"', 'eval "')
    .replace(/\\"$/, '"');
const hearing = (word: string) =>
  `while eval "read -r heard <&$NODE_CHANNEL_FD"; do case "$heard" in *'"type":"${word}"'*) break;; esac; done`;
const HELLO = saying({ type: "hello", protocol: 1, version: "9.9.9" });

/** Of a gw that is nowhere. */
const HANDED: Inheritance = {
  ...{ version: "0", pid: 1, serverRoot: "/nowhere", rootPid: 1, generation: 2, salt: 1, statusToken: "t" },
  ...{ asked: [], places: [], main: 1, guarded: [], handed: 0, program: 3, groups: [] },
};

const start = (dir: TempDir, args: string[] = [], options?: GwOptions) =>
  startGw([dir.write("app.ts", APP), "--stream-drain-timeout", "0", ...args], options);

/** A connection that is kept would keep the old gw for --graceful-timeout. */
const textOf = (url: string) => ask(url, { keepalive: false });

/** Whatever process is gw now: what a test has started ends with it. */
const ending = (gw: Gw) => ({ [Symbol.asyncDispose]: async () => void (await control(gw, "stop", "--now")) });

const upgrade = (gw: Gw, file: string, ...words: string[]) =>
  obey(gw, "upgrade", file, "--leave-parent", ...words);

async function figure(gw: Gw, name: string): Promise<number> {
  const lines = (await obey(gw, "metrics"))
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

const rootOf = ({ serverRoot }: Status) => serverRoot;

describeWith(ON_LINUX)("another gw takes over", () => {
  test("upgrade: no request fails, counters and what was set by hand go on, and the old process is gone", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir, [
      "--processes",
      "2",
      "--graceful-timeout",
      "2s",
      "--rate-limit",
      "address 1000000/s",
    ]);
    await using _ends = ending(gw);
    await obey(gw, "scale", "3");
    await obey(gw, "restart", "--worker", "1");
    await using load = startLoad(gw.url);
    await eventually(() => load.total > 50, "there is load");
    const before = await figure(gw, "http_server_request_duration_seconds_count");
    const token = await statusOf(gw);
    const said = await upgrade(gw, nextGwIn(dir), "--wait");
    expect(said).toMatch(
      /^gw \S+ \(process \d+\) serves generation 2 \(3 workers, after \d+ ms\)\ngw \S+ \(process \d+\) is gone\n$/,
    );
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ "200": total });
    const status = await statusOf(gw);
    expect(status).toMatchObject({
      generation: 2,
      refused: null,
      port: gw.port,
      serverRoot: token.serverRoot,
    });
    expect(status.pid).not.toBe(gw.pid);
    expect(workersOf(status).length).toBe(3);
    // One was replaced by hand, and three have left for the upgrade.
    expect(status.restarts).toEqual({ graceful_signal: 1, script_reload: 3 });
    const after = await figure(gw, "http_server_request_duration_seconds_count");
    expect(after).toBeGreaterThan(before);
    expect(await obey(gw, "why")).toContain("graceful_signal");
    expect(readFileSync(join(rootOf(status), "gw.pid"), "utf8")).toStartWith(`${status.pid} `);
    expect(readdirSync(rootOf(status)).filter((name) => /^(run|u\d)/.test(name))).toEqual(["run-1"]);
    expect(existsSync(`/proc/${gw.pid}`)).toBe(false);
    // And so on.
    await upgrade(gw, nextGwIn(dir), "--wait");
    expect(await textOf(gw.url)).toMatch(/^\d+$/);
    expect((await statusOf(gw)).generation).toBe(3);
    const root = rootOf(await statusOf(gw));
    await obey(gw, "stop");
    expect(await gw.exited).toBe(0);
    expect(existsSync(root)).toBe(false);
  });

  test("upgrade: a request that has begun is finished by the old gw, and a WebSocket stays there", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir);
    await using _ends = ending(gw);
    const held = textOf(`${gw.url}held`);
    const socket = await openSocket(gw.url);
    await gw.until(/holding/);
    const [old] = workersOf(await statusOf(gw));
    expect(await upgrade(gw, nextGwIn(dir))).toContain("finishes: 1 request, 1 WebSocket");
    expect(await textOf(gw.url)).not.toBe(String(old?.pid));
    process.kill(old?.pid ?? 0, "SIGUSR2");
    expect(await held).toBe("late");
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
    await gw.until(/the gw before has left/);
  });

  test("upgrade: a UNIX socket goes on with its file, and what was paused stays paused", async () => {
    using dir = makeTempDir();
    const path = join(dir.path, "s");
    await using gw = await start(dir, ["--listen", `unix:${path}`]);
    await using _ends = ending(gw);
    const askThere = async () => {
      using client = await connectRaw({ unix: path });
      await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      return await client.untilClosed();
    };
    expect(await askThere()).toStartWith("HTTP/1.1 200");
    await obey(gw, "pause", "--for", "10m");
    await upgrade(gw, nextGwIn(dir), "--wait");
    expect((await statusOf(gw)).groups[0]?.state).toBe("paused");
    const answer = askThere();
    await obey(gw, "resume");
    expect(await answer).toStartWith("HTTP/1.1 200");
    await obey(gw, "stop");
    expect(existsSync(path)).toBe(false);
  });

  test("upgrade: sockets of a service manager go along, and the metrics' port", async () => {
    using dir = makeTempDir();
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { fd } = listener as unknown as { fd: number };
    const command = ["sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"', ...gwCommand()];
    await using gw = await startGw([dir.write("app.ts", APP), "--metrics-port", "0"], {
      ...{ command, descriptors: [fd], env: { LISTEN_FDS: "1" } },
    });
    await using _ends = ending(gw);
    listener.stop();
    const url = `http://127.0.0.1:${listener.port}/`;
    expect(await textOf(url)).toMatch(/^\d+$/);
    await upgrade(gw, nextGwIn(dir), "--wait");
    expect(await textOf(url)).toMatch(/^\d+$/);
    await eventually(
      () => gw.stderr().split("metrics are served").length === 3,
      "the new one serves metrics",
    );
  });

  test("upgrade: the old gw is killed when it has handed over, and the new one serves on", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir);
    await using _ends = ending(gw);
    const held = textOf(`${gw.url}held`).catch(() => "cut");
    await gw.until(/holding/);
    await upgrade(gw, nextGwIn(dir));
    gw.signal("SIGKILL");
    expect(await held).toBe("cut");
    await gw.until(/the gw before has left/);
    expect(await textOf(gw.url)).toMatch(/^\d+$/);
    // What it has left is no obstacle to the next.
    await upgrade(gw, nextGwIn(dir), "--wait");
    expect((await statusOf(gw)).generation).toBe(3);
  });
});

describeWith(ON_LINUX)("where gw was started", () => {
  test("upgrade: by a link that leads to another release by now, that one is served, and the old one may be gone", async () => {
    using dir = makeTempDir();
    const current = join(dir.path, "current");
    const release = (number: number) => {
      makeDir(dir, String(number), 0o755);
      dir.write(`${number}/app.ts`, `export default { fetch: () => new Response("release ${number}") };`);
      rmSync(current, { force: true });
      symlinkSync(String(number), current);
    };
    release(1);
    await using gw = await startGw(["app.ts"], { cwd: current, env: { PWD: current } });
    await using _ends = ending(gw);
    release(2);
    await upgrade(gw, nextGwIn(dir), "--wait");
    expect(await textOf(gw.url)).toBe("release 2");
    rmSync(join(dir.path, "1"), { recursive: true });
    release(3);
    await upgrade(gw, nextGwIn(dir), "--wait");
    expect(await textOf(gw.url)).toBe("release 3");
  });
});

describeWith(ON_LINUX)("one that does not take over", () => {
  const scripts: [string, string[], RegExp][] = [
    ["is no gw", ["exit 3"], /it ended before it had taken over \(exit code 3\)/],
    [
      "speaks another language",
      [saying({ type: "hello", protocol: 99, version: "9.9.9" }), "exec sleep 60"],
      /gw 9\.9\.9 takes over in another way/,
    ],
    [
      "is killed half-way",
      [HELLO, hearing("inherit"), "kill -9 $$"],
      /it ended before it had taken over \(signal SIGKILL\)/,
    ],
    [
      "ends when it has the server root",
      [
        HELLO,
        hearing("inherit"),
        saying({ type: "ready", workers: 1 }),
        hearing("take"),
        saying({ type: "taken" }),
        "exit 1",
      ],
      /exit code 1/,
    ],
    [
      "refuses",
      [
        HELLO,
        hearing("inherit"),
        saying({ type: "refused", message: "no room", detail: "at all" }),
        "exec sleep 60",
      ],
      /: no room/,
    ],
  ];

  let shared: { dir: TempDir; gw: Gw; pids: (number | null)[] } | undefined;
  const pidsOf = (status: Status) => [
    status.pid,
    ...workersOf(status).map(({ pid }) => pid),
    ...status.fronts.map(({ pid }) => pid),
  ];
  beforeAll(async () => {
    const dir = makeTempDir();
    const gw = await start(dir, ["--processes", "2"]);
    shared = { dir, gw, pids: pidsOf(await statusOf(gw)) };
  });
  afterAll(async () => {
    await shared?.gw[Symbol.asyncDispose]();
    shared?.dir[Symbol.dispose]();
  });

  test.each(scripts)(
    "upgrade: one that %s is refused in words, and the old gw serves on untouched",
    async (name, lines, says) => {
      if (!shared) throw new Error("nothing was started");
      const { dir, gw, pids } = shared;
      await using load = startLoad(gw.url, 2);
      const script = scriptIn(dir, name, ...lines);
      const { code, stderr } = await control(gw, "upgrade", script, "--leave-parent");
      expect(stderr).toMatch(says);
      expect(stderr).toContain("this gw serves on");
      expect(code).toBe(1);
      const { counts, total } = await load.finish();
      expect(counts).toEqual({ "200": total });
      const status = await statusOf(gw);
      expect(pidsOf(status)).toEqual(pids);
      expect(status.refused).toMatchObject({ by: "gw upgrade", reason: expect.stringMatching(says) });
      expect(readFileSync(join(rootOf(status), "gw.pid"), "utf8")).toStartWith(`${gw.pid} `);
    },
  );

  test("upgrade: one whose app does not load is refused with the app's own words", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir);
    dir.write("app.ts", "throw new Error('no database'); export default {};");
    const { code, stderr } = await control(gw, "upgrade", nextGwIn(dir), "--leave-parent");
    expect(stderr).toContain("no database");
    expect(code).toBe(1);
    expect(await textOf(gw.url)).toMatch(/^\d+$/);
    expect(await obey(gw, "status")).toContain("generation 2 was refused");
    expect(readdirSync(rootOf(await statusOf(gw))).filter((name) => name.startsWith("run"))).toEqual(["run"]);
  });

  test("upgrade: what cannot be run, what others can write, and who waits for gw, is refused by name", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir);
    const open = makeDir(dir, "open", 0o777);
    const files: [string, string, RegExp][] = [
      ["is not there", join(dir.path, "nothing"), /no such file/],
      ["is a directory", dir.path, /it is no file/],
      ["cannot be executed", dir.write("plain", "text"), /nobody may execute it/],
      ["is no program", withMode(dir.write("text", "text"), 0o755), /it cannot be run|it ended before/],
      [
        "others can write",
        withMode(scriptIn(dir, "loose", "exit 0"), 0o777),
        /others than its owner can write to the file/,
      ],
      [
        "others can exchange",
        withMode(dir.write("open/script", "#!/bin/sh\n"), 0o755),
        new RegExp(`to the directory ${open}`),
      ],
    ];
    for (const [name, file, says] of files) {
      const { code, stderr } = await control(gw, "upgrade", file, "--leave-parent");
      expect(`${name}: ${stderr}`).toMatch(says);
      expect(code).toBe(1);
      const isInLog = (line: string) =>
        /another gw was (?:not started|refused)/.test(line) && says.test(line);
      await gw.until((output) => output.split("\n").some(isInLog));
    }
    const { stderr } = await control(gw, "upgrade", gwCommand()[0] ?? "");
    expect(stderr).toMatch(/process \d+ \(\S+\) has started gw and would take the end/);
    expect(await textOf(gw.url)).toMatch(/^\d+$/);
  });

  test("upgrade: one that cannot begin with what it is handed says so to the gw that has started it", async () => {
    const said: unknown[] = [];
    const [gw = ""] = gwCommand();
    const heir = Bun.spawn([gw, ROLE_WORDS.heir, "start-server"], {
      stdio: ["ignore", "ignore", "ignore"],
      serialization: "json",
      ipc: (message) => void said.push(message),
    });
    // A descriptor that it does not have.
    const inheritance = { ...HANDED, program: 999_999 };
    heir.send({ type: "inherit", inheritance });
    expect(await heir.exited).toBe(70);
    expect(said.at(-1)).toMatchObject({ type: "refused", message: expect.stringContaining("EBADF") });
  });

  test("upgrade: in embedded mode it is refused by name", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir, ["--embedded-mode"]);
    const { stderr } = await control(gw, "upgrade", "/bin/true", "--leave-parent");
    expect(stderr).toContain("in embedded mode clients are connected to the workers");
  });

  test("upgrade: the old gw is killed half-way, and nothing of either is left", async () => {
    using dir = makeTempDir();
    const slow = "await new Promise((go) => setTimeout(go, 60_000));";
    await using gw = await start(dir);
    dir.write("app.ts", `console.log("loading"); ${slow} export default {};`);
    const asked = control(gw, "upgrade", nextGwIn(dir), "--leave-parent");
    await gw.until(/loading/);
    gw.signal("SIGKILL");
    expect((await asked).code).not.toBe(0);
    // The output ends when the last process that has it is gone.
    expect(await gw.exited).toBe(137);
    expect(gw.stderr()).toContain("Stopped by the end of the gw that it was to follow");
  });

  testWith(AS_ROOT, WITH_OWN_MOUNTS)(
    "upgrade: the disk of the server root is full, and the old gw serves on",
    async () => {
      using dir = makeTempDir();
      const root = join(dir.path, "disk", "root");
      const script = `mkdir -p "${dir.path}/disk" && mount -t tmpfs -o nr_inodes=24 none "${dir.path}/disk" && exec "$0" "$@"`;
      const command = ["unshare", "--mount", "sh", "-c", script, ...gwCommand()];
      await using gw = await start(dir, ["--server-root", root], { command });
      const seen = `/proc/${gw.pid}/root${root}`;
      const file = nextGwIn(dir);
      fillInodes(`/proc/${gw.pid}/root${dir.path}/disk`);
      const ask = (...words: string[]) => control(gw, ...words, "--server-root", seen);
      const { code, stderr } = await ask("upgrade", file, "--leave-parent");
      expect(stderr).toMatch(/this gw serves on: .*no space left/i);
      expect(code).toBe(1);
      expect(await textOf(gw.url)).toMatch(/^\d+$/);
      expect((await ask("ping")).code).toBe(0);
    },
  );
});

function fillInodes(path: string): void {
  for (let n = 0; n < 1000; n++) {
    try {
      writeFileSync(join(path, `full-${n}`), "");
    } catch {
      return;
    }
  }
  throw new Error("the disk has no end");
}

function withMode(path: string, mode: number): string {
  chmodSync(path, mode);
  return path;
}

function makeDir(dir: TempDir, name: string, mode: number): string {
  const path = join(dir.path, name);
  mkdirSync(path);
  return withMode(path, mode);
}
