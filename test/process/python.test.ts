// Apps in Python behind the built gw: what of options and faults reaches them. What a worker keeps by itself is held by test/contract.
import { describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { eventually, type Gw, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, describeWith, testWith, WITH_PYTHON } from "../support/needs.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { PYTHON, ROOT } from "../support/worker-process.ts";

const APP = join(import.meta.dir, "../apps/python-app.py");
const WITH = ["--python", PYTHON ?? "python3"];

type Process = {
  pid: number;
  uid: number;
  groups: number[];
  cwd: string;
  path: string[];
  argv: string[];
  executable: string;
  variables: string[];
};

const processOf = async (gw: Gw): Promise<Process> => (await fetch(`${gw.url}process`)).json() as never;

function anybody(path: string, mode = 0o755): string {
  chmodSync(path, mode);
  return path;
}

describeWith(WITH_PYTHON)("an app in Python", () => {
  test("python: finds itself at home, with its words and nothing of gw's, and is restarted when it dies", async () => {
    await using gw = await startGw([
      APP,
      ...WITH,
      "--hash-seed=7",
      "--dont-write-bytecode",
      "--app-argument=a",
      "--app-argument=b",
    ]);
    const seen = await processOf(gw);
    const home = join(import.meta.dir, "../apps");
    expect(seen).toMatchObject({
      cwd: home,
      argv: [APP, "a", "b"],
      executable: PYTHON as string,
      variables: [],
    });
    expect(seen.path[0]).toBe(home);
    expect(gw.stdout()).toContain(`Interpreter       : ${PYTHON}\n`);
    expect((await fetch(`${gw.url}print`)).status).toBe(200);
    await gw.until(/\[worker 1\] printed in größe\n/);
    await gw.until(/\[worker 1\] and to errors\n/);
    expect((await fetch(`${gw.url}exit`)).status).toBe(502);
    await gw.until(/worker 1 ended.*reason=crash/);
    const next = await processOf(gw);
    expect(next.pid).not.toBe(seen.pid);
    expect(await gw.stop()).toBe(0);
  });

  test("python: code in C that holds the interpreter's lock is found out and ended", async () => {
    await using gw = await startGw([APP, ...WITH, "--deadlock-timeout=2s", "--request-timeout=0"]);
    expect((await fetch(`${gw.url}hold`)).status).toBe(504);
    await gw.until(
      /worker 1 ended.*reason=deadlock_timeout.*stack="answer_hold \(\S+python-app\.py:\d+\) < application/,
    );
    expect(await (await fetch(`${gw.url}hello`)).text()).toBe("hello");
  });

  test("python: a request that computes too long is interrupted, and its worker serves on", async () => {
    await using gw = await startGw([APP, ...WITH, "--request-timeout=1s", "--interrupt-timeout=5s"]);
    const { pid } = await processOf(gw);
    expect((await fetch(`${gw.url}spin`)).status).toBe(504);
    await gw.until(/worker 1: A request was interrupted at its time limit/);
    expect((await processOf(gw)).pid).toBe(pid);
  });

  test("python: a service runs beside the app, and does its own code for the end", async () => {
    using site = makeTempDir();
    const service = site.write(
      "mail.py",
      `import sys, time
print("at work as", __name__, sys.argv[1:])
try:
    while True:
        time.sleep(0.01)
finally:
    print("tidied up")
`,
    );
    const said = ["--service-script", "mail", service, "--service-argument", "mail", "x"];
    await using gw = await startGw([APP, ...WITH, ...said]);
    await gw.until(/\[service:mail\] at work as __main__ \['x'\]\n/);
    expect(await gw.stop()).toBe(0);
    expect(gw.stdout()).toContain("[service:mail] tidied up\n");
  });

  test("python: variables of a file, and what the interpreter is told", async () => {
    using site = makeTempDir();
    const app = site.write(
      "wsgi.py",
      `import os, sys
def application(environ, start_response):
    start_response("200 OK", [])
    return [repr((os.environ.get("FROM_FILE"), sys.flags.optimize, sys.warnoptions, os.environ.get("PYTHONOPTIMIZE"))).encode()]
`,
    );
    const file = site.write("variables", "FROM_FILE='a b' # c\n");
    const said = ["--env-file", file, "--python-optimize=2", "--python-warnings=error", "--locale=C"];
    await using gw = await startGw([app, ...WITH, ...said]);
    expect(await (await fetch(gw.url)).text()).toBe("('a b', 2, ['error'], None)");
  });

  test("python: a reload brings another version, and one that is broken leaves the old one", async () => {
    using site = makeTempDir();
    const app = (word: string) => `def application(environ, start_response):
    start_response("200 OK", [])
    return [b"${word}"]
`;
    const path = site.write("wsgi.py", app("first"));
    await using gw = await startGw([path, ...WITH]);
    const text = async () => (await fetch(gw.url)).text();
    expect(await text()).toBe("first");
    site.write("wsgi.py", "import no_such_module\n");
    gw.signal("SIGHUP");
    await gw.until(/there is no module no_such_module/);
    expect(await text()).toBe("first");
    site.write("wsgi.py", app("second"));
    gw.signal("SIGHUP");
    await eventually(async () => (await text()) === "second", "the new version serves");
  });

  test("python: a script that was touched is taken up, with no word to anybody", async () => {
    using site = makeTempDir();
    const app = (word: string) => `def application(environ, start_response):
    start_response("200 OK", [])
    return [b"${word} " + environ["mod_wsgi.script_reloading"].encode()]
`;
    const path = site.write("wsgi.py", app("first"));
    await using gw = await startGw([path, ...WITH]);
    const text = async () => (await fetch(gw.url)).text();
    expect(await text()).toBe("first 1");
    site.write("wsgi.py", app("second"));
    await eventually(async () => (await text()) === "second 1", "the new version serves");
    await gw.until(/worker 1 ended.*reason=script_reload/);
    expect(gw.stderr()).toContain("files have changed");
  });

  test("python: a module and its callable are served beside an app in TypeScript", async () => {
    using site = makeTempDir();
    mkdirSync(join(site.path, "shop"));
    copyFileSync(APP, join(site.path, "shop/site.py"));
    const file = site.write(
      "gw.config.json",
      JSON.stringify({
        python: PYTHON,
        groups: {
          shop: { app: "shop.site:application", mount: "/shop" },
          api: { app: join(import.meta.dir, "../apps/function.ts") },
        },
      }),
    );
    await using gw = await startGw(["--config", file]);
    const environ = (await (await fetch(`${gw.url}shop/environ?a=1`)).json()) as Record<string, unknown>;
    expect(environ).toMatchObject({
      SCRIPT_NAME: "/shop",
      PATH_INFO: "/environ",
      QUERY_STRING: "a=1",
      REQUEST_URI: "/shop/environ?a=1",
      "wsgi.url_scheme": "http",
      "wsgi.version": [1, 0],
      "mod_wsgi.process_group": "shop",
    });
    expect(environ).not.toHaveProperty("HTTPS");
    using old = await connectRaw({ port: gw.port });
    await old.send("GET /shop/environ HTTP/1.0\r\n\r\n");
    expect(await old.untilClosed()).toContain('"SERVER_PROTOCOL": "HTTP/1.0"');
    expect((await fetch(`${gw.url}`)).status).toBe(200);
  });

  test("python: the example of two languages works as it stands", async () => {
    await using gw = await startGw(["--config", join(ROOT, "examples/both/gw.config.json"), ...WITH]);
    expect(await (await fetch(gw.url)).text()).toContain("<h1>Hello from Python</h1>");
    expect(await (await fetch(`${gw.url}api/hello`)).json()).toEqual({
      text: "Hello from TypeScript, at /hello",
    });
  });

  testWith(AS_ROOT)(
    "python: the interpreter itself is started as the user, and nothing of it before",
    async () => {
      using site = makeTempDir();
      anybody(site.path, 0o777);
      const seen = join(site.path, "seen");
      const interpreter = anybody(
        site.write("python3", `#!/bin/sh\nid -u >> ${seen}\nexec ${PYTHON} "$@"\n`),
      );
      const app = anybody(site.write("wsgi.py", await Bun.file(APP).text()), 0o644);
      const root = join(site.path, "root");
      await using gw = await startGw([
        app,
        "--python",
        interpreter,
        "--user",
        "nobody",
        "--server-root",
        root,
      ]);
      expect((await processOf(gw)).uid).toBe(65_534);
      expect(await Bun.file(seen).text()).toMatch(/^(?:65534\n)+$/);
      const { uid, mode } = statSync(join(root, "worker.py"));
      expect([uid, mode & 0o777]).toEqual([0, 0o444]);
    },
  );
});

describe("an interpreter that will not do", () => {
  test("python: none is told with what to install, and 78", async () => {
    using site = makeTempDir();
    const { code, stderr } = await runGw(["start-server", APP, "--port", "0"], { env: { PATH: site.path } });
    expect([code, stderr]).toEqual([78, expect.stringContaining("apt install python3") as never]);
  });

  test("python: one that the app's user must not run is told with the reason, and 78", async () => {
    using site = makeTempDir();
    const interpreter = anybody(site.write("python3", "#!/bin/sh\n"), 0o644);
    const { code, stderr } = await runGw(["start-server", APP, "--port", "0", "--python", interpreter]);
    expect([code, stderr]).toEqual([
      78,
      expect.stringContaining(
        `The interpreter ${interpreter} cannot be started: permission denied (EACCES)`,
      ) as never,
    ]);
  });

  testWith(WITH_PYTHON)("python: one that is too old says so, and 78", async () => {
    using site = makeTempDir();
    const old = `import sys; del sys.argv[0]; sys.version_info = (3, 8, 0, 'final', 0); __file__ = sys.argv[0]
exec(compile(open(__file__).read(), __file__, 'exec'))`;
    const interpreter = anybody(site.write("python3", `#!/bin/sh\nexec ${PYTHON} -c "${old}" "$@"\n`));
    const { code, stderr } = await runGw(["start-server", APP, "--port", "0", "--python", interpreter]);
    expect([code, stderr]).toEqual([
      78,
      expect.stringContaining("it is Python 3.8, and 3.9 or newer is needed") as never,
    ]);
  });
});
