import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { resolve } from "../../src/options/resolve.ts";
import {
  dressFor,
  environmentFor,
  identityOf,
  socketInside,
  workerPartOf,
} from "../../src/supervisor/child-setup.ts";
import { factsWith } from "../options/facts.ts";

function resolved(argv: string[] = []) {
  const facts = factsWith(undefined, { uid: 0, gid: 0 });
  const resolution = resolve({ argv: ["app.ts", ...argv], env: {}, facts });
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  return resolution;
}

function environmentOf(
  env: Record<string, string>,
  argv: string[] = [],
  role: "worker" | "front" = "worker",
) {
  const { settings, account } = resolved(argv);
  return environmentFor(role, env, settings, account);
}

describe("what a worker is told", () => {
  test("setup: nothing but the app, without options", () => {
    const { settings, account } = resolved();
    expect(workerPartOf(settings, account)).toEqual({
      app: "/srv/shop/app.ts",
      home: "/srv/shop",
      limits: { isBestEffort: false },
      identity: {},
    });
  });

  test("setup: every limit that was asked for, and none that is off", () => {
    const limits = [
      "--memory-limit=64M",
      "--virtual-memory-limit=0",
      "--cpu-time-limit=90s",
      "--cpu-priority=0",
    ];
    const { settings, account } = resolved([
      ...limits,
      "--stack-size=1M",
      "--open-files=64",
      "--best-effort-limits",
    ]);
    expect(workerPartOf(settings, account).limits).toEqual({
      memoryBytes: 67_108_864,
      cpuTimeMs: 90_000,
      cpuPriority: 0,
      stackBytes: 1_048_576,
      openFiles: 64,
      isBestEffort: true,
    });
  });

  test("setup: paths as they are called inside of the chroot", () => {
    const { settings, account } = resolved(["--chroot", "/srv", "--user", "shop", "--umask", "077"]);
    expect(workerPartOf(settings, account)).toMatchObject({
      app: "/shop/app.ts",
      home: "/shop",
      identity: {
        chroot: "/srv",
        umask: 0o77,
        account: { name: "shop", uid: 501, gid: 501, groups: [501, 44] },
      },
    });
    expect(socketInside(settings, "/srv/gw/run/w1.1.sock")).toBe("/gw/run/w1.1.sock");
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
    const { settings, account } = resolved(["--setenv", `HTTPS=${value}`]);
    expect(workerPartOf(settings, account).scheme).toBe(scheme as never);
  });

  test("setup: a seed is passed on, random is none", () => {
    const seedOf = (argv: string[]) => workerPartOf(resolved(argv).settings, undefined).hashSeed;
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
    expect(environmentOf(env, ["--user", "shop"], "front").HOME).toBe("/home/shop");
  });

  test("environment: what is for the app does not reach a front", () => {
    const argv = ["--setenv", "A=1", "--passenv", "BUN_OPTIONS", "--locale", "C", "--memory-limit", "1G"];
    expect(environmentOf({ BUN_OPTIONS: "--smol" }, argv, "front")).toEqual({ NODE_ENV: "production" });
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

  test("environment: only a worker has a title and a stack of its own", () => {
    const { settings, account } = resolved(["--display-name", "%{GROUP} %{GROUP}", "--stack-size", "1M"]);
    expect(dressFor("worker", {}, settings, account)).toMatchObject({
      title: "(gw:default) (gw:default)",
      stackBytes: 2 ** 20,
    });
    expect(Object.keys(dressFor("front", {}, settings, account))).toEqual(["env"]);
  });
});
