// Where clients come in besides the port: several addresses, UNIX sockets, and what a service manager hands over. On the real
// gw, also while its front ends are replaced under load.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, closeSync, existsSync, lstatSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listenAtPath } from "../../ffi/unix-socket.ts";
import { type Gw, type GwOptions, gwCommand, launchGw, runGw, startGw } from "../support/gw.ts";
import { issue } from "../support/issue.ts";
import { describeWith, ON_LINUX, testWith, WITH_SOCKET_ACTIVATION } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { APPS } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const WHO = join(APPS, "who.ts");
const ADDRESSES = ["--listen", "127.0.0.1:0", "--listen", "[::1]:0"];

/** What a client gets there; `unix` beside it for a UNIX socket. */
const ask = async (url: string, unix?: string) => {
  const answer = await fetch(url, { ...(unix !== undefined && { unix }), headers: { connection: "close" } });
  return (await answer.json()) as { url: string; address?: string };
};

/** The serving lines come one after the other. */
const serves = (urls: number) => (output: string) =>
  (output.match(/^gw: serving \S+\n/gm) ?? []).length === urls;

const urlsOf = (gw: Gw) => [...gw.stdout().matchAll(/^gw: serving (\S+)$/gm)].map(([, url]) => url ?? "");

/** Waits for the serving line of one that has no port of its own. */
async function startAt(args: string[], options: GwOptions = {}, urls = 1): Promise<Gw> {
  const gw = launchGw(["start-server", WHO, ...args], options);
  await gw.until(serves(urls)).catch(async (error) => {
    await gw[Symbol.asyncDispose]();
    throw error;
  });
  return gw;
}

/** All front ends and workers are replaced under load, so many times; what became of the requests. */
async function replaceAll(gw: Gw, times = 1): Promise<object> {
  const { stdout } = await runGw(
    [
      "check-reload",
      "--front",
      "--json",
      "--times",
      String(times),
      "--requests",
      "500",
      "--concurrency",
      "8",
    ],
    { env: { TMPDIR: gw.tmp } },
  );
  return JSON.parse(stdout) as object;
}

const NOTHING_LOST = { failures: 0, isGood: true };

describeWith(ON_LINUX)("several places", () => {
  let gw: Gw;
  let dir: TempDir;
  let path: string;
  beforeAll(async () => {
    dir = makeTempDir();
    path = join(dir.path, "gw.sock");
    const unix = ["--listen", `unix:${path}`, "--listen", `unix:@gw-${process.pid}`];
    gw = await startAt([...ADDRESSES, ...unix, "--socket-mode", "600"], {}, 4);
  });
  afterAll(async () => {
    await gw[Symbol.asyncDispose]();
    dir[Symbol.dispose]();
  });

  test("sockets: each address and each socket answers, and is told in the serving lines and in status", async () => {
    const [v4 = "", v6 = "", ...unix] = urlsOf(gw);
    expect(unix).toEqual([`unix:${path}`, `unix:@gw-${process.pid}`]);
    expect((await ask(v4)).address).toBe("127.0.0.1");
    expect((await ask(v6)).address).toBe("::1");
    expect(await ask("http://shop.example/a", path)).toMatchObject({ url: "http://shop.example/a" });
    expect(await ask("http://shop.example/b", `\0gw-${process.pid}`)).toMatchObject({
      url: "http://shop.example/b",
    });
    const status = await runGw(["status", "--json"], { env: { TMPDIR: gw.tmp } });
    expect(JSON.parse(status.stdout)).toMatchObject({ urls: urlsOf(gw), port: Number(new URL(v4).port) });
  });

  test("sockets: an app sees no address of a client that has none", async () => {
    expect((await ask("http://shop.example/", path)).address).toBeUndefined();
  });

  test("sockets: the file has the permissions that were asked for", () => {
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });

  test("sockets: another gw does not take the socket, and leaves it alone", async () => {
    const second = await runGw(["start-server", WHO, "--listen", `unix:${path}`]);
    expect(second.code).toBe(69);
    expect(second.stderr).toContain(`Another process listens on the socket ${path}`);
    expect((await ask("http://a/", path)).url).toBe("http://a/");
  });
});

describeWith(ON_LINUX)("a UNIX socket alone", () => {
  test("sockets: front ends and generations are replaced under load without a lost request, and the file goes at the end", async () => {
    using dir = makeTempDir();
    const path = join(dir.path, "gw.sock");
    // Left behind by one that was killed.
    const stale = listenAtPath(path, { mode: 0o600, backlog: 1 });
    if (stale.ok) closeSync(stale.value);
    await using gw = await startAt(["--listen", `unix:${path}`, "--front-ends", "2"]);
    expect(await replaceAll(gw, 2)).toMatchObject({ ...NOTHING_LOST, done: 2 });
    expect(gw.stderr()).not.toContain("warn");
    expect(await gw.stop()).toBe(0);
    expect(readdirSync(dir.path)).toEqual([]);
  });

  test("sockets: a front end that is killed is followed by another one; until then clients wait", async () => {
    using dir = makeTempDir();
    const path = join(dir.path, "gw.sock");
    await using gw = await startAt(["--listen", `unix:${path}`]);
    const status = await runGw(["status", "--json"], { env: { TMPDIR: gw.tmp } });
    const [front] = (JSON.parse(status.stdout) as { fronts: { pid: number }[] }).fronts;
    process.kill(front?.pid ?? 0, "SIGKILL");
    expect((await ask("http://a/", path)).url).toBe("http://a/");
  });

  test("sockets: what is in the way is named, and stays", async () => {
    using dir = makeTempDir();
    const path = join(dir.path, "gw.sock");
    writeFileSync(path, "mine");
    const { code, stderr } = await runGw(["start-server", WHO, "--listen", `unix:${path}`]);
    expect([code, existsSync(path)]).toEqual([69, true]);
    expect(stderr).toContain(`gw cannot listen on the socket ${path}: there is a file of that name`);
  });
});

/** Runs gw with these descriptors, announced as systemd does it. */
function startWith(
  descriptors: number[],
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<Gw> {
  const command = ["sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"', ...gwCommand()];
  const announced = { LISTEN_FDS: String(descriptors.length), ...env };
  return startAt(args, { command, descriptors, env: announced });
}

describeWith(ON_LINUX)("handed over", () => {
  test("sockets: what a service manager has opened is served and shared, and no request is lost when front ends change", async () => {
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { fd } = listener as unknown as { fd: number };
    await using gw = await startWith([fd], ["--front-ends", "2"]);
    // From here on gw alone accepts.
    listener.stop();
    const url = `http://localhost:${listener.port}/`;
    expect(urlsOf(gw)).toEqual([`http://127.0.0.1:${listener.port}/`]);
    expect((await ask(url)).address).toBe("127.0.0.1");
    expect(await replaceAll(gw)).toMatchObject({ ...NOTHING_LOST, done: 1 });
    expect(gw.stderr()).not.toContain("warn");
  });

  test("sockets: the one at the port of HTTPS speaks TLS, and keeps it when front ends change", async () => {
    using dir = makeTempDir();
    const { certificate, key } = issue({ name: "localhost", names: ["localhost"] });
    const pair = dir.write("pair.pem", certificate + key);
    chmodSync(pair, 0o600);
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { fd } = listener as unknown as { fd: number };
    const https = ["--https-port", String(listener.port), "--ssl-certificate-file", pair];
    await using gw = await startWith([fd], https);
    listener.stop();
    const url = `https://127.0.0.1:${listener.port}/`;
    expect(urlsOf(gw)).toEqual([url]);
    const answer = await fetch(url, { tls: { rejectUnauthorized: false } });
    expect(await answer.json()).toMatchObject({ url, address: "127.0.0.1" });
    expect(await replaceAll(gw)).toMatchObject({ ...NOTHING_LOST, done: 1 });
    expect(gw.stderr()).not.toContain("warn");
  });

  test("sockets: a descriptor that takes no clients ends the start, by its number and name", async () => {
    const command = ["sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@" 3</dev/null', ...gwCommand()];
    const env = { LISTEN_FDS: "1", LISTEN_FDNAMES: "web" };
    await using gw = launchGw(["start-server", WHO], { command, env });
    expect(await gw.exited).toBe(78);
    expect(gw.stderr()).toContain("Descriptor 3 (web) of LISTEN_FDS is no socket");
  });

  test("sockets: what is announced to somebody else is not taken", async () => {
    await using gw = await startGw([WHO], { env: { LISTEN_FDS: "1", LISTEN_PID: "1" } });
    expect((await ask(gw.url)).address).toBe("127.0.0.1");
  });

  testWith(ON_LINUX, WITH_SOCKET_ACTIVATION)(
    "sockets: systemd's own way, with the first client that starts gw",
    async () => {
      using dir = makeTempDir();
      const path = join(dir.path, "activated.sock");
      const launcher = ["systemd-socket-activate", "--listen", path, ...gwCommand()];
      await using gw = launchGw(["start-server", WHO], { command: launcher });
      await gw.until(/Listening on/);
      expect((await ask("http://a/first", path)).url).toBe("http://a/first");
      await gw.until(serves(1));
      expect(urlsOf(gw)).toEqual([`unix:${path}`]);
    },
  );
});
