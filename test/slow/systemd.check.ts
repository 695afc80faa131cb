// A real systemd starts, watches, reloads and stops gw by deploy/systemd/gw.service. It boots on an overlay of this machine's files,
// which it cannot change. `npm run test:systemd`; it needs root, and the packages systemd and systemd-container.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { freshBinary } from "../support/fresh-binary.ts";
import { eventually } from "../support/gw.ts";
import { processOneBelow } from "../support/namespaces.ts";
import { AS_ROOT, describeWith, type Need } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(180_000);

const ROOT = join(import.meta.dir, "../..");
const WITH_NSPAWN: Need = {
  isMet: Bun.which("systemd-nspawn") !== null && Bun.which("nsenter") !== null,
  why: "needs systemd-nspawn",
};
const APP = (version: string) => `
export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/spin") for (;;);
    return new Response("${version} " + process.getuid());
  },
};`;

/** Mounts, and becomes systemd-nspawn. $1: a directory. The machine has an id of its own, without which systemd does not boot. */
const BOOT = `set -e
mount --make-rprivate /
mkdir -p "$1/over" "$1/root"
mount -t tmpfs tmpfs "$1/over"
mkdir "$1/over/up" "$1/over/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/over/up,workdir=$1/over/work" "$1/root"
echo 0123456789abcdef0123456789abcdef > "$1/root/etc/machine-id"
cp "$1/gw" "$1/root/usr/local/bin/gw"
mkdir -p "$1/root/etc/gw" "$1/root/srv" "$1/root/etc/systemd/system/gw.service.d"
cp "$1/gw.service" "$1/root/etc/systemd/system/gw.service"
cp "$1/test.conf" "$1/root/etc/systemd/system/gw.service.d/test.conf"
cp "$1/gw.config.json" "$1/root/etc/gw/gw.config.json"
cp "$1/app.ts" "$1/root/srv/app.ts"
exec systemd-nspawn -q -D "$1/root" -b --register=no --keep-unit systemd.unit=basic.target
`;

describeWith(AS_ROOT, WITH_NSPAWN)("systemd", () => {
  let dir: TempDir;
  let machine: Bun.Subprocess;
  let leader = 0;
  const port = freePort();
  const url = `http://127.0.0.1:${port}/`;

  beforeAll(async () => {
    dir = makeTempDir();
    copyFileSync(freshBinary(), join(dir.path, "gw"));
    copyFileSync(join(ROOT, "deploy/systemd/gw.service"), join(dir.path, "gw.service"));
    dir.write("test.conf", "[Service]\nWatchdogSec=2\n");
    dir.write(
      "gw.config.json",
      JSON.stringify({ app: "/srv/app.ts", port, host: "127.0.0.1", processes: 2 }),
    );
    dir.write("app.ts", APP("one"));
    dir.write("boot.sh", BOOT);
    machine = Bun.spawn(["unshare", "-m", "bash", join(dir.path, "boot.sh"), dir.path], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    await eventually(() => processOneBelow(machine.pid) > 0, "the machine has a process 1", 60_000);
    leader = processOneBelow(machine.pid);
    await eventually(() => systemctl("is-system-running", "--wait").code !== 127, "it is asked", 60_000);
    await eventually(() => systemctl("is-active", "basic.target").text === "active", "it has booted", 60_000);
  });

  afterAll(async () => {
    if (leader > 0) process.kill(leader, "SIGKILL");
    machine.kill("SIGKILL");
    await machine.exited;
    dir[Symbol.dispose]();
  });

  /** In the machine. */
  function inside(...command: string[]): { code: number; text: string } {
    const words = ["nsenter", "-t", String(leader), "-m", "-p", "-i", "-u", "-C", ...command];
    const { exitCode, stdout, stderr } = Bun.spawnSync(words);
    return { code: exitCode, text: `${stdout}${stderr}`.trim() };
  }
  const systemctl = (...words: string[]) => inside("systemctl", ...words);
  const property = (name: string) => systemctl("show", "-P", name, "gw").text;
  const get = async (path = "") => await (await fetch(url + path)).text();

  test("a start is done when gw serves, as a user that is not root", async () => {
    const start = systemctl("start", "gw");
    expect([start.code, start.code === 0 ? "" : inside("journalctl", "-u", "gw", "--no-pager").text]).toEqual(
      [0, ""],
    );
    const [version, uid] = (await get()).split(" ");
    expect([version, Number(uid) > 60_000]).toEqual(["one", true]);
    expect(property("StatusText")).toContain(`serving ${url}`);
  });

  test("an upgrade is another main process of the same service, which is watched and steered from then on", async () => {
    const before = property("MainPID");
    expect(inside("cp", "/usr/local/bin/gw", "/usr/local/bin/gw-next").code).toBe(0);
    const words = ["upgrade", "/usr/local/bin/gw-next", "--wait", "--server-root", "/run/gw/root"];
    const upgrade = inside("/usr/local/bin/gw", ...words);
    expect([upgrade.code, upgrade.text]).toEqual([0, expect.stringContaining("is gone")]);
    await eventually(() => property("StatusText").startsWith("serving"), "it serves again");
    expect(property("MainPID")).not.toBe(before);
    expect(property("NRestarts")).toBe("0");
    expect(property("ActiveState")).toBe("active");
    expect(await get()).toStartWith("one");
  });

  test("a reload takes up new code, and fails when it does not come up", async () => {
    const write = (text: string) => {
      writeFileSync(join(dir.path, "next.ts"), text);
      const into = Bun.spawnSync(["nsenter", "-t", String(leader), "-m", "tee", "/srv/app.ts"], {
        stdin: Buffer.from(text),
      });
      expect(into.exitCode).toBe(0);
    };
    write(APP("two"));
    expect(systemctl("reload", "gw").code).toBe(0);
    expect(await get()).toStartWith("two");
    write("throw new Error('broken');");
    expect(systemctl("reload", "gw").code).not.toBe(0);
    expect(await get()).toStartWith("two");
    expect(property("ActiveState")).toBe("active");
    write(APP("three"));
    expect(systemctl("reload", "gw").code).toBe(0);
    expect(await get()).toStartWith("three");
  });

  test("an app that hangs does not starve the watchdog; a supervisor that hangs is replaced", async () => {
    const before = property("MainPID");
    await Promise.allSettled([0, 1].map(() => fetch(`${url}spin`, { signal: AbortSignal.timeout(5000) })));
    expect([property("MainPID"), property("NRestarts")]).toEqual([before, "0"]);
    expect(inside("kill", "-STOP", before).code).toBe(0);
    await eventually(() => property("NRestarts") === "1", "systemd has started it again", 60_000);
    await eventually(() => property("ActiveState") === "active", "it serves again", 60_000);
    expect(property("MainPID")).not.toBe(before);
    expect(await get()).toStartWith("three");
  });

  test("a stop is orderly, and leaves nothing", async () => {
    expect(systemctl("stop", "gw").code).toBe(0);
    expect([property("ActiveState"), property("Result")]).toEqual(["inactive", "success"]);
    await expect(fetch(url)).rejects.toThrow();
  });

  test("what systemd thinks of it", () => {
    const { code, text } = inside("systemd-analyze", "security", "--threshold=30", "gw.service");
    expect([code, /Overall exposure level for gw.service: (\S+)/.exec(text)?.[1]]).toEqual([
      0,
      expect.any(String),
    ]);
  });
});
