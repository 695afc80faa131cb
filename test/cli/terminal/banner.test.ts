import { expect, test } from "bun:test";
import { type BannerFacts, renderBanner } from "../../../src/cli/terminal/banner.ts";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { good, resolveGroups } from "../../options/configured.ts";
import { factsWith } from "../../options/facts.ts";

const FACTS: BannerFacts = {
  urls: ["http://localhost:8000/"],
  serverRoot: "/tmp/gw-0.0.0.0:8000:501",
  appPath: "/srv/shop/app.ts",
  appKind: "fetch",
  home: "/srv/shop",
  pid: 4711,
  isRoot: false,
};

function bannerOf(
  argv: string[],
  facts: Partial<BannerFacts> = {},
  env: Record<string, string> = {},
  files?: string[],
): string[] {
  const resolution = resolve({ argv, env, facts: factsWith(files) });
  if (resolution.problems) throw new Error("the test's own options are wrong");
  return renderBanner(resolution, { ...FACTS, ...facts });
}

test("banner: daemon mode", () => {
  expect(bannerOf(["app.ts", "--processes", "2"]).join("\n")).toMatchInlineSnapshot(`
    "Server URL        : http://localhost:8000/
    Server root       : /tmp/gw-0.0.0.0:8000:501
    App               : /srv/shop/app.ts (fetch)
    Working directory : /srv/shop
    Environment       : NODE_ENV=production
    Mode              : daemon (1 front end, 2 worker processes)
    Capacity          : 200 requests at once (2 x 100)
    Queue             : 200 requests, waiting up to 45s
    Timeouts          : request 60s, socket 60s, connect 15s, startup 15s, deadlock 60s, eviction 15s
    Largest body      : 10M
    Logs              : gw on stderr (level info); the app on its own stdout and stderr, line by line
    Stop              : Ctrl-C or kill 4711; requests get 15s to finish, the app 5s more to shut down"
  `);
});

test("banner: whoever said the port is named", () => {
  expect(bannerOf(["--port", "9000"])[0]).toEndWith(": http://localhost:8000/ (port from --port)");
  expect(bannerOf([], {}, { PORT: "5000" })[0]).toEndWith(" (port from PORT)");
});

test("banner: NODE_ENV is shown, and files of variables by name", () => {
  const environmentOf = (argv: string[], files: string[], env: Record<string, string> = {}) => {
    const facts = factsWith(["/srv/shop/app.ts", "/srv/shop/package.json", ...files]);
    const resolution = resolve({ argv: ["app.ts", ...argv], env, facts });
    return renderBanner(good(resolution), FACTS).find((line) => line.startsWith("Environment"));
  };
  const inHome = ["/srv/shop/.env", "/srv/shop/.env.production", "/srv/shop/.env.test.local"];
  expect(environmentOf([], inHome)).toEndWith(
    ": NODE_ENV=production, variables from .env and .env.production",
  );
  expect(environmentOf([], inHome, { NODE_ENV: "test" })).toEndWith("from .env and .env.test.local");
  expect(environmentOf(["--no-env-file"], inHome)).toEndWith(": NODE_ENV=production");
  const named = ["--env-file", "/etc/shop.env", "--env-file", ".env", "--setenv", "NODE_ENV=staging"];
  expect(environmentOf(named, ["/etc/shop.env", ...inHome])).toEndWith(
    ": NODE_ENV=staging, variables from /etc/shop.env and .env",
  );
});

test("banner: arguments and preloads are shown as they are typed, and that home is where gw was started", () => {
  const command = "/srv/shop/node_modules/.bin/serve";
  const argv = [command, "--preload", "./a.ts", "--", "-s", "my build"];
  const resolution = resolve({ argv, env: {}, facts: factsWith([command]) });
  const lines = renderBanner(good(resolution), { ...FACTS, appPath: command });
  expect(
    lines.filter((line) => /^(Arg|Loaded|Working)/.test(line)).map((line) => line.replace(/ +: /, ": ")),
  ).toEqual([
    "Arguments: -s 'my build'",
    "Loaded before: ./a.ts",
    "Working directory: /srv/shop (where gw was started: the app is a package's)",
  ]);
});

test("banner: embedded mode promises neither queue nor capacity", () => {
  expect(
    bannerOf(["app.ts", "--embedded-mode", "--front-ends", "2", "--processes", "5"]).join("\n"),
  ).toMatchInlineSnapshot(`
    "Server URL        : http://localhost:8000/
    Server root       : /tmp/gw-0.0.0.0:8000:501
    App               : /srv/shop/app.ts (fetch)
    Working directory : /srv/shop
    Environment       : NODE_ENV=production
    Mode              : embedded (2 worker processes on the public port, no queue)
    Timeouts          : startup 15s, deadlock 60s, eviction 15s
    Largest body      : 10M
    Logs              : gw on stderr (level info); the app on its own stdout and stderr, line by line
    Stop              : Ctrl-C or kill 4711; requests get 15s to finish, the app 5s more to shut down"
  `);
});

test("banner: the welcome page, a named export and no queue are told", () => {
  const names = ["App", "Queue"];
  const lines = bannerOf(["--max-queue", "0"], { appPath: null, appKind: "welcome page" });
  expect(lines.filter((line) => names.some((name) => line.startsWith(name)))).toEqual([
    "App               : none given: the welcome page",
    "Queue             : none: a request beyond the capacity gets 503",
  ]);
  expect(bannerOf(["app.ts", "--callable-object", "api"]).join("\n")).toContain(
    "/srv/shop/app.ts (fetch, export api)",
  );
});

test("banner: files alone have no app, no workers and no capacity", () => {
  const files = ["/srv/shop/public/a", "/srv/s/a"];
  const argv = ["--document-root", "public", "--url-alias", "/s", "/srv/s"];
  const lines = bannerOf(argv, { appPath: null, appKind: "welcome page" }, {}, files);
  const rows = lines.map((line) => line.replace(/ +: /, ": "));
  expect(rows).toContain("App: none: only files are served");
  expect(rows).toContain("Files: /srv/shop/public, /s from /srv/s");
  expect(rows).toContain("Mode: daemon (1 front end, no workers)");
  const docs = resolveGroups(
    { docs: { documentRoot: "public", mount: "/docs" } },
    {},
    { facts: factsWith(files) },
  );
  expect(renderBanner(good(docs), FACTS).join("\n")).toMatch(
    /group docs +: files from \/srv\/shop\/public at \/docs\n/,
  );
  expect(rows.filter((row) => /^(Capacity|Queue|Environment)|undefined/.test(row))).toEqual([]);
});

test("banner: a user, a root directory and limits are shown when there are any", () => {
  expect(bannerOf([]).filter((line) => /^(User|Limits)/.test(line))).toEqual([]);
  const lines = bannerOf(["--memory-limit", "1G", "--cpu-time-limit", "1h"], { user: "shop" });
  expect(
    lines.filter((line) => /^(User|Limits)/.test(line)).map((line) => line.replace(/ +: /, ": ")),
  ).toEqual(["User: shop", "Limits: memory 1G, processor time 1h for each worker"]);
});

test("banner: recycling is shown when there is any, and a timeout of zero is not in force", () => {
  const rows = (argv: string[]) =>
    bannerOf(argv)
      .filter((line) => /^(Recycling|Timeouts)/.test(line))
      .map((line) => line.replace(/ +: /, ": "));
  expect(rows(["--request-timeout", "0"])).toEqual([
    "Timeouts: socket 60s, connect 15s, startup 15s, deadlock 60s, eviction 15s",
  ]);
  expect(
    rows(["--maximum-requests", "1000", "--restart-interval", "1h", "--inactivity-timeout", "5m"])[1],
  ).toBe("Recycling: a worker is replaced after about 1000 requests, after about 1h, when idle for 5m");
});

test("banner: a range of processes is shown as it was given", () => {
  const rows = bannerOf(["app.ts", "--processes", "2..4"]).filter((line) =>
    /^(Mode|Capacity|Queue)/.test(line),
  );
  expect(rows.map((line) => line.replace(/ +: /, ": "))).toEqual([
    "Mode: daemon (1 front end, 2..4 worker processes)",
    "Capacity: 400 requests at once (4 x 100)",
    "Queue: 400 requests, waiting up to 45s",
  ]);
});

test("banner: a mount and hosts are shown when there are any, and services", () => {
  const place = (argv: string[]) =>
    bannerOf(["app.ts", ...argv]).filter((line) => /^(Mounted|service)/.test(line));
  expect(place([])).toEqual([]);
  expect(place(["--mount", "/x", "--server-name", "a.b", "--server-alias", "*.b"])).toEqual([
    "Mounted at        : (a.b, *.b)/x",
  ]);
  expect(place(["--service-script", "mail", "app.ts"])).toEqual(["service mail      : /srv/shop/app.ts"]);
});

test("banner: groups are shown in a line each", () => {
  const resolution = resolveGroups(
    {
      api: { app: "api.ts", mount: "/api", serverName: "example.com", processes: "0..4", concurrency: 8 },
      web: { app: "web.ts", route: { "/reports/*": "slow" } },
      slow: {},
    },
    { serviceScript: { mail: "mail.ts" } },
  );
  expect(renderBanner(good(resolution), FACTS).join("\n")).toMatchInlineSnapshot(`
    "Server URL    : http://localhost:8000/
    Server root   : /tmp/gw-0.0.0.0:8000:501
    Configuration : /srv/shop/gw.config.json
    Mode          : daemon (1 front end)
    group api     : /srv/shop/api.ts at example.com/api, 0..4 processes x 8
    group web     : /srv/shop/web.ts at /, 1 process x 100
    group slow    : /srv/shop/web.ts by routes only, 1 process x 100
    service mail  : /srv/shop/mail.ts
    Logs          : gw on stderr (level info); the app on its own stdout and stderr, line by line
    Stop          : Ctrl-C or kill 4711; requests get 15s to finish, the app 5s more to shut down"
  `);
});

test("banner: root is warned of, last", () => {
  expect(bannerOf([], { isRoot: true }).at(-1)).toStartWith("Warning: the app runs as root.");
  expect(bannerOf([]).join("\n")).not.toContain("Warning");
});
