import { expect, test } from "bun:test";
import { pathInside, RULES } from "../../../src/options/declare/rules.ts";
import { LONGEST_SOCKET_NAME } from "../../../src/options/declare/socket-paths.ts";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { factsWith } from "../facts.ts";

const problemsOf = (argv: string[], facts = factsWith()) => resolve({ argv, env: {}, facts }).problems;

test("rules: an app that is not there, with the nearest file that is", () => {
  expect(problemsOf(["app.js"])).toEqual([
    {
      cause: "app_not_found",
      what: 'There is no app at "/srv/shop/app.js"',
      from: "the command line",
      advice: 'Did you mean "/srv/shop/app.ts"?',
    },
  ]);
});

test("rules: a directory is no app, but its likely entry is named", () => {
  expect(problemsOf(["."])).toEqual([
    {
      cause: "app_not_found",
      what: 'The app "/srv/shop" is a directory, not a file',
      from: "the command line",
      advice: 'Did you mean "/srv/shop/app.ts"?',
    },
  ]);
});

test("rules: debugging has one worker", () => {
  expect(problemsOf(["--debug-mode", "--processes", "1"])).toBeUndefined();
  expect(problemsOf(["--debug-mode", "--processes", "1..2"])).toMatchObject([
    { what: "debugMode has one worker, and processes says that there are more", from: "--processes" },
  ]);
});

test("rules: home must be a directory", () => {
  expect(problemsOf(["app.ts", "--home", "app.ts"])?.map(({ what }) => what)).toEqual([
    'home "/srv/shop/app.ts" is not a directory',
  ]);
});

test("rules: a server root of 81 bytes leaves room for its longest socket, one of 82 does not", () => {
  const root = (bytes: number) => ["--server-root", `/${"r".repeat(bytes - 1)}`];
  expect(problemsOf(root(81))).toBeUndefined();
  expect(problemsOf(root(82))).toMatchObject([
    { cause: "configuration", from: "--server-root", accepted: "at most 81 bytes" },
  ]);
  // sun_path has 104 bytes at least, the final zero included.
  expect(`${root(81)[1]}/${LONGEST_SOCKET_NAME}`.length).toBeLessThan(104);
});

test("rules: the length of a server root is counted in bytes, also when TMPDIR made it", () => {
  const facts = factsWith(undefined, { tmpdir: `/${"ü".repeat(40)}` });
  expect(problemsOf([], facts)).toMatchObject([{ from: "the default, made from TMPDIR, host and port" }]);
});

test("rules: one limit of bodies for each path, and in embedded mode one for all", () => {
  const limits = (...sizes: string[]) => sizes.flatMap((size) => ["--limit-request-body", size]);
  expect(problemsOf(limits("1M", "/a=2M", "/b=2M"))).toBeUndefined();
  expect(problemsOf(limits("1M", "2M"))).toMatchObject([
    { what: "limitRequestBody says two sizes for all paths", from: "--limit-request-body" },
  ]);
  expect(problemsOf(limits("/a=1M", "/a/=1M"))).toMatchObject([
    { what: 'limitRequestBody says two sizes for "/a"' },
  ]);
  expect(problemsOf(["--embedded-mode", ...limits("1M")])).toBeUndefined();
  expect(problemsOf(["--embedded-mode", ...limits("1M", "/a=2M")])).toMatchObject([
    { what: expect.stringContaining('cannot be said for "/a" alone in embedded mode') },
  ]);
});

test("rules: no request counts twice for one rule", () => {
  const rates = (...rules: string[]) => rules.flatMap((rule) => ["--rate-limit", rule]);
  expect(problemsOf(rates("address 1/s", "address 100/h", "address 1/s path=/a"))).toBeUndefined();
  expect(problemsOf(rates("address 1/s", "address  1/s burst=1"))).toMatchObject([
    { what: 'rateLimit says "address 1/s" twice, so that each request would count twice' },
  ]);
});

test("rules: what an engine does not take is refused with what it does", () => {
  const refused = (flag: string, value: string) => problemsOf([flag, value])?.[0]?.accepted;
  expect(refused("--limit-request-line", "32k")).toEndWith("from 256 to 16k");
  expect(refused("--limit-request-fields", "300")).toEndWith("from 1 to 190");
  expect(refused("--limit-request-field-size", "1M")).toEndWith("from 256 to 64k");
});

test("rules: each front end needs a share of a worker", () => {
  expect(problemsOf(["--front-ends", "4", "--concurrency", "3"])).toMatchObject([
    { cause: "configuration", from: "--front-ends" },
  ]);
  expect(problemsOf(["--front-ends", "4", "--concurrency", "4"])).toBeUndefined();
});

test("rules: a backlog that the kernel cuts down is a warning with what it grants", () => {
  const warningsOf = (argv: string[], mostBacklog?: number) => {
    const resolution = resolve({ argv, env: {}, facts: factsWith(undefined, { mostBacklog }) });
    return resolution.problems ?? resolution.warnings;
  };
  const cut = (what: string) => `${what} is more than the kernel grants: 128. Raise net.core.somaxconn`;
  expect(warningsOf([], 500)).toEqual([]);
  expect(warningsOf(["--server-backlog", "65535"])).toEqual([]);
  expect(warningsOf([], 128)).toEqual([cut("serverBacklog 500 (default)")]);
  const both = ["--server-backlog=129", "--listen-backlog=200"];
  const public_ = cut("serverBacklog 129 (--server-backlog)");
  expect(warningsOf(both, 128)).toEqual([public_, cut("listenBacklog 200 (--listen-backlog)")]);
  expect(warningsOf(["--embedded-mode", ...both], 128)).toContain(public_);
});

test("rules: the queue is as long as the backlog for each process, unless it is given", () => {
  const queueOf = (...argv: string[]) => {
    const resolution = resolve({ argv, env: {}, facts: factsWith() });
    return resolution.problems ?? resolution.settings.maxQueue;
  };
  expect(queueOf("--processes", "3")).toBe(300);
  expect(queueOf("--processes", "1..3", "--listen-backlog", "7")).toBe(21);
  expect(queueOf("--listen-backlog", "7", "--max-queue", "0")).toBe(0);
});

const root = factsWith(["/srv/shop/app.ts", "/srv/shop/package.json", "/etc/passwd"], { uid: 0, gid: 0 });
const whatOf = (argv: string[], facts = root) => (problemsOf(argv, facts) ?? []).map(({ what }) => what);

test("rules: only root can change the root directory", () => {
  expect(whatOf(["--chroot", "/srv"], factsWith())).toEqual([
    'chroot cannot be "/srv": gw runs as user 501, and only root can change the root directory',
  ]);
  expect(whatOf(["--chroot", "/srv"])).toEqual([]);
});

test("rules: a chroot is a directory", () => {
  expect(whatOf(["--chroot", "/etc/passwd"])).toContain('chroot "/etc/passwd" is not a directory');
});

test("rules: app, home and server root lie in the chroot", () => {
  expect(whatOf(["/srv/shop/app.ts", "--chroot", "/srv"])).toEqual([]);
  expect(whatOf(["/srv/shop/app.ts", "--chroot", "/etc"])).toEqual([
    'app "/srv/shop/app.ts" lies outside of the chroot "/etc", where workers cannot see it',
  ]);
  expect(whatOf(["--chroot", "/srv", "--server-root", "/srv2/run"])).toEqual([
    'serverRoot "/srv2/run" lies outside of the chroot "/srv", where workers cannot see it',
  ]);
});

test("rules: a memory limit leaves the runtime its own", () => {
  expect(whatOf(["--memory-limit", "63M"])).toEqual([
    'memoryLimit "63M" is less than the runtime itself takes',
  ]);
  expect([...whatOf(["--memory-limit", "64M"]), ...whatOf(["--memory-limit", "0"])]).toEqual([]);
});

test("rules: a path has one priority", () => {
  const twice = ["--priority", "/a=high", "--priority", "/b=low", "--priority", "/a=low"];
  expect(whatOf(twice)).toEqual(['priority says twice how much "/a" matters']);
  expect(whatOf(twice.slice(0, 4))).toEqual([]);
});

test("rules: what a chroot calls a path", () => {
  const table = [
    ["/srv", "/srv/a/b", "/a/b"],
    ["/srv", "/srv", "/"],
    ["/srv", "/srv2", undefined],
    ["/srv", "/", undefined],
    ["/", "/srv", "/srv"],
    ["/srv", "/srv/..b", "/..b"],
  ] as const;
  expect(table.map(([dir, path]) => pathInside(dir, path))).toEqual(table.map(([, , inside]) => inside));
});

test("rules: a file of variables must be there, and inside of the chroot", () => {
  const told = (argv: string[], uid = 501) =>
    problemsOf(
      ["app.ts", ...argv],
      factsWith(["/srv/shop/app.ts", "/srv/shop/.env", "/etc/shop.env"], { uid }),
    )?.map(({ what, from }) => [what, from]);
  expect(told(["--env-file", ".env", "--env-file", "/etc/shop.env"])).toBeUndefined();
  expect(told(["--env-file", ".env", "--env-file", "none.env"])).toEqual([
    ['envFile "/srv/shop/none.env" does not exist', "--env-file"],
  ]);
  expect(told(["--env-file", "/etc"])).toEqual([['envFile "/etc" is a directory, not a file', "--env-file"]]);
  expect(told(["--env-file", "/etc/shop.env", "--chroot", "/srv"], 0)).toEqual([
    ['envFile "/etc/shop.env" lies outside of the chroot "/srv", where workers cannot see it', "--env-file"],
  ]);
});

test.each(["what?.ts", "back\\slash.ts", "a?b/app.ts"])("rules: the runtime cannot load %s", (name) => {
  const [problem] = problemsOf([name], factsWith([`/srv/shop/${name}`])) ?? [];
  expect(problem?.what).toStartWith(
    `The app "/srv/shop/${name}" cannot be loaded: the runtime does not take `,
  );
});

test("rules: words for an app need one", () => {
  expect(problemsOf(["--", "app.ts"])).toEqual([
    {
      cause: "usage",
      what: 'There is no app for the argument "app.ts"',
      from: "--",
      advice: "Name the app before --, as in gw start-server app.ts -- WORD",
    },
  ]);
  expect(problemsOf(["app.ts", "--", ""])).toBeUndefined();
});

const FORWARDED = ["--trust-proxy-header", "x-forwarded-for"];

test.each([
  [
    ["--trust-proxy", "10.0.0.0/8"],
    "trustProxy names a proxy, and trustProxyHeader no header in which it tells of its clients",
  ],
  [FORWARDED, "trustProxyHeader names headers, and trustProxy nobody who is believed when he sends them"],
  [
    ["--trust-proxy", "::1,999.0.0.1", ...FORWARDED],
    'trustProxy names "999.0.0.1", which is no address and no network',
  ],
])("rules: %p is no trust", (argv, what) => {
  expect(whatOf(argv)).toEqual([what]);
  expect(whatOf(["--trust-proxy", "10.0.0.0/8,::1", ...FORWARDED])).toEqual([]);
});

test("rules: every rule has a test here", () => {
  expect(Object.keys(RULES)).toEqual([
    "appIsAFile",
    "appCanBeLoaded",
    "argumentsHaveAnApp",
    "debuggingHasOneWorker",
    "homeIsADirectory",
    "serverRootIsShort",
    "chrootNeedsRoot",
    "chrootIsADirectory",
    "chrootHoldsEverything",
    "envFilesAreThere",
    "memoryLimitHoldsTheRuntime",
    "concurrencyCoversFrontEnds",
    "prioritiesDiffer",
    "bodyLimitsAreSaidOnce",
    "bodyLimitsByPathNeedAFrontEnd",
    "rateLimitsAreSaidOnce",
    "networksAreAddresses",
    "statusPageNeedsAPort",
    "trustNeedsHeaders",
  ]);
});

test("rules: what lies behind a directory that may not be passed is not said to be missing", () => {
  const usual = factsWith();
  const facts = factsWith(undefined, {
    kindOf: (path) => (path.startsWith("/secret/") ? "barred" : usual.kindOf(path)),
  });
  const cases = [
    ["/secret/app.ts"],
    ["--home", "/secret/home"],
    ["--document-root", "/secret/site"],
    ["--url-alias", "/x", "/secret/x"],
    ["--document-root", "/srv/shop", "--mime-types", "/secret/types"],
    ["--auth-user-script", "/secret/auth.ts"],
    ["--service-script", "mail", "/secret/mail.ts"],
  ];
  for (const words of cases) {
    const [problem, ...others] = problemsOf(words, facts) ?? [];
    expect([words, problem?.what, problem?.advice, others]).toEqual([
      words,
      expect.stringContaining("cannot be reached: permission denied on a directory above it"),
      expect.stringContaining("chmod o+x"),
      [],
    ]);
  }
});
