// What operators of mod_wsgi's daemon mode rely on, statement by statement, on the built gw: processes that come and go, the server
// around the app, hooks, and what the module of its name tells. `npm run test:python`, half a minute; installs nothing.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { describeWith, WITH_PYTHON } from "../support/needs.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makePublicDir, makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";
import { PYTHON, ROOT } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const APP = join(ROOT, "test/apps/mod-wsgi/app.py");
const WITH = ["--python", PYTHON ?? "python3"];

const start = (...args: string[]) => startGw([APP, ...WITH, ...args]);
/** With files gw wants a user who is not root; what the app is must be that one's to read. */
const startWithFiles = (site: TempDir, ...args: string[]) => {
  copyFileSync(APP, join(site.path, "app.py"));
  chmodSync(join(site.path, "app.py"), 0o644);
  const user = process.getuid?.() === 0 ? ["--user=nobody"] : [];
  const root = ["--server-root", join(site.path, `run-${freePort()}`)];
  return startGw([join(site.path, "app.py"), ...WITH, ...user, ...root, ...args]);
};
const ask = (gw: Gw, path: string, init?: RequestInit) => fetch(new URL(path, gw.url), init);
const json = async <T = unknown>(gw: Gw, path: string, init?: RequestInit): Promise<T> =>
  (await ask(gw, path, init)).json() as never;
const pidOf = async (gw: Gw) => (await json<{ pid: number }>(gw, "/process")).pid;
const causeOf = (answer: Response) => /details="(\w+)"/.exec(answer.headers.get("proxy-status") ?? "")?.[1];

async function rawAnswer(gw: Gw, path: string): Promise<string> {
  using client = await connectRaw({ port: gw.port });
  await client.send(`GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);
  return await client.untilClosed();
}

describeWith(WITH_PYTHON)("mod_wsgi: processes that come and go", () => {
  test("mod_wsgi 50: maximum-requests replaces the process, and says why to the app", async () => {
    await using gw = await start("--maximum-requests=5");
    const first = await pidOf(gw);
    await eventually(async () => (await pidOf(gw)) !== first, "another process answers");
    await gw.until(/worker 1 ended.*reason=maximum_requests/);
    await gw.until(/goodbye: maximum_requests/);
  });

  test("mod_wsgi 51: restart-interval does, without a request", async () => {
    await using gw = await start("--restart-interval=1s");
    await gw.until(/goodbye: restart_interval/);
    expect((await ask(gw, "/environ")).status).toBe(200);
  });

  test("mod_wsgi 52: inactivity-timeout does to a process that has had requests and has none", async () => {
    await using gw = await start("--inactivity-timeout=1s");
    const first = await pidOf(gw);
    // Longer than the timeout: a process that has a request stays.
    expect(await json(gw, "/doze?1.5")).toBe(first);
    expect(gw.stderr()).not.toContain("inactivity_timeout");
    await gw.until(/worker 1 ended.*reason=inactivity_timeout/);
  });

  test("mod_wsgi 53: SIGUSR1 lets requests end that are under way, and others are answered by the next process", async () => {
    await using gw = await start("--eviction-timeout=10s");
    const first = await pidOf(gw);
    await ask(gw, "/shut_gate");
    const held = ask(gw, "/held");
    await eventually(async () => (await json<string[]>(gw, "/notes")).length > 0, "it serves beside that");
    process.kill(first, "SIGUSR1");
    await gw.until(/worker 1 is (?:leaving|asked)|SIGUSR1|eviction/);
    await eventually(async () => (await pidOf(gw)) !== first, "another process answers");
    // The gate is the first one's, which takes no new requests: it opens by itself.
    expect(await (await held).json()).toBe(first);
    await gw.until(/worker 1 ended.*reason=eviction_signal/);
  });

  test("mod_wsgi 54: SIGTERM is gw's to see, and the app's own code for it runs at the end", async () => {
    await using gw = await start();
    await ask(gw, "/own_signal");
    process.kill(await pidOf(gw), "SIGTERM");
    await gw.until(/own code for the end/);
    await gw.until(/worker 1 ended/);
    expect((await ask(gw, "/environ")).status).toBe(200);
  });

  test("mod_wsgi 55: SIGHUP and SIGUSR2 are told to the app's subscribers, and end nothing", async () => {
    await using gw = await start();
    const pid = await pidOf(gw);
    process.kill(pid, "SIGHUP");
    await gw.until(/heard: SIGHUP/);
    process.kill(pid, "SIGUSR2");
    await gw.until(/heard: SIGUSR2/);
    expect(await pidOf(gw)).toBe(pid);
  });

  test("mod_wsgi 56: request-timeout with interrupt-timeout: 504, RequestTimeout in the app, and the process stays", async () => {
    await using gw = await start("--request-timeout=1s", "--interrupt-timeout=5s");
    const pid = await pidOf(gw);
    const answer = await ask(gw, "/spin");
    expect([answer.status, causeOf(answer)]).toEqual([504, "request_timeout"]);
    await gw.until(/\] interrupted\n/);
    expect(await pidOf(gw)).toBe(pid);
  });

  test("mod_wsgi 57: one that ends its process: 502 before the head, a cut after it, and neither a second time", async () => {
    await using gw = await start();
    const answer = await ask(gw, "/exit");
    expect([answer.status, causeOf(answer)]).toEqual([502, "worker_died"]);
    await gw.until(/worker 1 ended/);
    const late = await rawAnswer(gw, "/die_late");
    expect(late).toContain("begun");
    expect(late).not.toEndWith("0\r\n\r\n");
  });

  test("mod_wsgi 58: queue-timeout: 503 at that moment, while the one before goes on", async () => {
    await using gw = await start("--threads=1", "--queue-timeout=200ms");
    await ask(gw, "/shut_gate");
    const held = ask(gw, "/held");
    await eventually(async () => {
      const answer = await ask(gw, "/environ");
      return answer.status === 503 && causeOf(answer) === "queue_timeout";
    }, "a request has waited too long");
    await held;
  });

  test("mod_wsgi 59: a script that was touched is taken up", async () => {
    using site = makeTempDir();
    const text = await Bun.file(APP).text();
    const path = site.write("wsgi.py", text);
    await using gw = await startGw([path, ...WITH]);
    const first = await pidOf(gw);
    site.write("wsgi.py", `${text}\n# touched\n`);
    await gw.until(/goodbye: script_reload/);
    expect(await pidOf(gw)).not.toBe(first);
  });

  test("mod_wsgi 60: startup-timeout: an app that never loads is given up and told", async () => {
    using site = makeTempDir();
    const app = site.write("slow.py", "import time\ntime.sleep(60)\n");
    const gw = startGw([app, ...WITH, "--startup-timeout=1s"]);
    expect(
      await gw.then(
        () => "served",
        (error: Error) => error.message,
      ),
    ).toContain("The app was not ready 1 s after");
  });

  test("mod_wsgi 61: deadlock-timeout is there whatever else is set; a stop ends all", async () => {
    await using gw = await start("--inactivity-timeout=0", "--request-timeout=0");
    expect((await ask(gw, "/environ")).status).toBe(200);
    expect(await gw.stop()).toBe(0);
    expect(gw.stdout()).toContain("goodbye: shutdown_signal");
  });
});

describeWith(WITH_PYTHON)("mod_wsgi: the module of its name", () => {
  test("mod_wsgi 70: events of a request, notes on it, and which run", async () => {
    await using gw = await start();
    expect(await json(gw, "/notes")).toEqual([true, { note: "kept" }]);
    const told = await json<[string, string[], number | null][]>(gw, "/events");
    const ofNotes = told.slice(0, 3);
    expect(ofNotes.map(([name]) => name)).toEqual([
      "request_started",
      "response_started",
      "request_finished",
    ]);
    const [started, , finished] = ofNotes;
    for (const key of [
      "request_id",
      "thread_id",
      "request_start",
      "queue_start",
      "daemon_start",
      "application_start",
    ])
      expect(started?.[1]).toContain(key);
    for (const key of [
      "request_environ",
      "request_data",
      "application_object",
      "daemon_connects",
      "daemon_restarts",
    ])
      expect(started?.[1]).toContain(key);
    for (const key of [
      "application_finish",
      "application_time",
      "input_reads",
      "output_writes",
      "cpu_user_time",
    ])
      expect(finished?.[1]).toContain(key);
    expect(finished?.[2]).toBe(200);
    await ask(gw, "/twice");
    await eventually(
      async () => (await json<[string][]>(gw, "/events")).some(([name]) => name === "request_exception"),
      "the exception is told",
    );
  });

  test("mod_wsgi 71: figures of requests and of the process", async () => {
    await using gw = await start();
    const told = await json<Record<"request" | "process", string[]>>(gw, "/metrics");
    for (const key of [
      "pid",
      "request_count",
      "request_throughput",
      "capacity_utilization",
      "status_2xx",
      "memory_rss",
    ])
      expect(told.request).toContain(key);
    for (const phase of ["server", "queue", "daemon", "application", "request"])
      for (const of of ["", "_min_us", "_max_us", "_buckets"])
        expect(told.request).toContain(`${phase}_time${of}`);
    for (const key of ["restart_time", "running_time", "request_busy_time", "active_requests", "threads"])
      expect(told.process).toContain(key);
  });
});

describeWith(WITH_PYTHON)("mod_wsgi: the server around the app", () => {
  test("mod_wsgi 80: files of a document root before the app, aliases, and an index", async () => {
    using site = makePublicDir();
    for (const directory of ["root/sub", "other"]) mkdirSync(join(site.path, directory), { recursive: true });
    site.write("root/page.txt", "a file");
    site.write("root/sub/index.html", "an index");
    site.write("other/note.txt", "aliased");
    await using gw = await startWithFiles(
      site,
      ...["--document-root", join(site.path, "root"), "--directory-index=index.html"],
      ...["--url-alias", "/notes", join(site.path, "other")],
    );
    const text = async (path: string) => (await ask(gw, path)).text();
    expect([await text("/page.txt"), await text("/sub/"), await text("/notes/note.txt")]).toEqual([
      "a file",
      "an index",
      "aliased",
    ]);
    expect((await ask(gw, "/environ")).status).toBe(200);
  });

  test("mod_wsgi 81: error documents, in the place of the app's own with error-override", async () => {
    using site = makePublicDir();
    mkdirSync(join(site.path, "root"));
    site.write("root/404.html", "nowhere");
    const files = ["--document-root", join(site.path, "root"), "--error-document", "404", "/404.html"];
    await using gw = await startWithFiles(site, ...files, "--error-override");
    const answer = await ask(gw, "/nothing");
    expect([answer.status, await answer.text()]).toEqual([404, "nowhere"]);
    await using plain = await startWithFiles(site, ...files);
    expect(await (await ask(plain, "/nothing")).text()).toBe("no such page");
  });

  test("mod_wsgi 82: names of the server, and localhost where it is allowed", async () => {
    await using gw = await start("--server-name=www.a.test", "--server-alias=*.b.test", "--allow-localhost");
    const of = async (host: string) => (await ask(gw, "/environ", { headers: { Host: host } })).status;
    expect([await of("www.a.test"), await of("x.b.test"), await of("localhost")]).toEqual([200, 200, 200]);
    expect([403, 404, 421]).toContain(await of("stranger.test"));
  });

  test("mod_wsgi 83: HTTPS with its variables, and plain clients sent there", async () => {
    using site = makeTempDir();
    const port = freePort();
    const flags = [...tlsFlags(site.path), "--ssl-environment", "--https-only", "--hsts-policy=max-age=60"];
    await using gw = await start("--https-port", String(port), ...flags);
    const sent = await ask(gw, "/environ", { redirect: "manual" });
    expect([sent.status, sent.headers.get("location")]).toEqual([
      308,
      expect.stringMatching(/^https:/) as never,
    ]);
    const answer = await fetch(`https://localhost:${port}/environ`, { tls: { rejectUnauthorized: false } });
    const environ = (await answer.json()) as Record<string, unknown>;
    expect(answer.headers.get("strict-transport-security")).toBe("max-age=60");
    expect(environ).toMatchObject({ "wsgi.url_scheme": "https", SERVER_PORT: String(port) });
    expect(environ.SSL_PROTOCOL).toStartWith("TLSv1.");
    expect(environ).toHaveProperty("SSL_CIPHER");
    expect(environ).not.toHaveProperty("HTTPS");
  });

  test("mod_wsgi 84: what trusted proxies say, and nothing of what others do", async () => {
    const said = {
      "X-Forwarded-For": "192.0.2.1, 127.0.0.1",
      "X-Real-IP": "192.0.2.9",
      "X-Forwarded-Proto": "https",
    };
    await using gw = await start(
      ...[
        "--trust-proxy=127.0.0.1",
        "--trust-proxy-header=X-Forwarded-For",
        "--trust-proxy-header=X-Forwarded-Proto",
      ],
    );
    const environ = await json<Record<string, string>>(gw, "/environ", { headers: said });
    expect(environ).toMatchObject({ REMOTE_ADDR: "192.0.2.1", "wsgi.url_scheme": "https" });
    expect(environ).not.toHaveProperty("HTTP_X_REAL_IP");
    await using stranger = await start("--trust-proxy=192.0.2.77", "--trust-proxy-header=X-Forwarded-For");
    const seen = await json<Record<string, string>>(stranger, "/environ", { headers: said });
    expect(seen.REMOTE_ADDR).toBe("127.0.0.1");
    expect(seen).not.toHaveProperty("HTTP_X_FORWARDED_FOR");
  });

  test("mod_wsgi 85: compressed answers, for which HEAD is GET to the app", async () => {
    await using gw = await start("--compress-responses");
    const answer = await ask(gw, "/environ", { headers: { "Accept-Encoding": "gzip" } });
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    await using off = await start("--map-head-to-get=off");
    expect((await ask(off, "/environ", { method: "HEAD" })).status).toBe(200);
  });

  test("mod_wsgi 86: logs in a directory, an access log in Apache's form", async () => {
    using site = makeTempDir();
    await using gw = await start(
      "--log-directory",
      site.path,
      "--access-log",
      "--access-log-format",
      '%h "%r" %>s %b',
    );
    await ask(gw, "/environ?secret=1");
    const log = () => readFileSync(join(site.path, "access_log"), "utf8");
    await eventually(() => log().includes("\n"), "the line is written");
    expect(log()).toMatch(/^127\.0\.0\.1 "GET \/environ\S* HTTP\/1\.1" 200 \d+\n/);
    await ask(gw, "/print");
    const errors = () => readFileSync(join(site.path, "error_log"), "utf8");
    await eventually(() => errors().includes("[worker 1] to errors\n"), "what the app prints is there");
  });

  test("mod_wsgi 87: the status page is for this machine", async () => {
    await using gw = await start("--server-status");
    expect((await ask(gw, "/server-status")).status).toBe(200);
    expect((await ask(gw, "/server-status", { headers: { "X-Forwarded-For": "192.0.2.1" } })).status).toBe(
      403,
    );
  });
});

const HOOKS = `
import json
def allow_access(environ, host):
    how = environ["QUERY_STRING"]
    if how == "raise":
        raise RuntimeError("on purpose")
    if how == "environ":
        print("hook:", json.dumps(sorted(environ)), environ["mod_ssl.is_https"](), repr(environ["mod_ssl.var_lookup"]("HTTPS")), flush=True)
    return {"no": False, "none": None, "odd": "yes"}.get(how, True)
def check_password(environ, user, password):
    return {"right": True, "wrong": False, "unknown": None, "named": "renamed", "empty": "", "odd": 3}[password]
def get_realm_hash(environ, user, realm):
    return None
def groups_for_user(environ, user):
    return {"ann": ["staff"], "bob": []}.get(user, ["staff"])
`;

describeWith(WITH_PYTHON)("mod_wsgi: hooks", () => {
  test("mod_wsgi 90: allow_access: 403 by False, by another type and by an exception", async () => {
    using site = makeTempDir();
    const hooks = site.write("hooks.py", HOOKS);
    await using gw = await start("--host-access-script", hooks);
    const of = async (how: string) => (await ask(gw, `/environ?${how}`)).status;
    expect([await of("yes"), await of("no"), await of("none")]).toEqual([200, 403, 200]);
    for (const how of ["odd", "raise"]) expect([403, 500]).toContain(await of(how));
    await of("environ");
    const told = await gw.until(/hook: .*\n/);
    const keys = JSON.parse(/hook: (\[.*\])/.exec(told)?.[1] ?? "[]") as string[];
    for (const key of [
      "REQUEST_METHOD",
      "REQUEST_URI",
      "REMOTE_ADDR",
      "SCRIPT_NAME",
      "PATH_INFO",
      "mod_wsgi.version",
      "wsgi.errors",
    ])
      expect(keys).toContain(key);
    for (const key of ["HTTP_AUTHORIZATION", "wsgi.input", "wsgi.url_scheme"])
      expect(keys).not.toContain(key);
    expect(told).toMatch(/\] (?:0|False) /);
  });

  test("mod_wsgi 91: check_password: True, False, None, a name, and what is no answer", async () => {
    using site = makeTempDir();
    await using gw = await start("--auth-user-script", site.write("hooks.py", HOOKS), "--auth-cache=0");
    const of = async (password: string) => {
      const answer = await ask(gw, "/environ", {
        headers: { Authorization: `Basic ${btoa(`ann:${password}`)}` },
      });
      const environ = answer.ok ? ((await answer.json()) as Record<string, unknown>) : {};
      return [answer.status, environ.REMOTE_USER];
    };
    expect(await of("right")).toEqual([200, "ann"]);
    expect(await of("named")).toEqual([200, "renamed"]);
    expect([await of("wrong"), await of("unknown")]).toEqual([
      [401, undefined],
      [401, undefined],
    ]);
    expect([await of("empty"), await of("odd")]).toEqual([
      [500, undefined],
      [500, undefined],
    ]);
    const asked = await ask(gw, "/environ");
    expect([asked.status, asked.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringMatching(/^Basic realm=/) as never,
    ]);
  });

  test("mod_wsgi 92: groups_for_user: one that fits lets in, none does not", async () => {
    using site = makeTempDir();
    const hooks = site.write("hooks.py", HOOKS);
    await using gw = await start(
      "--auth-user-script",
      hooks,
      "--auth-group-script",
      hooks,
      "--auth-group=staff",
    );
    const of = async (user: string) =>
      (await ask(gw, "/environ", { headers: { Authorization: `Basic ${btoa(`${user}:right`)}` } })).status;
    expect(await of("ann")).toBe(200);
    expect([401, 403]).toContain(await of("bob"));
  });

  test("mod_wsgi 93: get_realm_hash: Digest asks, and an unknown user is none", async () => {
    using site = makeTempDir();
    await using gw = await start("--auth-user-script", site.write("hooks.py", HOOKS), "--auth-type=Digest");
    expect((await ask(gw, "/environ")).headers.get("www-authenticate")).toContain("Digest ");
  });
});
