// Which interpreter runs an app in Python, and which options each kind of worker refuses.
import { describe, expect, test } from "bun:test";
import { type Resolution, resolve } from "../../../src/options/resolve/resolve.ts";
import { factsWith } from "../facts.ts";

const APPS = ["/srv/shop/app.ts", "/srv/shop/wsgi.py"];
const ROOT = { uid: 0, gid: 0 };

function resolved(argv: string[], files: string[] = ["/usr/bin/python3"], groups?: object): Resolution {
  const members = groups ? [{ key: "groups", value: groups, line: 2 }] : undefined;
  const file = members && { path: "/srv/shop/gw.config.json", members, problems: [] };
  return resolve({
    argv,
    env: { PATH: "/opt/bin:bin:/usr/bin" },
    facts: factsWith([...APPS, ...files], ROOT),
    file,
  });
}

function interpreterOf(argv: string[], files?: string[]): string | undefined {
  const found = resolved(argv, files);
  if (found.problems) throw new Error(found.problems.map(({ what }) => what).join());
  return found.groups[0]?.interpreter;
}

const problemsOf = (resolution: Resolution) => resolution.problems?.map(({ what, from }) => [what, from]);

describe("the interpreter", () => {
  const environment = ["/srv/shop/.venv/bin/python3", "/usr/bin/python3"];

  test("interpreter: what is named, an environment beside the app, or the first on PATH", () => {
    expect(interpreterOf(["wsgi.py"])).toBe("/usr/bin/python3");
    expect(interpreterOf(["wsgi.py"], ["/opt/bin/python3", "/usr/bin/python3"])).toBe("/opt/bin/python3");
    expect(interpreterOf(["wsgi.py"], environment)).toBe("/srv/shop/.venv/bin/python3");
    expect(interpreterOf(["wsgi.py"], ["/srv/shop/venv/bin/python3"])).toBe("/srv/shop/venv/bin/python3");
    expect(interpreterOf(["wsgi.py", "--python", "/usr/bin/python3"], environment)).toBe("/usr/bin/python3");
    expect(interpreterOf(["wsgi.py", "--python-home", "/e"], [...environment, "/e/bin/python"])).toBe(
      "/e/bin/python",
    );
    expect(interpreterOf(["app.ts"])).toBeUndefined();
  });

  test("interpreter: none is a problem of the configuration, with what to do", () => {
    const { problems = [] } = resolved(["wsgi.py"], []);
    expect(problems).toEqual([
      {
        cause: "configuration",
        what: "The app is in Python, and no python3 was found to run it",
        from: "the command line",
        advice: expect.stringContaining("apt install python3"),
      },
    ]);
    expect(problemsOf(resolved(["wsgi.py", "--python", "/no/python"]))).toEqual([
      ['There is no interpreter of Python at "/no/python"', "--python"],
    ]);
    expect(problemsOf(resolved(["wsgi.py", "--python-home", "/no"]))).toEqual([
      ['There is no bin/python3 in pythonHome "/no"', "--python-home"],
    ]);
  });

  test("interpreter: with a root directory of its own it is the one inside", () => {
    const chroot = ["wsgi.py", "--chroot", "/srv"];
    expect(problemsOf(resolved(chroot))).toEqual([
      [
        'The app is in Python, and no python3 was found inside of the chroot "/srv" to run it',
        "the command line",
      ],
    ]);
    expect(interpreterOf(chroot, ["/srv/usr/bin/python3"])).toBe("/usr/bin/python3");
  });

  test("interpreter: a service in Python has one, and so has a module", () => {
    const files = ["/usr/bin/python3"];
    const service = resolved(["app.ts", "--service-script", "mail", "wsgi.py"], files);
    expect(service.problems ?? service.groups.map(({ interpreter }) => interpreter)).toEqual([
      undefined,
      "/usr/bin/python3",
    ] as never);
    const module = resolved(["shop.wsgi:site"], files);
    expect(module.problems ?? [module.groups[0]?.interpreter, module.settings.home]).toEqual([
      "/usr/bin/python3",
      "/srv/shop",
    ]);
  });
});

describe("what a kind of worker cannot take", () => {
  test("kinds: is refused by its name", () => {
    expect(problemsOf(resolved(["wsgi.py", "--preload", "./a.ts", "--app-port", "3000"]))).toEqual([
      [
        "preload cannot be used for a Python app, whose interpreter loads no modules of JavaScript",
        "--preload",
      ],
      ["appPort cannot be used for a Python app, which does not listen by itself", "--app-port"],
    ]);
    expect(problemsOf(resolved(["wsgi.py", "--embedded-mode"]))).toEqual([
      ["embeddedMode cannot be used for a Python app, which needs a front end before it", "--embedded-mode"],
    ]);
    expect(problemsOf(resolved(["app.ts", "--python-path", "/lib"]))).toEqual([
      [
        "pythonPath cannot be used for a TypeScript app, which no interpreter of Python runs",
        "--python-path",
      ],
    ]);
  });

  test("kinds: what is said for all holds for those that can take it", () => {
    const groups = { site: { app: "wsgi.py" }, api: { app: "app.ts", mount: "/api" } };
    const both = resolved(["--python-path", "/lib", "--preload", "./a.ts"], ["/usr/bin/python3"], groups);
    expect(problemsOf(both)).toBeUndefined();
    const own = { ...groups, api: { ...groups.api, pythonPath: ["/lib"] } };
    expect(problemsOf(resolved([], ["/usr/bin/python3"], own))).toEqual([
      [
        "pythonPath cannot be used for a TypeScript app, which no interpreter of Python runs",
        expect.stringContaining("groups.api.pythonPath") as never,
      ],
    ]);
  });

  test("kinds: each has its own number of requests, name of a callable, and least memory", () => {
    const { settings } = resolved(["wsgi.py"]) as Exclude<Resolution, { problems: object }>;
    expect([settings.concurrency.max, settings.callableObject]).toEqual([5, "application"]);
    expect(problemsOf(resolved(["wsgi.py", "--memory-limit", "16M"]))).toEqual([
      ['memoryLimit "16M" is less than the runtime itself takes', "--memory-limit"],
    ]);
    expect(problemsOf(resolved(["wsgi.py", "--memory-limit", "32M"]))).toBeUndefined();
  });

  test("kinds: the home of an app in a package is where that is imported from", () => {
    const files = ["/srv/shop/site/__init__.py", "/srv/shop/site/wsgi.py", "/usr/bin/python3"];
    const found = resolved(["site/wsgi.py"], files);
    expect(found.problems ?? found.settings.home).toBe("/srv/shop");
  });
});
