import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PM2_KEYS } from "../../../src/cli/pm2/pm2-keys.ts";
import { translate } from "../../../src/cli/pm2/translate.ts";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { factsWith } from "../../options/facts.ts";

type Apps = Record<string, unknown>[];

const textOf = (apps: Apps, environment?: string) =>
  translate({ apps, environment, file: "ecosystem.config.js" });

const TYPESCRIPT = new Bun.Transpiler({ loader: "ts" });

/** What the text exports. */
function exported(text: string): Record<string, unknown> {
  const script = TYPESCRIPT.transformSync(text).replace("export default", "return");
  return new Function(script)();
}

/** What is wrong with it as a configuration. */
function problemsOf(config: Record<string, unknown>): string[] {
  const members = Object.entries(config).map(([key, value]) => ({
    key,
    value,
    ...(typeof value === "object" &&
      !Array.isArray(value) && {
        members: Object.entries(value as object).map(([name, one]) => ({
          key: name,
          value: one,
          ...(key === "groups" && {
            members: Object.entries(one as object).map(([option, last]) => ({ key: option, value: last })),
          }),
        })),
      }),
  }));
  const resolution = resolve({
    argv: [],
    env: {},
    file: { path: "/srv/gw.config.ts", members, problems: [] },
    facts: factsWith(undefined, { kindOf: (path) => (path.endsWith("/web") ? "directory" : "file") }),
  });
  return resolution.problems?.map(({ what }) => what) ?? [];
}

/** As in the documentation of PM2, and as it stands in many repositories. */
const FILES: [string, Apps, Record<string, unknown>, string[]][] = [
  [
    "the usual one",
    [
      {
        name: "api",
        script: "./dist/server.js",
        instances: "max",
        exec_mode: "cluster",
        autorestart: true,
        watch: false,
        max_memory_restart: "1G",
        env: { NODE_ENV: "development", PORT: 3000 },
        env_production: { NODE_ENV: "production" },
      },
    ],
    {
      app: "dist/server.js",
      processes: "auto",
      memoryLimit: "1G",
      port: 3000,
      setenv: ["NODE_ENV=development"],
    },
    ["exec_mode", "env_production"],
  ],
  [
    "one with times, logs and a directory",
    [
      {
        name: "web",
        cwd: "./web",
        script: "index.js",
        args: "--color 'x'",
        instances: 4,
        listen_timeout: 8000,
        kill_timeout: "5000",
        wait_ready: true,
        error_file: "/var/log/web/err.log",
        out_file: "/var/log/web/out.log",
        merge_logs: true,
        log_date_format: "YYYY-MM-DD HH:mm Z",
        node_args: "-r ./tracing.js -r dotenv/config --max-old-space-size=4096",
        cron_restart: "0 3 * * *",
        uid: "www-data",
      },
    ],
    {
      home: "web",
      app: "web/index.js",
      appArgument: ["--color", "'x'"],
      processes: 4,
      startupTimeout: "8000ms",
      gracefulTimeout: "5000ms",
      shutdownTimeout: "5000ms",
      logDirectory: "/var/log/web",
      preload: ["web/tracing.js", "dotenv/config"],
      user: "www-data",
    },
    ["wait_ready", "merge_logs", "log_date_format", "cron_restart"],
  ],
  [
    "Next.js by its program",
    [
      {
        name: "next",
        script: "node_modules/next/dist/bin/next",
        args: "start -p 3000",
        instances: -1,
        watch: ["pages", "lib"],
        ignore_watch: ["node_modules"],
      },
    ],
    {
      app: "node_modules/next/dist/bin/next",
      appArgument: ["start", "-p", "3000"],
      processes: "auto",
      reloadOnChanges: true,
      trackChanges: ["pages", "lib"],
    },
    ["ignore_watch"],
  ],
  [
    "npm, and a program that is none of JavaScript",
    [{ name: "x", script: "npm", args: ["run", "start"], interpreter: "none", no_such_key: 1 }],
    {},
    ["script", "args", "interpreter", "no_such_key"],
  ],
];

describe("translate", () => {
  test.each(FILES)("%s", (_, apps, config, left) => {
    const { text, left: count } = textOf(apps);
    expect(exported(text)).toEqual(config);
    const named = [...text.matchAll(/^ +\/\/ "(\w+)": .* is not taken: .*\.$/gm)].map(([, key]) => key);
    expect(named).toEqual(left);
    expect(count).toBe(left.length);
    // Accounts are those of the machine.
    expect(problemsOf(exported(text)).filter((what) => !what.includes("www-data"))).toEqual([]);
  });

  test("env_NAME is laid over env where it is asked for", () => {
    const app = { script: "a.js", env: { A: 1, B: "x" }, env_production: { B: "y" }, env_test: {} };
    const { text } = textOf([app], "production");
    expect(exported(text).setenv).toEqual(["A=1", "B=y"]);
    expect(text).toContain("--env test takes it");
  });

  test("several apps are groups; what holds for all is said once, and a difference is told", () => {
    const { text } = textOf([
      { name: "web app", script: "web.js", port: 3000 },
      { name: "api", script: "api.js", env: { PORT: "3001" } },
      { name: "api", script: "other.js" },
      { script: "unnamed.js" },
    ]);
    const config = exported(text) as {
      port: number;
      groups: Record<string, { app: string; mount?: string }>;
    };
    expect(config.port).toBe(3000);
    expect(Object.entries(config.groups).map(([name, { app, mount }]) => [name, app, mount])).toEqual([
      ["web-app", "web.js", undefined],
      ["api", "api.js", "/api"],
      ["api-2", "other.js", "/api-2"],
      ["app", "unnamed.js", "/app"],
    ]);
    expect(text).toContain('// "port": 3001 is not taken: all apps have that of web-app.');
    expect(problemsOf(config)).toEqual([]);
  });

  test("whatever stands in the file, the text is a configuration, and no word of it gets out of its place", () => {
    const key = fc.oneof(fc.constantFrom(...Object.keys(PM2_KEYS)), fc.string(), fc.constant("__proto__"));
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: "binary" }),
      fc.constant("\u2028process.exit(1)//"),
    );
    const app = fc.dictionary(key, value);
    fc.assert(
      fc.property(fc.array(app, { minLength: 1, maxLength: 3 }), fc.string(), (apps, environment) => {
        const { text } = textOf(apps, environment);
        for (const line of text.split(/[\n\r\u2028\u2029]/))
          expect(line).toMatch(/^(?:\/\/ .*|import type .*|export default \{|} satisfies GwConfig;| +.*|)$/);
        expect(typeof exported(text)).toBe("object");
      }),
    );
  });
});
