// What the real gw tells its service manager, heard at the socket that systemd would have.
import { ptr } from "bun:ffi";
import { expect, setDefaultTimeout, test } from "bun:test";
import { closeSync } from "node:fs";
import { join } from "node:path";
import { libc } from "../../ffi/libc.ts";
import { takeAtOnce } from "../../ffi/socket.ts";
import { eventually, runGw, startGw } from "../support/gw.ts";
import { describeWith, ON_LINUX } from "../support/needs.ts";
import { nextGwIn } from "../support/next-gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const AF_UNIX = 1;
const SOCK_DGRAM = 2;

/** Hears datagrams at a path. */
function listenForWords(path: string) {
  const library = libc();
  if (!library.available || !library.linux) throw new Error("only on Linux");
  const { linux } = library;
  const fd = linux.socket(AF_UNIX, SOCK_DGRAM, 0);
  const address = Buffer.from(new ArrayBuffer(2 + path.length + 1));
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  if (linux.bind(fd, ptr(address), address.byteLength) !== 0) throw new Error(library.lastError());
  const heard: string[] = [];
  const into = new Uint8Array(new ArrayBuffer(4096));
  return {
    heard,
    until: (isSaid: (heard: readonly string[]) => boolean, what: string) =>
      eventually(() => {
        for (let count = takeAtOnce(fd, into); count !== undefined; count = takeAtOnce(fd, into))
          heard.push(Buffer.from(into.subarray(0, count)).toString());
        return isSaid(heard);
      }, what),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

describeWith(ON_LINUX)("a service manager", () => {
  test("service manager: it hears when gw serves, reloads and stops, and that it lives; the app gets none of its variables", async () => {
    using dir = makeTempDir();
    const path = join(dir.path, "notify.sock");
    using words = listenForWords(path);
    const app = dir.write(
      "env.ts",
      "export default { fetch: () => Response.json(Object.keys(process.env).filter((name) => /NOTIFY|WATCHDOG/.test(name))) };",
    );
    await using gw = await startGw([app], { env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: "200000" } });
    await words.until((heard) => heard[0] === `READY=1\nSTATUS=serving ${gw.url}`, "it serves");
    await words.until(
      (heard) => heard.filter((one) => one === "WATCHDOG=1").length > 2,
      "its watchdog is fed",
    );
    expect(await (await fetch(gw.url)).json()).toEqual([]);
    const reload = await runGw(["reload"], { env: { TMPDIR: gw.tmp } });
    expect(reload.code).toBe(0);
    const said = (heard: readonly string[]) => heard.filter((one) => one !== "WATCHDOG=1");
    await words.until((heard) => said(heard).length >= 3, "it has reloaded");
    expect(said(words.heard).slice(1)).toEqual([
      expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=reloading$/),
      `READY=1\nSTATUS=serving ${gw.url}`,
    ]);
    expect(await gw.stop()).toBe(0);
    await words.until((heard) => said(heard).length >= 4, "it stops");
    expect(said(words.heard)[3]).toBe("STOPPING=1\nSTATUS=stopping");
  });

  test("service manager: after an upgrade it hears which process is the main one, and from that that it serves and lives", async () => {
    using dir = makeTempDir();
    const path = join(dir.path, "notify.sock");
    using words = listenForWords(path);
    const app = dir.write("app.ts", "export default { fetch: () => new Response() };");
    const next = nextGwIn(dir);
    // Nobody reads while gw is upgraded, and few words fit.
    const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "2000000" };
    await using gw = await startGw([app], { env });
    const upgrade = await runGw(["upgrade", next, "--leave-parent"], { env: { TMPDIR: gw.tmp } });
    await using _ends = {
      [Symbol.asyncDispose]: async () => void (await runGw(["stop"], { env: { TMPDIR: gw.tmp } })),
    };
    const [, pid] = /\(process (\d+)\) serves/.exec(upgrade.stdout) ?? [];
    const said = () => words.heard.filter((one) => one !== "WATCHDOG=1");
    await words.until(
      () => said().filter((one) => one.startsWith("READY=1")).length >= 2,
      "the new one serves",
    );
    expect(said().slice(0, 4)).toEqual([
      `READY=1\nSTATUS=serving ${gw.url}`,
      expect.stringMatching(/^RELOADING=1\n/),
      `MAINPID=${pid}`,
      `READY=1\nSTATUS=serving ${gw.url}`,
    ]);
    await gw.until(/the gw before has left/);
    const before = words.heard.length;
    await words.until((heard) => heard.length > before, "the new one feeds the watchdog");
    expect(said().some((one) => one.startsWith("STOPPING"))).toBe(false);
  });

  test("service manager: one that does not answer is told of once, and serving goes on", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)], {
      env: { NOTIFY_SOCKET: join(dir.path, "gone") },
    });
    await gw.until(/the service manager cannot be told how gw is why="no such file or directory \(ENOENT\)"/);
    expect((await fetch(gw.url)).status).toBe(200);
  });
});
