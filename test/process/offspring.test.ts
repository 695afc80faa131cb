// What an app starts besides: found when its worker ends, told to leave, killed, named in the log; and taken away when it
// has ended and nobody waits for it.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { known } from "../../src/os/operating-system.ts";
import { os } from "../../src/os/os.ts";
import { control, obey } from "../support/control.ts";
import { eventually, type Gw, gwCommand, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { urlDoing, writeObedientApp } from "../support/obedient-app.ts";
import { makeMark } from "../support/processes.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

/** Code that starts it so that its parent is gone at once, as daemons are started, and leaves its pid in `pid`. */
const start = (command: string, setsid = "setsid") =>
  `const made = Bun.spawnSync(["sh", "-c", ${JSON.stringify(`${setsid} ${command} >/dev/null 2>&1 & echo $!`)}]);
   const pid = made.stdout.toString().trim();`;

const daemon = (command: string, setsid?: string) => `${start(command, setsid)} return new Response(pid);`;

const pidFrom = async (gw: Gw, code: string) => Number(await (await fetch(urlDoing(gw, code))).text());

/** What has ended may have to wait for somebody who takes it away. */
const isAlive = (pid: number) => known(os.findProcess(pid))?.isZombie === false;

describe("offspring: when a worker ends", () => {
  test("daemons and children are told to leave, and named; those of other workers are not touched", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([writeObedientApp(dir), "--processes", "2"], { env: mark.env });
    // At the same time, so that each goes to another worker.
    const code = `${start("sleep 1000")} await Bun.sleep(300); return Response.json([process.pid, Number(pid)]);`;
    const ask = async () => (await (await fetch(urlDoing(gw, code))).json()) as [number, number];
    const [[first, its], [second, others]] = await Promise.all([ask(), ask()]);
    expect(second).not.toBe(first);
    process.kill(first, "SIGTERM");
    await gw.until(
      new RegExp(`has left processes behind; they are told to leave pid=${first} left="sleep ${its}"`),
    );
    await eventually(() => !isAlive(its), "the daemon is gone");
    expect(isAlive(others)).toBe(true);
    expect(await gw.stop()).toBe(0);
    expect(mark.pids()).toEqual([]);
  });

  test("one that does not hear SIGTERM is killed after the shutdown timeout, and gw stop waits for that", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([writeObedientApp(dir), "--shutdown-timeout", "300ms"], { env: mark.env });
    const pid = await pidFrom(gw, daemon("sh -c 'trap : TERM; while :; do sleep 0.1; done'"));
    expect(isAlive(pid)).toBe(true);
    expect(await gw.stop()).toBe(0);
    expect(gw.stderr()).toMatch(/processes that worker 1 has left behind were killed pid=\d+ left=".*sh \d+/);
    expect(mark.pids()).toEqual([]);
  });

  test("after a crash they are found as well", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([writeObedientApp(dir)], { env: mark.env });
    const child = await pidFrom(gw, daemon("sleep 1000", ""));
    const worker = Number(await (await fetch(gw.url)).text());
    process.kill(worker, "SIGKILL");
    await gw.until(new RegExp(`left="sleep ${child}"`));
    await eventually(() => !isAlive(child), "it is gone");
  });

  test("--keep-children: what has a session of its own lives on, also when gw stops", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir), "--keep-children"]);
    const kept = await pidFrom(gw, daemon("sleep 1000"));
    const child = await pidFrom(gw, daemon("sleep 1000", ""));
    await obey(gw, "restart");
    await eventually(() => !isAlive(child), "the child is gone");
    expect(await gw.stop()).toBe(0);
    expect(isAlive(kept)).toBe(true);
    process.kill(kept, "SIGKILL");
  });
});

describe("offspring: what has ended", () => {
  test("orphans of the app do not stay zombies, and its own children keep their exit codes", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    const code = `
      for (let n = 0; n < 10; n++) Bun.spawnSync(["sh", "-c", "sleep 0.01 &"]);
      const codes = await Promise.all(Array.from({ length: 20 }, (_, n) => Bun.spawn(["sh", "-c", "exit " + n]).exited));
      return Response.json({ pid: process.pid, codes });`;
    const told = (await (await fetch(urlDoing(gw, code))).json()) as { pid: number; codes: number[] };
    expect(told.codes).toEqual(Array.from({ length: 20 }, (_, n) => n));
    await eventually(() => zombiesBelow(told.pid) === 0, "no zombie is left", 20_000);
  });

  testWith(AS_ROOT)("as process 1 gw takes away what has ended, and stops in order", async () => {
    using dir = makeTempDir();
    const command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", ...gwCommand()];
    await using gw = await startGw([writeObedientApp(dir)], { command });
    expect((await fetch(urlDoing(gw, daemon("sleep 1000")))).status).toBe(200);
    const crash = `
      for (let n = 0; n < 10; n++) Bun.spawn(["sh", "-c", "sleep 0.3; exit"], { detached: true });
      setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);
      return new Response("crashes");`;
    await fetch(urlDoing(gw, crash));
    await gw.until(/worker 1 ended .*SIGKILL/);
    const states = `
      const all = fs.readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name));
      return Response.json(all.map((pid) => { try { return fs.readFileSync("/proc/" + pid + "/stat", "latin1").replace(/^.*[)] /s, "")[0]; } catch { return "-"; } }));`;
    await eventually(
      async () => {
        const answer = await fetch(urlDoing(gw, states));
        return answer.ok && !((await answer.json()) as string[]).includes("Z");
      },
      "no zombie is left",
      20_000,
    );
    expect(await (await control(gw, "stop")).code).toBe(0);
    expect(await gw.exited).toBe(0);
  });
});

describe("offspring: a supervisor that is killed", () => {
  testWith(AS_ROOT)("takes a worker along that has changed its user, and is busy for ever", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([writeObedientApp(dir)], { env: mark.env });
    const code =
      "process.setgid(65534); process.setuid(65534); return new Response(String(process.getuid()));";
    expect(await (await fetch(urlDoing(gw, code))).text()).toBe("65534");
    void fetch(urlDoing(gw, 'console.log("busy"); for (;;);')).catch(() => {});
    await gw.until(/busy/);
    gw.signal("SIGKILL");
    await eventually(() => mark.pids().length === 0, "no process is left", 2_000);
  });
});

function zombiesBelow(parent: number): number {
  const all = known(os.listProcesses()) ?? [];
  return all.filter((one) => one.parent === parent && one.isZombie).length;
}
