// Who runs the app, on the real gw; who is who is asked of the kernel. Most of it needs root.
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { eventually, type GwOptions, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, describeWith } from "../support/needs.ts";
import { childInRole, statusOf } from "../support/proc-status.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const [NOBODY, NOGROUP] = [65_534, 65_534];
const WWW_DATA = 33;

const APP = `
  import { readFileSync, writeFileSync, statSync } from "node:fs";
  const tried = (act) => { try { return act() } catch (error) { return error.code } };
  const spin = () => { writeFileSync("spinning", ""); while (true); };
  export default { fetch: ({ url }) => url.endsWith("/spin") ? spin() : Response.json({
    uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), cwd: process.cwd(),
    shadow: tried(() => readFileSync("/etc/shadow", "utf8")),
    becomesRoot: tried(() => process.setuid(0)),
    ownFiles: tried(() => readFileSync("/proc/self/environ").length > 0),
    id: Bun.spawnSync(["id", "-u"]).stdout.toString().trim(),
    home: process.env.HOME, user: process.env.USER,
    mode: tried(() => { writeFileSync("made", ""); return (statSync("made").mode & 0o777).toString(8); }),
  }) };`;

type Seen = Record<string, unknown>;

/** A directory that other users may enter, with the app in it. */
function makePublicDir(): TempDir & { app: string; root: string } {
  const dir = makeTempDir();
  chmodSync(dir.path, 0o777);
  const app = dir.write("app.ts", APP);
  writeFileSync(join(dir.path, "package.json"), "{}");
  return Object.assign(dir, { app, root: join(dir.path, "root") });
}

const see = async (url: string) => (await (await fetch(url)).json()) as Seen;

async function refusal(args: string[], options: GwOptions = {}): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await runGw(["start-server", "--port", "0", ...args], options);
  expect(stdout).toBe("");
  return { code, text: stderr };
}

describeWith(AS_ROOT)("root with --user", () => {
  test("identity: worker and front are somebody else, for good, and the supervisor is not", async () => {
    using dir = makePublicDir();
    await using gw = await startGw([dir.app, "--server-root", dir.root, "--user", "nobody"]);
    const expected = {
      uids: [NOBODY, NOBODY, NOBODY, NOBODY],
      gids: [NOGROUP, NOGROUP, NOGROUP, NOGROUP],
      groups: [NOGROUP],
      noNewPrivileges: true,
    };
    expect(statusOf(childInRole(gw.pid, "__worker").pid)).toEqual(expected);
    expect(statusOf(childInRole(gw.pid, "__front").pid)).toEqual(expected);
    expect(statusOf(gw.pid).uids).toEqual([0, 0, 0, 0]);
    expect(await see(gw.url)).toMatchObject({
      uid: NOBODY,
      gid: NOGROUP,
      groups: [NOGROUP],
      cwd: dir.path,
      shadow: "EACCES",
      becomesRoot: "EPERM",
      ownFiles: true,
      id: String(NOBODY),
      home: "/nonexistent",
      user: "nobody",
    });
    expect(gw.stdout()).toMatch(/^User +: nobody$/m);
    expect(gw.stdout()).not.toContain("Warning");
    expect(await gw.stop()).toBe(0);
    expect(existsSync(dir.root)).toBe(false);
  });

  test("identity: group and further groups are those that were asked for", async () => {
    using dir = makePublicDir();
    const asked = ["--user", "33", "--group", "daemon", "--supplementary-groups", "video,4711"];
    await using gw = await startGw([dir.app, "--server-root", dir.root, ...asked]);
    const { uids, gids, groups } = statusOf(childInRole(gw.pid, "__worker").pid);
    const video = Number(/^video:x:(\d+):/m.exec(readFileSync("/etc/group", "utf8"))?.[1]);
    expect({ uid: uids[1], gid: gids[1], groups }).toEqual({
      uid: WWW_DATA,
      gid: 1,
      groups: [1, video, 4711].sort((a, b) => a - b),
    });
  });

  test("identity: sockets are the user's alone, the lock stays root's", async () => {
    using dir = makePublicDir();
    await using gw = await startGw([dir.app, "--server-root", dir.root, "--user", "nobody"]);
    const look = (path: string) => {
      const { uid, mode } = lstatSync(path);
      return [uid, (mode & 0o777).toString(8)];
    };
    expect([look(dir.root), look(join(dir.root, "run")), look(join(dir.root, "gw.pid"))]).toEqual([
      [0, "711"],
      [NOBODY, "700"],
      [0, "600"],
    ]);
    expect(await see(gw.url)).toMatchObject({ uid: NOBODY });
  });

  test("identity: the umask is the app's", async () => {
    using dir = makePublicDir();
    await using gw = await startGw([
      dir.app,
      "--server-root",
      dir.root,
      "--user",
      "nobody",
      "--umask",
      "027",
    ]);
    expect(await see(gw.url)).toMatchObject({ mode: "640" });
  });

  test("identity: the front takes a port below 1024 as root and serves it as the user", async () => {
    using dir = makePublicDir();
    const port = String(await freeLowPort());
    await using gw = await startGw([dir.app, "--server-root", dir.root, "--user", "nobody", "--port", port]);
    expect(statusOf(childInRole(gw.pid, "__front").pid).uids[1]).toBe(NOBODY);
    expect(await see(gw.url)).toMatchObject({ uid: NOBODY });
  });

  test("identity: in embedded mode the worker is the user too", async () => {
    using dir = makePublicDir();
    const asked = ["--user", "nobody", "--embedded-mode"];
    await using gw = await startGw([dir.app, "--server-root", dir.root, ...asked]);
    expect(await see(gw.url)).toMatchObject({ uid: NOBODY, becomesRoot: "EPERM" });
  });

  test("identity: a replaced worker is the user again, and the supervisor's death ends it even when it is stuck", async () => {
    using dir = makePublicDir();
    await using gw = await startGw([dir.app, "--server-root", dir.root, "--user", "nobody"]);
    const first = childInRole(gw.pid, "__worker").pid;
    process.kill(first, "SIGKILL");
    await gw.until(/worker 1(\.\d+)? is ready/);
    const second = childInRole(gw.pid, "__worker").pid;
    expect(second).not.toBe(first);
    expect(statusOf(second).uids[1]).toBe(NOBODY);
    fetch(`${gw.url}spin`).catch(() => {});
    await eventually(() => existsSync(join(dir.path, "spinning")), "the worker spins");
    process.kill(gw.pid, "SIGKILL");
    await eventually(() => !isAlive(second), "the worker has ended with its supervisor");
  });

  test("identity: a home that the user cannot enter is named", async () => {
    using dir = makePublicDir();
    const home = join(dir.path, "private");
    mkdirSync(home, { mode: 0o700 });
    const args = [dir.app, "--server-root", dir.root, "--user", "nobody", "--home", home];
    const { code, text } = await refusal(args);
    expect(code).toBe(78);
    expect(text).toContain(`The working directory ${home} cannot be entered by user "nobody"`);
  });

  test("identity: a server root that the user cannot reach is named", async () => {
    using dir = makePublicDir();
    const closed = join(dir.path, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const { code, text } = await refusal([dir.app, "--server-root", join(closed, "r"), "--user", "nobody"]);
    expect(code).toBe(78);
    expect(text).toContain(`The server root ${join(closed, "r")} cannot be used`);
    expect(text).toContain("nobody");
  });
});

describeWith(AS_ROOT)("root without --user", () => {
  test("identity: it runs, and the banner says what to type", async () => {
    using dir = makePublicDir();
    await using gw = await startGw([dir.app]);
    expect(await see(gw.url)).toMatchObject({ uid: 0 });
    expect(gw.stdout()).toMatch(/^Warning: the app runs as root\. Type --user NAME/m);
  });

  test("identity: --deny-root refuses", async () => {
    using dir = makePublicDir();
    const { code, text } = await refusal([dir.app, "--deny-root"]);
    expect(code).toBe(78);
    expect(text).toContain("gw was started as root, and denyRoot forbids to run the app as root");
  });

  test("identity: unknown names are told together with all that is wrong", async () => {
    using dir = makePublicDir();
    const { code, text } = await refusal([dir.app, "--user", "nobdy", "--group", "zzz", "--processes", "0"]);
    expect(code).toBe(78);
    for (const part of [
      'user cannot be "nobdy"',
      'Did you mean "nobody"?',
      'group cannot be "zzz"',
      "processes",
    ])
      expect(text).toContain(part);
    expect(text).toContain("gw: 3 problems.");
  });
});

describeWith(AS_ROOT)("chroot", () => {
  test("identity: the app sees nothing outside, and serves", async () => {
    using dir = makePublicDir();
    const jail = join(dir.path, "jail");
    mkdirSync(join(jail, "srv"), { recursive: true });
    chmodSync(jail, 0o755);
    writeFileSync(
      join(jail, "srv/app.ts"),
      `import { readdirSync, existsSync } from "node:fs";
       import { word } from "./word.ts";
       export default { fetch: () => Response.json({ word, uid: process.getuid(), cwd: process.cwd(),
         top: readdirSync("/").filter((name) => !/^\\.?gw-/.test(name)), up: readdirSync("../../../..").includes("srv"),
         outside: existsSync("/etc/passwd") }) };`,
    );
    writeFileSync(join(jail, "srv/word.ts"), "export const word: string = 'inside';");
    await using gw = await startGw([join(jail, "srv/app.ts"), "--chroot", jail, "--user", "nobody"]);
    expect(await see(gw.url)).toEqual({
      word: "inside",
      uid: NOBODY,
      cwd: "/srv",
      top: ["srv"],
      up: true,
      outside: false,
    });
    expect(gw.stdout()).toContain(`in ${jail} as root directory`);
    expect(await gw.stop()).toBe(0);
    // The server root was in there, and the names of the runtime beside it.
    expect(readdirSync(jail)).toEqual(["srv"]);
  });

  test("identity: what lies outside is a configuration error", async () => {
    using dir = makePublicDir();
    const jail = join(dir.path, "jail");
    mkdirSync(jail);
    const { code, text } = await refusal([dir.app, "--chroot", jail]);
    expect(code).toBe(78);
    expect(text).toContain(`app "${dir.app}" lies outside of the chroot "${jail}"`);
  });
});

describeWith(AS_ROOT)("an ordinary user", () => {
  const as = { uid: NOBODY, gid: NOGROUP };

  test("identity: stays who it is, cannot gain rights, and is not warned", async () => {
    using dir = makePublicDir();
    await using gw = await startGw([dir.app, "--deny-root", "--user", "nobody"], { as });
    expect(await see(gw.url)).toMatchObject({ uid: NOBODY, becomesRoot: "EPERM" });
    expect(statusOf(childInRole(gw.pid, "__worker").pid).noNewPrivileges).toBe(true);
    expect(gw.stdout()).not.toContain("Warning");
    expect(await gw.stop()).toBe(0);
  });

  test("identity: cannot become somebody else, change the root directory or raise its priority", async () => {
    using dir = makePublicDir();
    const user = await refusal([dir.app, "--user", "www-data", "--chroot", dir.path], { as });
    expect(user.code).toBe(78);
    expect(user.text).toContain(
      'user cannot be "www-data": gw runs as user "nobody", and only root can change that',
    );
    expect(user.text).toContain("only root can change the root directory");
    const nice = await refusal([dir.app, "--cpu-priority", "-5"], { as });
    expect(nice.code).toBe(78);
    expect(nice.text).toContain('The limit cpuPriority "-5" cannot be set');
  });
});

/** A process that has ended may wait for its new parent to notice. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A port below 1024 that nobody listens on. */
async function freeLowPort(): Promise<number> {
  for (let port = 1023; port > 900; port--) {
    try {
      await Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch {}
  }
  throw new Error("no port below 1024 is free");
}
