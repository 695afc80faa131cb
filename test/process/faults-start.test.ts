// Starts in places and with rights that are not as they should be: refused with one clear sentence, or unharmed. The page
// docs/faults.md leads here.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { environment, type GwOptions, gwCommand, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith, WITH_OWN_MOUNTS } from "../support/needs.ts";
import { doing, urlDoing, writeObedientApp } from "../support/obedient-app.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const NOBODY = { uid: 65_534, gid: 65_534 };

async function refusal(args: string[], options: GwOptions = {}): Promise<{ code: number; stderr: string }> {
  const { code, stdout, stderr } = await runGw(["start-server", "--host", "127.0.0.1", ...args], options);
  expect(stdout).toBe("");
  return { code, stderr };
}

describe("faults: a server root", () => {
  test("that is a symbolic link is refused, and what it leads to is not touched", async () => {
    using dir = makeTempDir();
    const [real, link] = [join(dir.path, "real"), join(dir.path, "link")];
    mkdirSync(real);
    symlinkSync(real, link);
    const { code, stderr } = await refusal([writeObedientApp(dir), "--port", "0", "--server-root", link]);
    expect(code).toBe(78);
    expect(stderr).toContain(`The server root ${link} cannot be used: it is a symbolic link`);
    expect(readdirSync(real)).toEqual([]);
  });

  test("whose place for sockets is a link is refused, and what it leads to is not touched", async () => {
    using dir = makeTempDir();
    const [root, real] = [join(dir.path, "root"), join(dir.path, "real")];
    mkdirSync(root);
    mkdirSync(real);
    dir.write("real/precious", "kept");
    symlinkSync(real, join(root, "run"));
    const { code } = await refusal([writeObedientApp(dir), "--port", "0", "--server-root", root]);
    expect(code).toBe(78);
    expect(readdirSync(real)).toEqual(["precious"]);
  });

  test("that other users may write to is refused", async () => {
    using dir = makeTempDir();
    const root = join(dir.path, "root");
    mkdirSync(root);
    chmodSync(root, 0o777);
    const { code, stderr } = await refusal([writeObedientApp(dir), "--port", "0", "--server-root", root]);
    expect(code).toBe(78);
    expect(stderr).toContain("other users may write to it");
  });

  testWith(AS_ROOT)("that belongs to somebody else is refused, also to root", async () => {
    using dir = makeTempDir();
    const root = join(dir.path, "root");
    mkdirSync(root, { mode: 0o700 });
    chownSync(root, NOBODY.uid, NOBODY.gid);
    const { code, stderr } = await refusal([writeObedientApp(dir), "--port", "0", "--server-root", root]);
    expect(code).toBe(78);
    expect(stderr).toContain(`it belongs to user ${NOBODY.uid}, and gw runs as user 0`);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe("faults: a machine without /proc", () => {
  testWith(WITH_OWN_MOUNTS)("ends the runtime before gw can say a word, and starts nothing", async () => {
    using dir = makeTempDir();
    const command = [...gwCommand(), "start-server", writeObedientApp(dir), "--port", "0"].join(" ");
    const hidden = ["unshare", "--mount", "sh", "-c", `mount -t tmpfs none /proc && exec ${command}`];
    const ended = Bun.spawnSync(hidden, { env: environment(dir.path) });
    expect(ended.signalCode ?? ended.exitCode).not.toBe(0);
    expect(ended.stderr.toString()).toContain("panic(main thread): abort() called");
    expect(ended.stdout.toString()).not.toContain("gw: serving");
  });
});

describe("faults: a port", () => {
  testWith(AS_ROOT)("below 1024 without the right to it is refused with what to do", async () => {
    using dir = makeTempDir();
    chmodSync(dir.path, 0o755);
    const { code, stderr } = await refusal([writeObedientApp(dir), "--port", "81"], { as: NOBODY });
    // Some machines let everybody listen there.
    if (code !== 69)
      return expect(Bun.file("/proc/sys/net/ipv4/ip_unprivileged_port_start").text()).resolves.not.toBe(
        "1024\n",
      );
    expect(stderr).toContain("The system does not let gw listen on 127.0.0.1:81: permission denied");
    expect(stderr).toContain("A port below 1024 needs root");
  });

  test("on an address that is not this machine's is refused", async () => {
    using dir = makeTempDir();
    const { code, stderr } = await runGw([
      "start-server",
      writeObedientApp(dir),
      "--host",
      "192.0.2.1",
      "--port",
      "0",
    ]);
    expect(code).toBe(69);
    expect(stderr).toContain("no interface of this machine has that address");
  });
});

describe("faults: a working directory full of traps", () => {
  test("bunfig.toml, .env, tsconfig.json and package.json of the place where gw is typed change nothing", async () => {
    using dir = makeTempDir();
    using trap = makeTempDir();
    const mark = join(trap.path, "ran");
    trap.write("preload.ts", `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "ran");`);
    trap.write("bunfig.toml", 'preload = ["./preload.ts"]\n[run]\npreload = ["./preload.ts"]\n');
    trap.write(
      ".env",
      "TRAP=1\nGW_PORT=1\nBUN_OPTIONS=--preload ./preload.ts\nNODE_OPTIONS=--require ./preload.ts\n",
    );
    trap.write("tsconfig.json", '{ "compilerOptions": { "paths": { "*": ["./preload.ts"] } } }');
    trap.write("package.json", '{ "type": "commonjs", "imports": { "#*": "./preload.ts" } }');
    await using gw = await startGw([writeObedientApp(dir)], { cwd: trap.path });
    const look = "return Response.json([process.env.TRAP ?? null, process.env.BUN_OPTIONS ?? null]);";
    expect(await (await fetch(urlDoing(gw, look))).json()).toEqual([null, null]);
    expect(await gw.stop()).toBe(0);
    expect(existsSync(mark)).toBe(false);
  });

  test("a bunfig.toml beside the app is nobody's, and a .env there is the app's alone", async () => {
    using dir = makeTempDir();
    const mark = join(dir.path, "ran");
    dir.write("preload.ts", `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "ran");`);
    dir.write("bunfig.toml", 'preload = ["./preload.ts"]\n');
    dir.write(".env", "TRAP=1\nGW_LOG_LEVEL=debug\nGW_NONE=1\nBUN_OPTIONS=--preload=./preload.ts\n");
    await using gw = await startGw([writeObedientApp(dir)], { cwd: dir.path });
    const look = "return Response.json([process.env.TRAP, process.env.BUN_OPTIONS ?? null]);";
    expect(await (await fetch(gw.url + doing(look).slice(1))).json()).toEqual(["1", null]);
    expect(readFileSync(`/proc/${gw.pid}/environ`, "utf8")).not.toContain("TRAP");
    expect(gw.stderr()).not.toContain("debug");
    expect(existsSync(mark)).toBe(false);
  });
});
