import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { resolve, type WorkerGroup } from "../../../src/options/resolve/resolve.ts";
import {
  dressBare,
  dressFront,
  dressWorker,
  environmentFor,
  identityOf,
  insideOf,
  workerPartOf,
} from "../../../src/supervisor/child/child-setup.ts";
import { factsWith } from "../../options/facts.ts";

function resolved(argv: string[] = []) {
  const facts = factsWith(undefined, { uid: 0, gid: 0 });
  const resolution = resolve({ argv: ["app.ts", ...argv], env: {}, facts });
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  return resolution;
}

const whose = (argv: string[] = []) => resolved(argv);

/** With the paths as they are written. */
function partOf({ settings, account }: Pick<WorkerGroup, "settings" | "account">) {
  return workerPartOf({ settings, account }, { app: settings.app ?? null, home: settings.home });
}

/** What no worker of gw's own needs. */
const nowhere = (): never => {
  throw new Error("a program was to be placed");
};

function environmentOf(env: Record<string, string>, argv: string[] = []) {
  return environmentFor(env, resolved(argv));
}

describe("what a worker is told", () => {
  test("setup: nothing but the app, without options", () => {
    const { settings, account } = whose();
    expect(partOf({ settings, account })).toEqual({
      app: "/srv/shop/app.ts",
      home: "/srv/shop",
      limits: { isBestEffort: false },
      identity: {},
      envFiles: null,
      arguments: [],
      preloads: [],
      backlog: 100,
    });
  });

  test("setup: a command of a package is called by its name, with its words, and preloads as they are seen inside", () => {
    const facts = factsWith(["/srv/shop/node_modules/.bin/serve", "/srv/shop/app.ts"], { uid: 0, gid: 0 });
    const of = (argv: string[]) => {
      const resolution = resolve({ argv, env: {}, facts });
      const { settings, account } = resolution as unknown as WorkerGroup;
      const pins = { app: "/srv/shop/node_modules/serve/main.js", home: settings.home };
      const { script, arguments: words, preloads } = workerPartOf({ settings, account }, pins);
      return [script, words, preloads];
    };
    const inside = ["--chroot", "/srv", "--preload", "/srv/a.ts", "--preload", "./b.ts", "--preload", "c/d"];
    expect(of(["node_modules/.bin/serve", ...inside, "--", "-s", ""])).toEqual([
      "/shop/node_modules/.bin/serve",
      ["-s", ""],
      ["/a.ts", "./b.ts", "c/d"],
    ]);
    expect(of(["app.ts"])).toEqual([undefined as never, [], []]);
  });

  test("setup: every limit that was asked for, and none that is off", () => {
    const limits = [
      "--memory-limit=64M",
      "--virtual-memory-limit=0",
      "--cpu-time-limit=90s",
      "--cpu-priority=0",
    ];
    const { settings, account } = whose([
      ...limits,
      "--stack-size=1M",
      "--open-files=64",
      "--best-effort-limits",
    ]);
    expect(partOf({ settings, account }).limits).toEqual({
      memoryBytes: 67_108_864,
      cpuTimeMs: 90_000,
      cpuPriority: 0,
      stackBytes: 1_048_576,
      openFiles: 64,
      isBestEffort: true,
    });
  });

  test("setup: paths as they are called inside of the chroot", () => {
    const { settings, account } = whose(["--chroot", "/srv", "--user", "shop", "--umask", "077"]);
    expect(partOf({ settings, account })).toMatchObject({
      app: "/shop/app.ts",
      home: "/shop",
      identity: {
        chroot: "/srv",
        umask: 0o77,
        account: { name: "shop", uid: 501, gid: 501, groups: [501, 44] },
      },
    });
    expect(insideOf(settings, "/srv/gw/run/w1.sock")).toBe("/gw/run/w1.sock");
  });

  test("setup: a front changes its user and nothing else", () => {
    const { account } = resolved(["--chroot", "/srv", "--user", "shop", "--umask", "077"]);
    expect(identityOf(account)).toEqual({ account: { name: "shop", uid: 501, gid: 501, groups: [501, 44] } });
    expect(identityOf(undefined)).toEqual({});
  });

  test.each([
    ["1", "https"],
    ["on", "https"],
    ["0", "http"],
    ["off", "http"],
    ["", undefined],
  ])("setup: HTTPS=%s", (value, scheme) => {
    const { settings, account } = whose(["--setenv", `HTTPS=${value}`]);
    expect(partOf({ settings, account }).scheme).toBe(scheme as never);
  });

  test("setup: a seed is passed on, random is none", () => {
    const seedOf = (argv: string[]) => partOf(whose(argv)).hashSeed;
    expect([seedOf(["--hash-seed", "0"]), seedOf(["--hash-seed", "random"]), seedOf([])]).toEqual([
      0,
      undefined as never,
      undefined as never,
    ]);
  });
});

describe("environment of children", () => {
  test("environment: production, unless somebody says otherwise", () => {
    expect(environmentOf({})).toEqual({ NODE_ENV: "production" });
    expect(environmentOf({ NODE_ENV: "test" })).toEqual({ NODE_ENV: "test" });
    expect(environmentOf({ NODE_ENV: "test" }, ["--setenv", "NODE_ENV=x"])).toEqual({ NODE_ENV: "x" });
  });

  test("environment: the places are the user's, and may be set otherwise", () => {
    const env = { HOME: "/root", USER: "root", LOGNAME: "root", SHELL: "/bin/bash" };
    expect(environmentOf(env, ["--user", "shop"])).toMatchObject({
      HOME: "/home/shop",
      USER: "shop",
      LOGNAME: "shop",
      SHELL: "/bin/sh",
    });
    expect(environmentOf(env, ["--user", "shop", "--setenv", "HOME=/data"]).HOME).toBe("/data");
  });

  test("environment: a front has what it needs to start, and nothing of what gw has or the app is given", () => {
    const argv = ["--user", "shop", "--setenv", "A=1", "--passenv", "BUN_OPTIONS", "--locale", "C"];
    const env = { BUN_OPTIONS: "--smol", NODE_ENV: "test", HOME: "/root", PATH: "/bin", API_KEY: "secret" };
    const production = { NODE_ENV: "production" };
    expect(dressBare(env, whose(argv)).env).toEqual(production);
    expect(dressFront(env, whose(argv)).env).toEqual({ ...production, UV_THREADPOOL_SIZE: "32" });
    const libraries = { LD_LIBRARY_PATH: "/opt/lib" };
    expect(dressBare({ ...env, ...libraries }, whose()).env).toEqual({ ...production, ...libraries });
  });

  test("environment: what the app is given beside what gw has", () => {
    const argv = ["--setenv", "A=1", "--passenv", "BUN_OPTIONS", "--locale", "C", "--memory-limit", "1G"];
    expect(environmentOf({ BUN_OPTIONS: "--smol" }, argv)).toEqual({
      NODE_ENV: "production",
      A: "1",
      BUN_OPTIONS: "--smol",
      LANG: "C",
      LC_ALL: "C",
      BUN_JSC_forceRAMSize: String(2 ** 30),
    });
  });

  test("environment: the life channel's own cannot be passed", () => {
    expect(environmentOf({ NODE_CHANNEL_FD: "9" }, ["--passenv", "NODE_CHANNEL_FD"])).toEqual({
      NODE_ENV: "production",
    });
  });

  test("environment: every variable arrives as it was, or not at all", () => {
    const name = fc.stringMatching(/^[A-Z_]{1,12}$/);
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), (env) => {
        const seen = environmentOf(env);
        return Object.keys(seen).every((key) => key === "NODE_ENV" || seen[key] === env[key]);
      }),
    );
  });

  test("environment: an app finds the public address in PORT and HOST, and no word of gw's own beats it", () => {
    const addressOf = (argv: string[], env: Record<string, string> = {}, at = 0) => {
      const { PORT, HOST } = dressWorker(
        { PORT: "1", HOST: "cray", ...env },
        whose(argv).groups[at]!,
        8443,
        "/srv/shop",
        nowhere,
      ).env;
      return [PORT, HOST];
    };
    expect(addressOf(["--host", "127.0.0.1"])).toEqual(["8443", "127.0.0.1"]);
    expect(addressOf([])).toEqual(["8443", "0.0.0.0"]);
    expect(addressOf(["--setenv", "PORT=3000", "--setenv", "HOST="])).toEqual(["3000", ""]);
    expect(addressOf(["--passenv", "HOST"])).toEqual(["8443", "cray"]);
    const service = ["--service-script", "mail", "app.ts"];
    expect(addressOf(service, {}, 1)).toEqual([undefined, undefined] as never);
    expect(addressOf([...service, "--setenv", "PORT=25"], {}, 1)).toEqual(["25", undefined] as never);
  });

  test("environment: only a worker has a title and a stack of its own", () => {
    const { settings, account, groups } = whose([
      "--display-name",
      "%{GROUP} %{GROUP}",
      "--stack-size",
      "1M",
    ]);
    expect(dressWorker({}, groups[0]!, 8000, "/srv/shop", nowhere)).toMatchObject({
      title: "(gw:default) (gw:default)",
      stackBytes: 2 ** 20,
    });
    expect(Object.keys(dressFront({}, { settings, account }))).toEqual(["env"]);
  });
});
