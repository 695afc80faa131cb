// What setup-server writes: the configuration of a call in the form of a file, what differs from one that is there, the
// seal of generated files, and texts that hold whatever stands in a path.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compareConfig, describeConfig, renderConfig } from "../../../src/cli/setup/setup-config.ts";
import { renderDifferences } from "../../../src/cli/setup/setup-server.ts";
import {
  isUnedited,
  renderReadme,
  renderUnit,
  SEAL_WORDS,
  seal,
} from "../../../src/cli/setup/setup-texts.ts";
import { renderScript } from "../../../src/cli/terminal/gwctl.ts";
import { KEYS } from "../../../src/options/declare/table.ts";
import { type Member, readConfigJson } from "../../../src/options/read/config-json.ts";
import {
  type Inputs,
  type Resolved,
  resolve,
  type WorkerGroup,
} from "../../../src/options/resolve/resolve.ts";
import { factsWith } from "../../options/facts.ts";

const ROOT = "/srv/root";

function resolved(argv: string[], more: Partial<Inputs> = {}): Resolved {
  const resolution = resolve({ argv, env: {}, facts: factsWith(), ...more });
  if (resolution.problems) throw new Error(JSON.stringify(resolution.problems));
  return resolution;
}

function membersOf(text: string): readonly Member[] {
  const read = readConfigJson(text);
  if ("fault" in read) throw new Error(read.fault);
  return read.members;
}

describe("configuration", () => {
  test("configuration: what was given by flag, variable and file is written as people write it, and no default", () => {
    const file = {
      path: "/srv/shop/gw.config.json",
      members: [
        { key: "threads", value: 5, line: 2 },
        { key: "queueTimeout", value: 90, line: 3 },
      ],
      problems: [],
    };
    const words = ["app.ts", "--server-root", ROOT, "--processes", "3", "--limit-request-body", "1048576"];
    const config = describeConfig(
      resolved([...words, "--setenv", "A=b", "--setenv", "C=d,e", "--umask", "27", "--deny-root"], {
        env: { GW_GRACEFUL_TIMEOUT: "2m", GW_HASH_SEED: "random" },
        file,
      }),
      "/srv/shop",
    );
    expect(config).toEqual({
      $schema: "./gw.schema.json",
      app: "/srv/shop/app.ts",
      processes: 3,
      concurrency: 5,
      serverRoot: ROOT,
      queueTimeout: "90s",
      gracefulTimeout: "2m",
      limitRequestBody: "1M",
      umask: "027",
      denyRoot: true,
      setenv: ["A=b", "C=d,e"],
      hashSeed: "random",
    });
  });

  test("configuration: a range, services and watched paths keep their meaning in another directory", () => {
    const config = describeConfig(
      resolved(["app.ts", "--server-root", ROOT, "--processes", "2..8"], {
        env: { GW_TRACK_CHANGES: "views\n/etc/shop", GW_SERVICE_SCRIPT: "mail=jobs/mail.ts" },
        facts: factsWith(["/srv/shop/app.ts", "/srv/shop/package.json", "/srv/shop/jobs/mail.ts"]),
      }),
      "/srv/shop",
    );
    expect(config).toMatchObject({
      processes: "2..8",
      trackChanges: ["/srv/shop/views", "/etc/shop"],
      serviceScript: ["mail=/srv/shop/jobs/mail.ts"],
    });
  });

  test("configuration: the file reads back to the settings that it was made of", () => {
    const words = fc.record({
      "--processes": fc.integer({ min: 1, max: 64 }).map(String),
      "--queue-timeout": fc.integer({ min: 1, max: 100_000 }).map((ms) => `${ms}ms`),
      "--limit-request-body": fc.integer({ min: 1, max: 2 ** 40 }).map(String),
      "--umask": fc.constantFrom("000", "022", "077", "27"),
      "--retry-requests": fc.constantFrom("unsent", "idempotent", "never"),
      "--hash-seed": fc.oneof(fc.constant("random"), fc.nat().map(String)),
      "--ignore-activity": fc.constantFrom("/health", "/a,/b"),
      "--home": fc.constantFrom("/srv/shop", "."),
      "--cpu-priority": fc.integer({ min: -20, max: 19 }).map(String),
    });
    fc.assert(
      fc.property(words, fc.boolean(), (given, denies) => {
        const argv = Object.entries(given).map(([flag, value]) => `${flag}=${value}`);
        const first = resolved([
          "app.ts",
          "--server-root",
          ROOT,
          ...argv,
          ...(denies ? ["--deny-root"] : []),
        ]);
        const members = membersOf(renderConfig(describeConfig(first, "/srv/shop")));
        const file = { path: `${ROOT}/gw.config.json`, members, problems: [] };
        const second = resolved([], { file, facts: factsWith(undefined, { cwd: "/elsewhere" }) });
        for (const key of KEYS.filter((one) => one !== "config"))
          expect([key, second.settings[key]]).toEqual([key, first.settings[key]]);
      }),
      { numRuns: 100 },
    );
  });

  test("configuration: words of an app and where a package's command is to run are written", () => {
    const command = "/srv/shop/node_modules/.bin/serve";
    const facts = factsWith([command]);
    const argv = ["--server-root", ROOT, command, "--", "-s", "two\nlines", ""];
    const resolution = resolve({ argv, env: {}, facts });
    if (resolution.problems) throw new Error("the test's own options are wrong");
    expect(describeConfig(resolution, "/srv/shop")).toMatchObject({
      app: command,
      home: "/srv/shop",
      appArgument: ["-s", "two\nlines", ""],
    });
  });

  test("configuration: groups are written with what they say themselves", () => {
    const base = resolved(["--server-root", ROOT, "--processes", "4"]);
    const group = (name: string, app: string, concurrency: number): WorkerGroup => ({
      name,
      kind: "app",
      isMounted: true,
      account: undefined,
      nodeEnv: "production",
      envFiles: [],
      settings: {
        ...base.settings,
        app,
        concurrency: { min: concurrency, max: concurrency },
        mount: `/${name}`,
      },
      origins: {
        ...base.origins,
        app: { layer: "file", text: "/srv/shop/gw.config.json:4" },
        mount: { layer: "file", text: "/srv/shop/gw.config.json:5" },
        concurrency: { layer: "file", text: "/srv/shop/gw.config.json:6" },
      },
    });
    const service: WorkerGroup = { ...group("service:mail", "/srv/shop/mail.ts", 1), kind: "service" };
    const blog = group("blog", "/srv/blog/app.ts", 20);
    // A configuration in code may have no lines by which to tell one place in it from another.
    const settings = { ...blog.settings, processes: { min: 2, max: 2 } };
    const groups = [group("shop", "/srv/shop/app.ts", 10), { ...blog, settings }, service];
    expect(describeConfig({ ...base, groups }, "/srv/shop")).toEqual({
      $schema: "./gw.schema.json",
      serverRoot: ROOT,
      processes: 4,
      groups: {
        shop: { app: "/srv/shop/app.ts", mount: "/shop", concurrency: 10 },
        blog: { app: "/srv/blog/app.ts", mount: "/blog", processes: 2, concurrency: 20 },
      },
    });
  });
});

describe("differences", () => {
  test("differences: only what means something else is told, with both values and what to write", () => {
    const wanted = describeConfig(
      resolved([
        "app.ts",
        "--server-root",
        ROOT,
        "--processes",
        "4",
        "--queue-timeout",
        "30s",
        "--concurrency",
        "9",
      ]),
      "/srv/shop",
    );
    const members = membersOf(
      '{ "app": "../shop/app.ts", "serverRoot": ".", "processes": 2, "queueTimeout": 30, "threads": 9, "port": 1 }',
    );
    const differences = compareConfig(wanted, members, ROOT);
    expect(differences).toEqual([{ name: "processes", inFile: "2", inCall: "4" }]);
    expect(renderDifferences(differences)).toEqual([
      "warning: gw.config.json says otherwise than this call, and was left as it is:",
      "  processes: 2 in the file, 4 in this call",
      '      to change it, write "processes": 4',
    ]);
    expect(renderDifferences([])).toEqual([]);
  });

  test("differences: an option of a group is told with its group, one that is missing as missing", () => {
    const wanted = { groups: { shop: { concurrency: 5, mount: "/shop" } } };
    const members = membersOf('{ "groups": { "shop": { "mount": "/shop/" } } }');
    const differences = compareConfig(wanted, members, ROOT);
    expect(differences).toEqual([{ name: "groups.shop.concurrency", inFile: undefined, inCall: "5" }]);
    expect(renderDifferences(differences).slice(1)).toEqual([
      "  groups.shop.concurrency: not in the file, 5 in this call",
      '      to change it, write "concurrency": 5 in the group "shop"',
    ]);
  });
});

describe("texts", () => {
  test("texts: a sealed text is known until one character of it is changed", () => {
    const text = seal(renderScript({ serverRoot: ROOT, command: ["/usr/bin/gw"] }, SEAL_WORDS));
    expect(isUnedited(text)).toBe(true);
    expect(isUnedited(text.replace("set -eu", "set -u"))).toBe(false);
    expect(isUnedited(text.replace(/gw-setup: ./, "gw-setup: 0"))).toBe(false);
    expect(isUnedited("#!/bin/sh\n")).toBe(false);
    expect(isUnedited(seal(renderReadme({ serverRoot: ROOT, app: undefined, user: "shop" })))).toBe(true);
  });

  test("texts: the unit names what to run as systemd reads it", () => {
    expect(renderUnit({ serverRoot: "/srv/gw", app: "/srv/shop/app.ts", user: "shop" })).toContain(
      "\nUser=shop\nExecStart=/srv/gw/gwctl run\nExecReload=/srv/gw/gwctl graceful\n",
    );
    const odd = renderUnit({ serverRoot: '/srv/a "b" 100%/$x\\', app: undefined, user: "0" });
    expect(odd).toContain('ExecStart="/srv/a \\"b\\" 100%%/$$x\\\\/gwctl" run\n');
    expect(odd).toContain("Description=gw\n");
  });
});
