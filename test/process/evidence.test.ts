// --evidence-directory on the real gw: what is kept of each end, that it names itself where an operator looks, and that no end waits.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { EvidenceFile, EvidenceRecord } from "../../src/control/evidence.ts";
import { control, obey } from "../support/control.ts";
import { eventually, type Gw, gwCommand, runGw, startGw } from "../support/gw.ts";
import { ON_X64_LINUX, testWith, WITH_OWN_MOUNTS, WITH_PYTHON } from "../support/needs.ts";
import { makePublicDir, makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { PYTHON } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const APP = `
  globalThis.kept = [];
  const never = () => new Promise(() => {});
  function spin() { for (;;) Math.sqrt(Math.random()); }
  function compute(ms) { const end = performance.now() + ms; while (performance.now() < end) Math.sqrt(Math.random()); }
  // Over the limit, and not so far over it that the worker would be hurried.
  async function grow() {
    for (let at = 0; at < 50_000; at++) kept.push({ at });
    while (process.memoryUsage.rss() < 420 * 2 ** 20) {
      kept.push(new Uint8Array(4 * 2 ** 20).fill(1));
      await Bun.sleep(5);
    }
  }
  export default { async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/pid") return new Response(String(process.pid));
    if (pathname === "/crash") { setTimeout(() => { throw new Error("boom"); }, 20); await never(); }
    // Amid a collection of garbage it could not tell where it stands: docs/architecture.md.
    if (pathname === "/spin") { Bun.gc(true); spin(); }
    if (pathname === "/slow") { setInterval(() => compute(40), 50); await never(); }
    if (pathname === "/grow") void grow();
    return new Response("ok");
  } };`;

let dir: TempDir;
let gw: Gw;
let place: TempDir;
let kept: string;
/** Another directory cannot be had after it has begun. */
beforeAll(async () => {
  dir = makePublicDir();
  place = makeTempDir();
  kept = join(place.path, "evidence");
  const limits = ["--deadlock-timeout", "2s", "--request-timeout", "1s", "--memory-limit", "384M"];
  const one = ["--processes", "1", "--concurrency", "1"];
  gw = await startGw([dir.write("app.mjs", APP), ...one, ...limits, "--evidence-directory", kept]);
});

afterAll(async () => {
  await gw[Symbol.asyncDispose]();
  for (const one of [place, dir]) one[Symbol.dispose]();
});

const pidOf = async () => Number(await (await fetch(`${gw.url}pid`)).text());

/** The file that the line of this end names. */
async function evidenceOf(pid: number): Promise<{ path: string; record: EvidenceRecord }> {
  await gw.until(new RegExp(`worker 1 ended pid=${pid} .*`));
  const path = new RegExp(`worker 1 ended pid=${pid} .* evidence=(\\S+)`).exec(gw.stderr())?.[1] ?? "";
  return { path, record: JSON.parse(readFileSync(path, "utf8")) as EvidenceRecord };
}

describe("evidence: of each kind of end", () => {
  test("a crash: the app's last words and what was on it, in a file for gw's user alone", async () => {
    const pid = await pidOf();
    expect((await fetch(`${gw.url}crash?token=hidden`)).status).toBe(502);
    const { path, record } = await evidenceOf(pid);
    expect(record).toMatchObject({
      ...{ process: "worker 1", pid, reason: "crash", kind: "uncaught_error", decidedAt: null },
      lost: { count: 1, requests: [{ method: "GET", path: "/crash" }] },
    });
    expect(record.lastLines.join("\n")).toContain("error: boom");
    expect(record.log.join("\n")).toContain("path=/crash");
    expect([statSync(kept).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(readFileSync(path, "utf8")).not.toContain("hidden");
  });

  test("a loop that stands still: what was in flight and where the code stood; killed as soon as ever", async () => {
    const pid = await pidOf();
    expect((await fetch(`${gw.url}spin`)).status).toBe(504);
    const { record } = await evidenceOf(pid);
    expect(record).toMatchObject({
      ...{ reason: "deadlock_timeout", kind: "killed_by_gw" },
      answered: [{ path: "/spin", cause: "request_timeout", status: 504 }],
      profile: { missing: "its event loop did not turn" },
    });
    if (ON_X64_LINUX.isMet) expect(String(record.stack)).toContain("spin (");
  });

  test("requests that run for too long while the loop turns: a profile, memory and what is on the heap", async () => {
    const pid = await pidOf();
    expect((await fetch(`${gw.url}slow`)).status).toBe(504);
    const { record } = await evidenceOf(pid);
    expect(record.reason).toBe("request_timeout");
    if (!("functions" in record.profile)) throw new Error(record.profile.missing);
    expect(Object.keys(record.profile.functions).join("\n")).toContain("compute (");
    expect(record.figures).toMatchObject({ heapBytes: expect.any(Number), rssBytes: expect.any(Number) });
    expect(record.objects).toMatchObject({ total: expect.any(Number) });
    expect(record.lastMinute.length).toBeGreaterThan(0);
  });

  test("a memory limit: what the memory is, and how many of what are kept", async () => {
    const pid = await pidOf();
    await fetch(`${gw.url}grow`);
    const { record } = await evidenceOf(pid);
    expect(record.reason).toBe("memory_limit");
    expect(record.figures).toMatchObject({ arrayBufferBytes: expect.any(Number) });
    if (!("kinds" in record.objects)) throw new Error(record.objects.missing);
    expect(record.objects.kinds.Object).toBeGreaterThanOrEqual(50_000);
  });
});

test("evidence: gw evidence and gw why lead to what is known", async () => {
  const pid = await pidOf();
  await fetch(`${gw.url}crash`);
  const { path } = await evidenceOf(pid);
  const name = path.slice(path.lastIndexOf("/") + 1);
  expect(await obey(gw, "why")).toContain(`more: gw evidence ${name}`);
  const listed = await obey(gw, "evidence");
  expect(listed).toContain(name);
  expect(listed).toContain(`in ${kept}`);
  for (const word of [name, path, "last"]) {
    const shown = await obey(gw, "evidence", word);
    expect(shown).toContain(`worker 1 (process ${pid}) ended`);
    expect(shown).toContain("error: boom");
  }
  const { files } = JSON.parse(await obey(gw, "evidence", "--json")) as { files: EvidenceFile[] };
  expect(files.at(-1)).toMatchObject({ name, process: "worker-1", pid, reason: "crash" });
  const { record } = JSON.parse(await obey(gw, "evidence", name, "--json")) as { record: EvidenceRecord };
  expect(record.pid).toBe(pid);
  const wrong = await control(gw, "evidence", "nothing-like-it");
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("gw gives no file this name")]);
});

test("evidence: a directory that becomes somebody's link delays nothing, and is told once", async () => {
  rmSync(kept, { recursive: true });
  using elsewhere = makeTempDir();
  symlinkSync(elsewhere.path, kept);
  for (const _ of [1, 2]) {
    const pid = await pidOf();
    expect((await fetch(`${gw.url}crash`)).status).toBe(502);
    await gw.until(new RegExp(`worker 1 ended pid=${pid} (?!.*evidence=).*`));
  }
  expect(readdirSync(elsewhere.path)).toEqual([]);
  expect(gw.stderr().match(/evidence is not kept/g)).toHaveLength(1);
  rmSync(kept);
  const pid = await pidOf();
  await fetch(`${gw.url}crash`);
  expect((await evidenceOf(pid)).record.pid).toBe(pid);
  await gw.until(/evidence is kept again lost=2/);
});

test("evidence: a directory that others may look into is refused at the start, by name, and by gw check-config", async () => {
  using open = makeTempDir();
  const path = join(open.path, "evidence");
  mkdirSync(path, { mode: 0o755 });
  for (const command of ["start-server", "check-config"]) {
    const { code, stderr } = await runGw([command, "--evidence-directory", path]);
    expect([code, stderr]).toEqual([
      78,
      expect.stringContaining("others may look into it (mode 755); make that 700"),
    ]);
  }
});

testWith(WITH_OWN_MOUNTS)(
  "evidence: on a disk that is full the worker is replaced as ever, and half a file is none",
  async () => {
    using place = makeTempDir();
    const disk = join(place.path, "disk");
    mkdirSync(disk);
    const fill = `mount -t tmpfs -o size=64k,mode=700 none ${disk} && mkdir -m 700 ${disk}/evidence && (head -c 1M /dev/zero > ${disk}/junk || true) && exec "$0" "$@"`;
    const command = ["unshare", "--mount", "sh", "-c", fill, ...gwCommand()];
    const path = join(disk, "evidence");
    await using full = await startGw([dir.write("app.mjs", APP), "--evidence-directory", path], { command });
    const inside = `/proc/${full.pid}/root${path}`;
    expect((await fetch(`${full.url}crash`)).status).toBe(502);
    await full.until(/worker 1 ended .*reason=crash/);
    expect(full.stderr()).toMatch(/evidence is not kept .*ENOSPC/);
    expect(full.stderr()).not.toContain("evidence=");
    expect(readdirSync(inside)).toEqual([]);
    rmSync(join(inside, "../junk"));
    await fetch(`${full.url}crash`);
    await full.until(/evidence is kept again/);
    expect(readdirSync(inside)).toHaveLength(1);
    expect(await full.stop()).toBe(0);
  },
);

test("evidence: in embedded mode there is no list of requests, and that is said", async () => {
  using place = makeTempDir();
  const path = join(place.path, "evidence");
  await using embedded = await startGw([
    ...[dir.write("app.mjs", APP), "--embedded-mode", "--evidence-directory", path],
    ...["--deadlock-timeout", "2s"],
  ]);
  await fetch(`${embedded.url}spin`).catch(() => {});
  await embedded.until(/worker 1 ended .*evidence=/);
  const [name = ""] = readdirSync(path);
  expect(JSON.parse(readFileSync(join(path, name), "utf8"))).toMatchObject({
    reason: "deadlock_timeout",
    requests: { missing: "in embedded mode nobody knows of single requests" },
  });
});

const WSGI = `
import time
class Basket(object):
    pass
kept = [Basket() for _ in range(20000)]
def compute():
    end = time.time() + 30
    while time.time() < end:
        pass
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        compute()
    start_response("200 OK", [])
    return [b"ok"]
`;

testWith(WITH_PYTHON)(
  "evidence: a worker in Python tells its threads, where its time went, and its objects",
  async () => {
    using place = makePublicDir();
    using records = makeTempDir();
    const path = join(records.path, "evidence");
    await using python = await startGw([
      ...[place.write("wsgi.py", WSGI), "--python", PYTHON as string, "--evidence-directory", path],
      ...[
        "--request-timeout",
        "1s",
        "--processes",
        "1",
        "--threads",
        "1",
        "--graceful-timeout",
        "1s",
        "--shutdown-timeout",
        "1s",
      ],
    ]);
    expect((await fetch(`${python.url}slow`)).status).toBe(504);
    await eventually(() => /worker 1 ended .*evidence=/.test(python.stderr()), "the end is told");
    const record = JSON.parse(readFileSync(join(path, readdirSync(path)[0] ?? ""), "utf8")) as EvidenceRecord;
    expect(record.reason).toBe("request_timeout");
    expect(String(record.stack)).toContain("compute (");
    if (!("functions" in record.profile) || !("kinds" in record.objects))
      throw new Error(JSON.stringify(record));
    expect(Object.keys(record.profile.functions)[0]).toContain("compute (");
    expect(record.objects.kinds.Basket).toBe(20_000);
    expect(record.figures).toMatchObject({
      rssBytes: expect.any(Number),
      gcCollections2: expect.any(Number),
    });
  },
);
