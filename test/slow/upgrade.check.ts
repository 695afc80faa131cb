// Ten upgrades under load lose no request of 100,000, by each way in; nor does one to a gw that hangs. `npm run test:upgrade`.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { control, obey, statusOf, workersOf } from "../support/control.ts";
import { type Gw, launchGw, startGw } from "../support/gw.ts";
import { describeWith, ON_LINUX } from "../support/needs.ts";
import { nextGwIn } from "../support/next-gw.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";

setDefaultTimeout(600_000);

const APP = "export default { fetch: () => new Response(String(process.pid)) };";
/** An upgrade that waits for the old gw takes seconds, in which the clients go on. */
const LOAD = ["--times", "10", "--requests", "100000", "--concurrency", "32"];

async function prove(gw: Gw, dir: TempDir, ...words: string[]): Promise<void> {
  const asked = ["check-reload", ...LOAD, "--upgrade", nextGwIn(dir), "--leave-parent", ...words];
  await using check = launchGw(asked, { env: { TMPDIR: gw.tmp } });
  const code = await check.exited;
  console.log(check.stdout());
  expect([code, code === 0 ? "" : check.stdout() + check.stderr() + gw.stderr()]).toEqual([0, ""]);
  expect(check.stdout()).toMatch(/good: 0 of \d{6,} requests failed, 10 of 10 reloads succeeded/);
  expect((await statusOf(gw)).generation).toBe(11);
  await obey(gw, "stop");
  expect(await gw.exited).toBe(0);
}

describeWith(ON_LINUX)("a new gw that stands still", () => {
  test("slow upgrade: when it has the server root, it is killed; nobody has noticed, and the old one has everything again", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", APP), "--processes", "2"]);
    await using load = startLoad(gw.url, 2);
    const before = await statusOf(gw);
    const asked = control(gw, "upgrade", nextGwIn(dir), "--leave-parent");
    await gw.until(/this gw takes over/);
    const heir = Number(/to take over .*pid=(\d+)/.exec(gw.stderr())?.[1]);
    process.kill(heir, "SIGSTOP");
    // Meanwhile the old one replaces a worker, in a place whose lock is the other one's.
    const [worker] = workersOf(before);
    process.kill(worker?.pid ?? 0, "SIGTERM");
    await gw.until(/worker \d ended/);
    const { code, stderr } = await asked;
    expect([code, stderr]).toEqual([1, expect.stringContaining("does not serve: the new gw did not answer")]);
    expect(gw.stderr()).not.toContain("vanished");
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ "200": total });
    const status = await statusOf(gw);
    expect([status.pid, status.state]).toEqual([before.pid, "serving"]);
    expect(existsSync(`/proc/${heir}`)).toBe(false);
    await obey(gw, "reload");
  });
});

describeWith(ON_LINUX)("ten upgrades", () => {
  test("slow upgrade: over HTTP/1.1, with two front ends", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", APP), "--processes", "2", "--front-ends", "2"]);
    await prove(gw, dir);
  });

  test("slow upgrade: over HTTP/2 and TLS", async () => {
    using dir = makeTempDir();
    const tls = ["--https-port", "0", ...tlsFlags(dir.path)];
    await using gw = await startGw([dir.write("app.ts", APP), "--processes", "2", ...tls]);
    await prove(gw, dir, "--http2");
  });

  test("slow upgrade: on a UNIX socket", async () => {
    using dir = makeTempDir();
    const place = `unix:${join(dir.path, "s")}`;
    await using gw = launchGw([
      "start-server",
      dir.write("app.ts", APP),
      "--processes",
      "2",
      "--listen",
      place,
    ]);
    await gw.until(/^gw: serving unix:/m);
    await prove(gw, dir);
  });
});
