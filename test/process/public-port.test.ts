// The port of the clients on the real gw, while an app, its threads and its children try to listen there too.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Gw, gwCommand, startGw } from "../support/gw.ts";
import { childInRole } from "../support/proc-status.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

/** Listens on the port of the clients as it is told, and prints how that went. */
const STRANGER = `
  import { createServer } from "node:http";
  import { createServer as createRaw } from "node:net";
  const { mark, kind, address } = JSON.parse(process.env.STRANGER);
  const port = Number(process.env.PORT);
  const say = (word) => console.log(mark + " " + process.pid + " " + word);
  try {
    if (kind === "bun") {
      Bun.serve({ port, hostname: address, reusePort: true, fetch: () => new Response("stranger") });
      say("listens");
    } else {
      const server = kind === "http" ? createServer((_, response) => response.end("stranger"))
        : createRaw((socket) => socket.end("HTTP/1.1 200 OK\\r\\nContent-Length: 8\\r\\nConnection: close\\r\\n\\r\\nstranger"));
      server.on("error", () => say("is refused"));
      server.listen({ port, host: address, reusePort: true }, () => say("listens"));
    }
  } catch { say("is refused"); }
  setInterval(() => {}, 1000);`;

/** Starts a stranger in the way that the path of a request names, and answers whatever becomes of it. */
const APP = `
  import cluster from "node:cluster";
  import { fork, spawn } from "node:child_process";
  import { Worker as Thread } from "node:worker_threads";
  const file = import.meta.dir + "/stranger.ts";
  const withOwn = (env) => ({ ...process.env, ...env });
  const ways = {
    cluster(env) { cluster.setupPrimary({ exec: file }); cluster.fork(env); },
    fork: (env) => fork(file, { env: withOwn(env) }),
    spawn: (env) => spawn(process.execPath, [file], { stdio: "inherit", env: withOwn(env) }),
    shell: (env) => spawn("sh", ["-c", process.execPath + " " + file], { stdio: "inherit", env: withOwn(env) }),
    thread: (env) => new Thread(file, { env: withOwn(env) }),
  };
  export default { fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    ways[pathname.slice(1)]?.({ STRANGER: searchParams.get("as") });
    return new Response("gw's");
  } };`;

function writeAll(): TempDir & { app: string } {
  const dir = makeTempDir();
  dir.write("stranger.ts", STRANGER);
  return Object.assign(dir, { app: dir.write("app.ts", APP) });
}

const ask = async (gw: Gw, path = "") => {
  const url = `http://127.0.0.1:${gw.port}/${path}`;
  return (await fetch(url, { headers: { connection: "close" } })).text();
};

/** What forty clients get, each on a connection of its own. */
async function answersOf(gw: Gw): Promise<string[]> {
  const answers: string[] = [];
  for (let n = 0; n < 40; n++) answers.push(await ask(gw));
  return [...new Set(answers)];
}

let marks = 0;

type Stranger = { way: string; kind: string; address: string };

/** Whether it has come to listen, and its pid. */
async function startStranger(gw: Gw, { way, ...as }: Stranger): Promise<{ pid: string; word: string }> {
  const mark = `stranger${++marks}`;
  await ask(gw, `${way}?as=${encodeURIComponent(JSON.stringify({ mark, ...as }))}`);
  const said = new RegExp(`${mark} (\\d+) (listens|is refused)`);
  const [, pid = "", word = ""] = said.exec(await gw.until(said)) ?? [];
  return { pid, word };
}

/** A thread is led to another place by the worker that it runs in; what is refused to others is the kernel's doing. */
const outcomeOf = (way: string) => (way === "thread" ? "listens" : "is refused");

const WAYS = ["cluster", "fork", "spawn", "shell", "thread"];
const STRANGERS = [
  ...WAYS.map((way) => ({ way, kind: "bun", address: "0.0.0.0" })),
  { way: "cluster", kind: "http", address: "0.0.0.0" },
  { way: "spawn", kind: "raw", address: "0.0.0.0" },
  { way: "spawn", kind: "bun", address: "127.0.0.1" },
  { way: "thread", kind: "bun", address: "127.0.0.1" },
  { way: "spawn", kind: "bun", address: "::" },
];

describe("public port", () => {
  let dir: ReturnType<typeof writeAll>;
  let gw: Gw;
  beforeAll(async () => {
    dir = writeAll();
    gw = await startGw([dir.app, "--host", "0.0.0.0", "--front-ends", "2"]);
  });
  afterAll(async () => {
    await gw[Symbol.asyncDispose]();
    dir[Symbol.dispose]();
  });

  test.each(STRANGERS)(
    "public port: $kind at $address in a $way of the app gets no client",
    async (stranger) => {
      expect((await startStranger(gw, stranger)).word).toBe(outcomeOf(stranger.way));
      expect(await answersOf(gw)).toEqual(["gw's"]);
    },
  );

  test("public port: the same after a front end has died, and after new ones have taken over", async () => {
    const readyIn = (text: string) => text.match(/front \d is ready/g)?.length ?? 0;
    const before = readyIn(gw.stdout() + gw.stderr());
    const { pid } = childInRole(gw.pid, "__front");
    process.kill(pid, "SIGKILL");
    await gw.until((text) => readyIn(text) > before);
    const restart = Bun.spawn([...gwCommand(), "restart", "--front", "--port", String(gw.port)], {
      env: { ...process.env, TMPDIR: gw.tmp },
      stdout: "ignore",
      stderr: "ignore",
    });
    expect(await restart.exited).toBe(0);
    for (const way of ["cluster", "thread"]) {
      const { word } = await startStranger(gw, { way, kind: "bun", address: "0.0.0.0" });
      expect(word).toBe(outcomeOf(way));
    }
    expect(await answersOf(gw)).toEqual(["gw's"]);
  });

  test("public port: who listens at an address beside gw's is told with its pid", async () => {
    const { pid, word } = await startStranger(gw, { way: "spawn", kind: "bun", address: "::1" });
    expect(word).toBe("listens");
    await gw.until(
      new RegExp(`warn +another process listens on gw's port.* pid=${pid} name=bun address=\\[::1\\]`),
    );
    expect(await answersOf(gw)).toEqual(["gw's"]);
  });
});

describe("public port of others", () => {
  test("public port: a second gw is refused, and the first one's clients do not notice", async () => {
    using dir = writeAll();
    await using gw = await startGw([dir.app]);
    const second = startGw([dir.app, "--port", String(gw.port)]);
    const { pid } = childInRole(gw.pid, "__front");
    const how = `(gw-front), of a gw: gw status --port ${gw.port} shows it`;
    const refused = expect(second).rejects.toThrow(
      `Port ${gw.port} on 127.0.0.1 is taken by process ${pid} ${how}`,
    );
    expect(await answersOf(gw)).toEqual(["gw's"]);
    await refused;
  });

  test("public port: in embedded mode it is the app's, and who shares it is told with its pid", async () => {
    using dir = writeAll();
    await using gw = await startGw([dir.app, "--embedded-mode"]);
    const { pid, word } = await startStranger(gw, { way: "spawn", kind: "bun", address: "127.0.0.1" });
    expect(word).toBe("listens");
    await gw.until(new RegExp(`error +another process listens on gw's port and takes a share.* pid=${pid} `));
  });
});
