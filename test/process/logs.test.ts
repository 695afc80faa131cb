// Where logs go, on the binary: files, their rotation, what stands in them, and that they agree with what clients saw.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { obey, statusOf } from "../support/control.ts";
import { eventually, type Gw, gwCommand, launchGw, startGw } from "../support/gw.ts";
import { ON_LINUX, testWith, WITH_OWN_MOUNTS } from "../support/needs.ts";
import { connectRaw, exchangeRaw } from "../support/raw-http.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/crash") process.exit(3);
    if (pathname === "/print") console.log('{"level":"warn","msg":"said","order":7}');
    return new Response("x".repeat(pathname.length), { status: pathname === "/404" ? 404 : 200 });
  },
};`;

type Line = Record<string, string | number>;
const linesOf = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
const jsonOf = (path: string): Line[] => linesOf(path).map((line) => JSON.parse(line));

async function serve(dir: TempDir, ...args: string[]): Promise<Gw & { access: string; error: string }> {
  const app = dir.write("app.ts", APP);
  const logs = join(dir.path, "logs");
  const gw = await startGw([app, "--access-log", "--log-directory", logs, ...args]);
  return { ...gw, access: join(logs, "access_log"), error: join(logs, "error_log") };
}

describe("logs: the access log", () => {
  test("has a line for everything that came, refused by the parser or not, with what its client saw", async () => {
    using dir = makeTempDir();
    await using gw = await serve(dir, "--access-log-format", "json");
    const seen: [number, number][] = [];
    for (const path of ["/a", "/404", "/crash", "/bb?password=hunter2"]) {
      const answer = await fetch(new URL(path, gw.url));
      seen.push([answer.status, (await answer.bytes()).length]);
    }
    for (const request of [
      "GET / HTTP/1.1\r\n\r\n",
      "G\x01ET / HTTP/1.1\r\nHost: a\r\n\r\n",
      `GET /${"y".repeat(70_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    ]) {
      const answer = await exchangeRaw(gw.url, request);
      const [head = "", body = ""] = answer.split("\r\n\r\n");
      seen.push([Number(head.split(" ")[1]), body.length]);
    }
    await eventually(() => linesOf(gw.access).length >= seen.length, "all lines");
    const lines = jsonOf(gw.access);
    const told = lines.map((line) => [line["http.response.status_code"], line["http.response.body.size"]]);
    expect(told).toEqual(seen);
    expect(lines.map((line) => line["error.type"])).toEqual([
      undefined,
      undefined,
      "worker_died",
      undefined,
      "bad_host",
      "malformed_request",
      "target_too_long",
    ]);
    expect(readFileSync(gw.access, "utf8")).not.toContain("hunter2");
    expect(lines[5]?.["http.request.line"]).toBe("G\x01ET / HTTP/1.1");
  });

  test("tells of a client that left before its answer", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", "export default { fetch: () => new Promise(() => {}) };");
    const logs = join(dir.path, "logs");
    await using gw = await startGw([app, "--access-log", "--log-directory", logs]);
    const client = await connectRaw(gw.url);
    await client.send("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
    await eventually(async () => (await statusOf(gw)).groups[0]?.workers[0]?.activeRequests === 1, "it runs");
    client.terminate();
    const access = join(logs, "access_log");
    await eventually(() => linesOf(access).length === 1, "its line");
    expect(linesOf(access)[0]).toMatch(/"GET \/gone HTTP\/1\.1" 499 -$/);
  });

  test("goes to standard output where there is no directory, and not into gw logs", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([
      dir.write("app.ts", APP),
      "--access-log",
      "--access-log-format",
      "%m %U %s",
    ]);
    await (await fetch(new URL("/abc", gw.url))).text();
    await gw.until(/^GET \/abc 200$/m);
    expect(await obey(gw, "logs")).not.toContain("/abc");
  });

  test("loses nothing at a reload, nor at a stop", async () => {
    using dir = makeTempDir();
    await using gw = await serve(dir, "--access-log-format", "%U", "--front-ends", "2");
    let sent = 0;
    const ask = async () => {
      for (let n = 0; n < 50; n++) await (await fetch(new URL(`/${sent++}`, gw.url))).text();
    };
    await ask();
    await obey(gw, "restart", "--front");
    await ask();
    expect(await gw.stop()).toBe(0);
    const paths = linesOf(gw.access).map((line) => Number(line.slice(1)));
    expect(paths.toSorted((a, b) => a - b)).toEqual(Array.from({ length: sent }, (_, n) => n));
  });
});

describe("logs: a supervisor that stands still", () => {
  test("holds up no request; what it does not take is dropped, and the books balance", async () => {
    using dir = makeTempDir();
    await using gw = await serve(dir, "--access-log-format", `%U ${"z".repeat(1900)}`);
    await (await fetch(new URL("/before", gw.url))).text();
    process.kill(gw.pid, "SIGSTOP");
    let answered = 1;
    try {
      const ask = async () => {
        for (let n = 0; n < 100; n++) {
          const { ok } = await fetch(new URL("/x", gw.url));
          if (ok) answered++;
        }
      };
      await Promise.all(Array.from({ length: 16 }, ask));
    } finally {
      process.kill(gw.pid, "SIGCONT");
    }
    expect(answered).toBe(1601);
    const figure = (text: string, name: string) =>
      Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
    let [lines, dropped] = [0, 0];
    await eventually(async () => {
      const told = await obey(gw, "metrics");
      [lines, dropped] = [
        figure(told, "gw_access_log_lines_total"),
        figure(told, "gw_access_log_dropped_total"),
      ];
      return lines + dropped === answered;
    }, "every request has its line, or is counted as dropped");
    await eventually(() => linesOf(gw.access).length === lines, "all that were taken stand in the file");
    expect(dropped).toBeGreaterThan(0);
    expect(readFileSync(gw.error, "utf8")).toMatch(/access log lines are taken again dropped=\d+/);
  });
});

describe("logs: files", () => {
  test("hold gw's log and the app's output, for their owner and group only; SIGUSR2 opens them anew", async () => {
    using dir = makeTempDir();
    await using gw = await serve(dir);
    await (await fetch(new URL("/print", gw.url))).text();
    await eventually(() => linesOf(gw.error).length >= 1 && linesOf(gw.access).length >= 1, "a line in each");
    expect(linesOf(gw.error)[0]).toContain('[worker 1] {"level":"warn"');
    expect([gw.access, gw.error].map((path) => statSync(path).mode & 0o037)).toEqual([0, 0]);
    for (const path of [gw.access, gw.error]) renameSync(path, `${path}.1`);
    gw.signal("SIGUSR2");
    await eventually(() => linesOf(gw.error).length === 1, "the new file");
    await (await fetch(new URL("/print", gw.url))).text();
    await eventually(() => linesOf(gw.access).length === 1, "a line in the new file");
    expect(linesOf(gw.error)[0]).toContain("log files are opened anew by=SIGUSR2");
    expect(linesOf(`${gw.access}.1`)).toHaveLength(1);
  });

  test("that cannot be had end the start, by name", async () => {
    using dir = makeTempDir();
    const place = dir.write("logs", "a file");
    await using gw = launchGw([
      "start-server",
      dir.write("app.ts", APP),
      "--port",
      "0",
      "--log-directory",
      place,
    ]);
    expect(await gw.exited).toBe(73);
    expect(gw.stderr()).toContain(`The log file ${place}`);
  });

  test("say why a start has failed, and of which group, as the terminal does", async () => {
    using dir = makeTempDir();
    const groups = {
      well: { app: dir.write("app.ts", APP) },
      ill: { mount: "/ill", app: dir.write("ill.ts", 'throw new Error("no database");') },
    };
    const logDirectory = join(dir.path, "logs");
    const config = dir.write("gw.config.json", JSON.stringify({ port: 0, logDirectory, groups }));
    await using gw = launchGw(["start-server", "--config", config]);
    expect(await gw.exited).toBe(1);
    const why = "ill: The app could not be loaded: no database";
    expect(gw.stderr()).toContain(`error: ${why}`);
    expect(readFileSync(join(logDirectory, "error_log"), "utf8")).toContain(
      `error gw leaves with an error cause=app_load_failed why="${why}`,
    );
  });

  test("that somebody removes are made again, with their directory; what cannot be is told wherever an operator looks", async () => {
    using dir = makeTempDir();
    await using gw = await serve(dir);
    const logs = dirname(gw.error);
    rmSync(logs, { recursive: true });
    await eventually(
      () => linesOf(gw.error).some((line) => /a log file had been removed and was made again/.test(line)),
      "the files are there again",
    );
    await fetch(new URL("/after", gw.url));
    await eventually(() => linesOf(gw.access).some((line) => line.includes("/after")), "lines go on");

    rmSync(logs, { recursive: true });
    writeFileSync(logs, "what cannot be a directory");
    const told =
      /a log file cannot be written; .*path=\S*error_log why="it was removed, and cannot be made again/;
    await gw.until(told);
    await fetch(new URL("/crash", gw.url));
    const shown = async () =>
      (await obey(gw, "status")).includes(`the log at ${gw.error} is in trouble: it was removed`);
    await eventually(shown, "gw status tells of it");
    const figure = async () => Number(/^gw_log_dropped_total (\d+)$/m.exec(await obey(gw, "metrics"))?.[1]);
    await eventually(async () => (await figure()) > 0, "lines that are lost are counted");
    rmSync(logs);
    await eventually(
      () => linesOf(gw.error).some((line) => /a log file can be written again .*dropped=[1-9]/.test(line)),
      "the log is taken up again",
    );
    expect((await statusOf(gw)).logTroubles).toEqual([]);
    expect(gw.stderr().match(/cannot be written.*error_log/g)).toHaveLength(1);
  });

  testWith(WITH_OWN_MOUNTS)(
    "on a full disk cost their lines and no request; it is told once, and they go on",
    async () => {
      using dir = makeTempDir();
      const logs = join(dir.path, "logs");
      const app = dir.write("app.ts", APP);
      const script = `mount -t tmpfs -o size=64k none ${logs} && exec "$@"`;
      await using gw = await startGw(
        [app, "--access-log", "--access-log-format", `%U ${"z".repeat(1000)}`, "--log-directory", logs],
        { command: ["unshare", "-m", "sh", "-c", `mkdir -p ${logs} && ${script}`, "sh", ...gwCommand()] },
      );
      const inside = join(`/proc/${gw.pid}/root`, logs);
      for (let n = 0; n < 200; n++) expect((await fetch(new URL(`/${n}`, gw.url))).status).toBe(200);
      await gw.until(/a log file cannot be written; .*why=.*ENOSPC/);
      await Bun.write(join(inside, "access_log"), "");
      await eventually(async () => {
        await (await fetch(new URL("/again", gw.url))).text();
        return /can be written again .*dropped=[1-9]/.test(readFileSync(join(inside, "error_log"), "utf8"));
      }, "it goes on");
      expect(gw.stderr().match(/cannot be written/g)).toHaveLength(1);
    },
  );
});

describe("logs: forms for machines", () => {
  test("json: every line of both streams is an object, and an app's own keeps its fields", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", APP);
    await using gw = launchGw([
      "start-server",
      app,
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      "--log-format",
      "json",
    ]);
    const output = await gw.until(/"message":"serving"/);
    const url = /"gw\.url":"([^"]+)"/.exec(output)?.[1] ?? "";
    await (await fetch(new URL("/print", url))).text();
    await gw.until(/"message":"said"/);
    await fetch(new URL("/crash", url));
    await gw.until(/"gw\.reason":"crash"/);
    await gw.stop();
    const lines: Line[] = `${gw.stdout()}${gw.stderr()}`
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(lines.find(({ message }) => message === "said")).toMatchObject({
      "log.level": "warn",
      "log.source": "app",
      "gw.process": "worker 1",
      order: 7,
    });
    expect(lines.find((line) => line["error.type"] === "worker_died")).toMatchObject({
      "log.source": "front",
      "url.path": "/crash",
    });
  });
});

test("logs: gw log-level shows more for a while, of one source, and ends by itself", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([dir.write("app.ts", APP)]);
  expect(await obey(gw, "log-level", "debug", "supervisor", "--for", "1s")).toMatch(
    /^supervisor +debug\nfront +info$/m,
  );
  await obey(gw, "ping");
  await gw.until(/debug a control command came command=ping/);
  await gw.until(/the level of the log is as before source=supervisor was=debug/);
  expect(await obey(gw, "log-level")).toMatch(/^supervisor +info$/m);
  const lines = gw.stderr().split("\n").length;
  await obey(gw, "ping");
  expect(gw.stderr().split("\n")).toHaveLength(lines);
});

test("logs: gw log-level lessens what apps print as text, which --log-level does not", async () => {
  using dir = makeTempDir();
  const app = `export default (request) => {
    console.log("out", new URL(request.url).pathname);
    console.error("err", new URL(request.url).pathname);
    return new Response("hello");
  };`;
  await using gw = await startGw([dir.write("app.ts", app), "--log-level", "error"]);
  expect(await obey(gw, "log-level")).toMatch(/^app +debug$/m);
  await fetch(new URL("/one", gw.url));
  await gw.until(/\[worker 1\] out \/one$/m);
  expect(await obey(gw, "log-level", "error", "app")).toMatch(/^app +error$/m);
  await fetch(new URL("/two", gw.url));
  await gw.until(/\[worker 1\] err \/two$/m);
  await obey(gw, "log-level", "reset");
  await fetch(new URL("/three", gw.url));
  await gw.until(/\[worker 1\] out \/three$/m);
  expect(gw.stdout()).not.toContain("out /two");
});

const LISTENER = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
while True:
    print(s.recv(65536).decode().replace("\\n", "|"), flush=True)
`;
const WITH_PYTHON = { isMet: Bun.which("python3") !== null, why: "needs python3" };

describe("logs: the system's own", () => {
  testWith(ON_LINUX, WITH_PYTHON)("the journal gets gw's log and the app's output, as fields", async () => {
    using dir = makeTempDir();
    const socket = join(dir.path, "journal");
    const received = join(dir.path, "received");
    const listener = Bun.spawn(["python3", dir.write("listen.py", LISTENER), socket], {
      stdout: Bun.file(received),
    });
    try {
      await eventually(() => linesOf(received).length === 1, "it listens");
      await using gw = await startGw([dir.write("app.ts", APP), "--log-target", `journald:${socket}`]);
      await (await fetch(new URL("/print", gw.url))).text();
      await eventually(
        () => linesOf(received).some((line) => line.includes("MESSAGE=worker 1: said")),
        "it was told",
      );
      expect(linesOf(received).find((line) => line.includes("said"))).toBe(
        "MESSAGE=worker 1: said|PRIORITY=4|SYSLOG_IDENTIFIER=gw|GW_SOURCE=app|GW_PROCESS=worker 1|GW_ORDER=7|",
      );
      listener.kill();
      await listener.exited;
      expect((await fetch(gw.url)).status).toBe(200);
      await (await fetch(new URL("/print", gw.url))).text();
      await gw.until(/a log file cannot be written; .*why=/);
    } finally {
      listener.kill();
      await listener.exited;
    }
  });

  test("a socket where nobody is ends the start, by name", async () => {
    using dir = makeTempDir();
    const args = [
      "start-server",
      dir.write("app.ts", APP),
      "--port",
      "0",
      "--log-target",
      `syslog:${dir.path}/none`,
    ];
    await using gw = launchGw(args);
    expect(await gw.exited).toBe(73);
    expect(gw.stderr()).toContain(`The log cannot go to ${dir.path}/none`);
  });
});

describe("logs: ids of requests", () => {
  const FETCH = `export default {
  async fetch(request) {
    await Bun.sleep(1);
    console.log("in", request.url);
    return new Response("hello");
  },
};`;
  const NODE = `import { createServer } from "node:http";
createServer(async (request, response) => {
  await Bun.sleep(1);
  console.log("in", request.url);
  response.end("hello");
}).listen(3000);`;

  test.each([
    ["fetch", FETCH],
    ["node", NODE],
  ])("console in a request of a %s app bears the id that the access log has", async (_kind, text) => {
    using dir = makeTempDir();
    const args = ["--log-request-ids", "--access-log", "--access-log-format", "%L %U"];
    await using gw = await startGw([dir.write("app.ts", text), ...args]);
    await Promise.all([1, 2, 3].map(async () => (await fetch(new URL("/print", gw.url))).text()));
    await gw.until((output) => (output.match(/^\S+ \/print$/gm) ?? []).length === 3);
    const told = gw.stdout().match(/(?<=^\[worker 1 )\S+(?=\] )/gm) ?? [];
    const logged = gw.stdout().match(/^\S+(?= \/print$)/gm) ?? [];
    expect(told.toSorted()).toEqual(logged.toSorted());
    expect(told).toHaveLength(3);
  });

  test("a line of JSON that console prints in a request keeps its level and its fields, beside the id and the slot", async () => {
    using dir = makeTempDir();
    const app = `export default { async fetch() {
      await 1;
      console.log(JSON.stringify({ level: "warn", msg: "low", stock: 2 }));
      return new Response("hello");
    } };`;
    const args = ["--host", "127.0.0.1", "--port", "0", "--log-request-ids", "--log-format", "json"];
    await using gw = launchGw(["start-server", dir.write("app.ts", app), ...args]);
    const serving = await gw.until(/"message":"serving"/);
    await fetch(/"gw\.url":"([^"]+)"/.exec(serving)?.[1] ?? "");
    const output = await gw.until(/"stock":2/);
    const line = output.split("\n").find((one) => one.includes('"stock":2')) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      "log.level": "warn",
      "gw.process": "worker 1",
      "http.request.id": expect.stringMatching(/^[0-9a-z]+-[0-9a-z]+$/),
      message: "low",
      stock: 2,
    });
  });

  const FAILING = `function fail() { throw new Error("of the app"); }
const act = (path) => {
  if (path === "/throw") fail();
  if (path === "/timer") setTimeout(fail, 1);
  if (path === "/trace") console.trace("here");
  if (path === "/table") console.table([{ stock: 2 }]);
};`;
  const FAILS_BY_FETCH = `${FAILING}
export default { async fetch(request) {
  await 1;
  act(new URL(request.url).pathname);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return new Response("late");
} };`;
  const FAILS_BY_NODE = `${FAILING}
import { createServer } from "node:http";
createServer((request, response) => {
  act(request.url);
  setTimeout(() => response.end("late"), 1000);
}).listen(3000);`;

  test.each([
    ["fetch", FAILS_BY_FETCH],
    ["node", FAILS_BY_NODE],
  ])(
    "errors, stacks and tables of a %s app are one record each, with the id and without gw's frames",
    async (_kind, app) => {
      using dir = makeTempDir();
      const args = ["--host", "127.0.0.1", "--port", "0", "--log-request-ids", "--log-format", "json"];
      await using gw = launchGw(["start-server", dir.write("app.ts", app), ...args]);
      const serving = await gw.until(/"message":"serving"/);
      const url = /"gw\.url":"([^"]+)"/.exec(serving)?.[1] ?? "";
      // The last one ends the process.
      const asked = ["/trace", "/table", "/throw", "/timer"].map((path) => fetch(new URL(path, url)));
      await Promise.allSettled(asked);
      await gw.until(/worker 1 ended/);
      const of = (output: string): Line[] =>
        output.split("\n").flatMap((line) => (line.includes('"log.source":"app"') ? [JSON.parse(line)] : []));
      const id = expect.stringMatching(/^[0-9a-z]+-[0-9a-z]+$/);
      const stack = expect.stringMatching(/at .*app\.ts:\d+:\d+/);
      expect(of(gw.stdout())).toMatchObject([
        { message: "here", "http.request.id": id, "error.stack_trace": stack },
        { message: expect.stringMatching(/stock.*\n.*\n.*2/), "http.request.id": id },
      ]);
      const error = { message: "error: of the app", "http.request.id": id, "error.stack_trace": stack };
      expect(of(gw.stderr())).toMatchObject([error, error]);
      expect(
        new Set([...of(gw.stdout()), ...of(gw.stderr())].map((line) => line["http.request.id"])).size,
      ).toBe(4);
      expect(`${gw.stdout()}${gw.stderr()}`).not.toMatch(/bunfs|async_hooks/);
    },
  );
});
