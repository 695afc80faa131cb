// A real systemd starts, watches, reloads and stops gw by deploy/systemd/gw.service. It boots on an overlay of this machine's files,
// which it cannot change. `npm run test:systemd`; it needs root, and the packages systemd and systemd-container.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { freshBinary } from "../support/fresh-binary.ts";
import { eventually } from "../support/gw.ts";
import { AS_ROOT, describeWith } from "../support/needs.ts";
import { bootMachine, type Machine, WITH_NSPAWN } from "./systemd-machine.ts";

setDefaultTimeout(180_000);

const ROOT = join(import.meta.dir, "../..");
const APP = (version: string) => `
export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/spin") for (;;);
    return new Response("${version} " + process.getuid());
  },
};`;

describeWith(AS_ROOT, WITH_NSPAWN)("systemd", () => {
  let machine: Machine;
  const port = freePort();
  const url = `http://127.0.0.1:${port}/`;

  beforeAll(async () => {
    machine = await bootMachine({
      "/usr/local/bin/gw": { copyOf: freshBinary() },
      "/etc/systemd/system/gw.service": { copyOf: join(ROOT, "deploy/systemd/gw.service") },
      "/etc/systemd/system/gw.service.d/test.conf": "[Service]\nWatchdogSec=2\n",
      "/etc/gw/gw.config.json": JSON.stringify({ app: "/srv/app.ts", port, host: "127.0.0.1", processes: 2 }),
      "/srv/app.ts": APP("one"),
    });
  });
  afterAll(() => machine[Symbol.asyncDispose]());

  const inside = (...command: string[]) => machine.inside(command);
  const systemctl = (...words: string[]) => machine.systemctl(...words);
  const property = (name: string) => machine.property(name);
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
    const write = (text: string) => machine.write("/srv/app.ts", text);
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
