import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KEYS, rowOf } from "../../../src/options/declare/table.ts";
import { hostsOf, onlyAppOf } from "../../../src/options/groups/groups.ts";
import { DEFAULT_GROUP, resolve } from "../../../src/options/resolve/resolve.ts";
import { CONFIG, FILES, good, groupOf, resolveGroups, resolveText, toldOf, whatOf } from "../configured.ts";
import { factsWith } from "../facts.ts";

const TWO = { api: { app: "api.ts", mount: "/api" }, web: { app: "web.ts" } };

describe("without groups in the file", () => {
  test("groups: there is one, with the settings of gw itself", () => {
    const resolved = good(resolve({ argv: ["app.ts"], env: {}, facts: factsWith(FILES) }));
    expect(resolved.groups.map(({ name, kind, isMounted }) => [name, kind, isMounted])).toEqual([
      [DEFAULT_GROUP, "app", true],
    ]);
    expect(onlyAppOf(resolved)).toBe(resolved.groups[0]!);
  });

  test("groups: a file that calls its only group so has a group all the same", () => {
    expect(onlyAppOf(good(resolveGroups({ [DEFAULT_GROUP]: { app: "app.ts" } })))).toBeUndefined();
  });
});

describe("settings of a group", () => {
  test("groups: flag beats environment beats the group beats the file beats the default, for any mixture", () => {
    const layer = fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined });
    fc.assert(
      fc.property(layer, layer, layer, layer, (flag, variable, own, outer) => {
        const resolution = resolveGroups(
          { api: { app: "api.ts", mount: "/api", concurrency: own }, web: { app: "web.ts" } },
          { concurrency: outer },
          {
            argv: flag === undefined ? [] : [`--concurrency=${flag}`],
            env: { GW_CONCURRENCY: variable === undefined ? undefined : String(variable) },
          },
        );
        expect(
          [groupOf(resolution, "api"), groupOf(resolution, "web")].map((g) => g.settings.concurrency.max),
        ).toEqual([flag ?? variable ?? own ?? outer ?? 100, flag ?? variable ?? outer ?? 100]);
      }),
    );
  });

  test("groups: each value has its own origin", () => {
    const text = `{
      "requestTimeout": "1m",
      "groups": {
        "api": { "app": "api.ts", "mount": "/api",
          "requestTimeout": "2m" },
        "web": { "app": "web.ts" }
      }
    }`;
    const resolution = resolveText(text, { argv: ["--queue-timeout", "3"] });
    const origins = ["api", "web"].map((name) => groupOf(resolution, name).origins);
    expect(
      origins.map(({ requestTimeout, queueTimeout, app, home }) => [requestTimeout, queueTimeout, app, home]),
    ).toEqual([
      [
        { layer: "file", text: `${CONFIG}:5`, path: "groups.api.requestTimeout" },
        { layer: "flag", text: "--queue-timeout" },
        { layer: "file", text: `${CONFIG}:4`, path: "groups.api.app" },
        { layer: "default", text: "default" },
      ],
      [
        { layer: "file", text: `${CONFIG}:2` },
        { layer: "flag", text: "--queue-timeout" },
        { layer: "file", text: `${CONFIG}:6`, path: "groups.web.app" },
        { layer: "default", text: "default" },
      ],
    ]);
  });

  test("groups: every group has every option, frozen, and those of gw as a whole as gw has them", () => {
    const resolved = good(resolveGroups(TWO, { port: 9000, host: "127.0.0.1" }));
    for (const { settings, origins } of resolved.groups) {
      expect([Object.keys(settings), Object.isFrozen(settings)]).toEqual([[...KEYS], true]);
      for (const key of KEYS.filter((one) => rowOf(one).scope === "server"))
        expect<unknown>([settings[key], origins[key]]).toEqual([
          resolved.settings[key],
          resolved.origins[key],
        ]);
    }
  });

  test("groups: what follows from other values follows in each group", () => {
    const resolution = resolveGroups({
      own: { app: "sub/deep/own.ts", processes: "2..4", gracefulTimeout: 7 },
      web: { app: "web.ts", mount: "/w", processes: "0..2" },
      set: { app: "web.ts", mount: "/s", processes: "0..2", inactivityTimeout: 0 },
    });
    const facts = ["own", "web", "set"].map((name) => {
      const { home, maxQueue, evictionTimeout, inactivityTimeout } = groupOf(resolution, name).settings;
      return [home, maxQueue, evictionTimeout, inactivityTimeout];
    });
    expect(facts).toEqual([
      ["/srv/shop/sub", 400, 7_000, 0],
      ["/srv/shop", 200, 15_000, 300_000],
      ["/srv/shop", 200, 15_000, 0],
    ]);
  });

  test("groups: a list of the group replaces the one outside, and a flag replaces both", () => {
    const groups = { api: { app: "api.ts", setenv: ["B=2", "C=3"] }, web: { app: "web.ts", mount: "/w" } };
    const setenv = (argv: string[]) => {
      const resolution = resolveGroups(groups, { setenv: ["A=1"] }, { argv });
      return ["api", "web"].map((name) => groupOf(resolution, name).settings.setenv);
    };
    expect(setenv([])).toEqual([["B=2", "C=3"], ["A=1"]]);
    expect(setenv(["--setenv", "D=4", "--setenv", "E=5"])).toEqual([
      ["D=4", "E=5"],
      ["D=4", "E=5"],
    ]);
  });

  test("groups: paths in a group start at the file", () => {
    expect(groupOf(resolveGroups({ api: { app: "api.ts", home: "sub" } }), "api").settings.home).toBe(
      "/srv/shop/sub",
    );
  });

  test("groups: an alias may be used, and hosts have one spelling", () => {
    const { settings } = groupOf(
      resolveGroups({
        api: {
          app: "api.ts",
          threads: 3,
          serverName: "WWW.Example.",
          serverAlias: ["*.Example.com.", "www.example"],
        },
      }),
      "api",
    );
    expect([settings.concurrency.max, hostsOf(settings)]).toEqual([3, ["www.example", "*.example.com"]]);
  });

  test("groups: each has its own identity, and the front ends that of gw", () => {
    const resolved = good(
      resolveGroups(
        { api: { app: "api.ts", user: "www-data" }, web: { app: "web.ts", mount: "/w" } },
        { user: "shop" },
        { facts: factsWith(FILES, { uid: 0, gid: 0 }) },
      ),
    );
    expect([resolved.account?.name, ...resolved.groups.map(({ account }) => account?.name)]).toEqual([
      "shop",
      "www-data",
      "shop",
    ]);
  });

  test("groups: a group's chroot takes gw's own place along, when there is only one", () => {
    const facts = factsWith(FILES, { uid: 0, gid: 0 });
    const roots = (...chroots: string[]) =>
      resolveGroups(
        Object.fromEntries(
          chroots.map((chroot, at) => [`g${at}`, { app: "app.ts", mount: `/${at}`, chroot }]),
        ),
        {},
        { facts },
      );
    expect(good(roots("/srv", "/srv")).groups.map(({ settings }) => settings.serverRoot)).toEqual([
      "/srv/gw-0.0.0.0:8000:0",
      "/srv/gw-0.0.0.0:8000:0",
    ]);
    expect(whatOf(roots("/srv", "/srv/shop"))).toEqual([
      'serverRoot "/tmp/gw-0.0.0.0:8000:0" lies outside of the chroot "/srv", where workers cannot see it',
      'serverRoot "/tmp/gw-0.0.0.0:8000:0" lies outside of the chroot "/srv/shop", where workers cannot see it',
    ]);
  });
});

describe("groups that routes lead to", () => {
  const FENCED = {
    web: { app: "sub/deep/own.ts", callableObject: "site", mount: "/w", route: { "/reports/*": "slow" } },
    slow: { requestTimeout: "10m" },
  };

  test("groups: it takes the app of the group that leads to it, and has no place of its own", () => {
    const resolution = resolveGroups(FENCED, { serverName: "example.com" });
    const { settings, isMounted } = groupOf(resolution, "slow");
    const { app, callableObject, home, mount, serverName, route, requestTimeout } = settings;
    expect({ isMounted, app, callableObject, home, mount, serverName, route, requestTimeout }).toEqual({
      isMounted: false,
      app: "/srv/shop/sub/deep/own.ts",
      callableObject: "site",
      home: "/srv/shop/sub",
      mount: "/",
      serverName: undefined,
      route: [],
      requestTimeout: 600_000,
    });
  });

  test("groups: what it says itself, it keeps", () => {
    const { settings } = groupOf(resolveGroups({ ...FENCED, slow: { callableObject: "reports" } }), "slow");
    expect([settings.app, settings.callableObject]).toEqual(["/srv/shop/sub/deep/own.ts", "reports"]);
    const own = groupOf(resolveGroups({ ...FENCED, slow: { app: "api.ts" } }), "slow").settings;
    expect([own.app, own.callableObject, own.home]).toEqual(["/srv/shop/api.ts", "default", "/srv/shop"]);
  });

  test("groups: with a mount of its own it is reached there, too", () => {
    const { isMounted, settings } = groupOf(resolveGroups({ ...FENCED, slow: { mount: "/slow" } }), "slow");
    expect([isMounted, settings.mount]).toEqual([true, "/slow"]);
  });

  test("groups: of several that lead to it, the first one counts", () => {
    const route = { "/x": "slow" };
    const groups = { slow: {}, a: { app: "api.ts", route }, b: { app: "web.ts", mount: "/b", route } };
    expect(groupOf(resolveGroups(groups), "slow").settings.app).toBe("/srv/shop/api.ts");
  });

  test("groups: a route outside of the groups holds for all but the one it leads to", () => {
    const resolution = resolveGroups({ web: { app: "web.ts" }, slow: {} }, { route: { "/a/*": "slow" } });
    expect(["web", "slow"].map((name) => groupOf(resolution, name).settings.route)).toEqual([
      ["/a/*=slow"],
      [],
    ]);
    const flag = resolveGroups({ web: { app: "web.ts" }, slow: {} }, {}, { argv: ["--route", "/a/*=slow"] });
    expect(groupOf(flag, "slow").settings.app).toBe("/srv/shop/web.ts");
  });
});

describe("services", () => {
  test("groups: a service is one process of its file, with what holds for all", () => {
    const argv = [
      "app.ts",
      "--service-script",
      "mail",
      "sub/deep/own.ts",
      "--memory-limit",
      "1G",
      "--processes",
      "2..4",
    ];
    const resolved = good(resolve({ argv: [...argv, "--mount", "/x"], env: {}, facts: factsWith(FILES) }));
    const service = resolved.groups[1];
    expect(resolved.groups.map(({ name, kind, isMounted }) => [name, kind, isMounted])).toEqual([
      [DEFAULT_GROUP, "app", true],
      ["service:mail", "service", false],
    ]);
    const { app, home, processes, maxQueue, memoryLimit, mount } = service?.settings ?? resolved.settings;
    expect({ app, home, processes, maxQueue, memoryLimit, mount }).toEqual({
      app: "/srv/shop/sub/deep/own.ts",
      home: "/srv/shop/sub",
      processes: { min: 1, max: 1 },
      maxQueue: 100,
      memoryLimit: 2 ** 30,
      mount: "/",
    });
    expect(service?.origins.app).toEqual({ layer: "flag", text: "--service-script" });
    expect(onlyAppOf(resolved)?.settings.app).toBe("/srv/shop/app.ts");
  });

  test("groups: what has no meaning for a service is nobody's word there", () => {
    const argv = [
      "app.ts",
      "--service-script",
      "mail",
      "mail.ts",
      "--inactivity-timeout",
      "5m",
      "--mount",
      "/x",
    ];
    const resolution = resolve({ argv: [...argv, "--processes", "0..4"], env: {}, facts: factsWith(FILES) });
    const { settings, origins } = groupOf(resolution, "service:mail");
    expect([settings.inactivityTimeout, settings.mount]).toEqual([0, "/"]);
    expect([origins.inactivityTimeout, origins.mount, origins.processes].map(({ layer }) => layer)).toEqual([
      "default",
      "default",
      "default",
    ]);
  });

  test("groups: a service has its own arguments and not those of the app", () => {
    const resolution = resolveGroups(
      { api: { app: "api.ts", appArguments: ["--port", "1"], mount: "/api" }, web: { app: "web.ts" } },
      {
        appArgument: ["all"],
        serviceScript: { mail: "mail.ts", sms: "mail.ts" },
        serviceArgument: { mail: ["--queue", "fast"] },
      },
    );
    const argumentsOf = (name: string) => groupOf(resolution, name).settings.appArgument;
    expect(["api", "web", "service:mail", "service:sms"].map(argumentsOf)).toEqual([
      ["--port", "1"],
      ["all"],
      ["--queue", "fast"],
      [],
    ]);
    expect(groupOf(resolution, "service:mail").origins.appArgument.text).toContain("gw.config.json");
  });

  test("groups: arguments for a service that is none are refused", () => {
    const resolution = resolveGroups(TWO, {
      serviceScript: { mail: "mail.ts" },
      serviceArgument: { male: "x" },
    });
    expect(resolution.problems?.map(({ what, advice }) => [what, advice])).toEqual([
      ['There is no service "male" to have arguments', "The nearest is mail"],
    ]);
  });

  test("groups: a home that is given holds for services, too", () => {
    const resolution = resolveGroups(TWO, { home: "/srv", serviceScript: { mail: "mail.ts" } });
    expect(groupOf(resolution, "service:mail").settings.home).toBe("/srv");
  });

  test("groups: what concerns requests does not concern a service", () => {
    const groups = { web: { app: "web.ts", concurrency: 4 } };
    const resolution = resolveGroups(groups, {
      concurrency: 1,
      frontEnds: 4,
      serviceScript: { mail: "mail.ts" },
    });
    expect(whatOf(resolution)).toEqual([]);
  });
});

describe("what is wrong in a file with groups", () => {
  test.each<[string, string, (string | undefined)[][]]>([
    [
      "an unknown key, with its way",
      '{ "groups": {\n"api": { "app": "api.ts",\n"procesess": 4 } } }',
      [['There is no option "groups.api.procesess"', "3", "The nearest is processes"]],
    ],
    [
      "an option of gw as a whole",
      '{ "groups": {\n"api": { "app": "api.ts", "port": 80 } } }',
      [
        [
          '"groups.api.port" cannot be set, because port holds for gw as a whole',
          "2",
          'Put "port" beside "groups", not into a group',
        ],
      ],
    ],
    [
      "a value of another form",
      '{ "groups": {\n"api": { "app": "api.ts",\n\n"processes": true } } }',
      [["groups.api.processes cannot be true", "4", undefined]],
    ],
    [
      "one option under two names",
      '{ "groups": { "api": { "app": "api.ts",\n"threads": 4,\n"concurrency": 5 } } }',
      [
        [
          "groups.api.threads was set 2 times, as 4 and 5",
          `2 and 3`,
          "Set it once; concurrency and threads are the same",
        ],
      ],
    ],
    [
      "a group twice",
      '{ "groups": {\n"api": { "app": "api.ts" },\n"api": { "app": "web.ts" } } }',
      [['The group "api" is declared 2 times', "2 and 3", "Give each group its own name"]],
    ],
    [
      "groups twice",
      '{ "groups": { "api": { "app": "api.ts" } },\n"groups": {} }',
      [["groups is declared 2 times", "1 and 2", "Write all groups into one"]],
    ],
    [
      "groups under the name of an option",
      '{ "group": { "api": { "app": "api.ts" } } }',
      [
        [
          '"group" cannot be an object: it says whom the workers run as',
          "1",
          'Groups of workers stand under "groups"',
        ],
      ],
    ],
    [
      "a directory that all groups share, told once",
      '{ "home": "no", "groups": { "a": { "app": "api.ts" }, "b": { "app": "sub/deep/own.ts", "mount": "/b" } } }',
      [
        [
          'home "/srv/shop/no" is not a directory',
          "1",
          'Give a directory that exists, for example "/srv/shop"',
        ],
      ],
    ],
    ["groups of another form", '{ "groups": [] }', [["groups cannot be []", "1", undefined]]],
    ["no group", '{ "groups": {} }', [["groups names no group", "1", "Name one, or leave the key out"]]],
    [
      "a group of another form",
      '{ "groups": { "api": "api.ts" } }',
      [['groups.api cannot be "api.ts"', "1", undefined]],
    ],
    [
      "a name of another form",
      '{ "groups": { "service:x": { "app": "api.ts" } } }',
      [['A group cannot be called "service:x"', "1", undefined]],
    ],
    [
      "a group without an app",
      '{ "groups": {\n"api": {} } }',
      [
        [
          'The group "api" has no app',
          "2",
          'Give it one, as its "app"; only a group that a route leads to, or with a documentRoot, may do without',
        ],
      ],
    ],
    [
      "a bad app is not a missing one",
      '{ "groups": { "api": { "app": 5 } } }',
      [["groups.api.app cannot be 5", "1", 'In a file it is written "5"']],
    ],
    [
      "an app beside the groups",
      '{ "app": "app.ts",\n"groups": { "api": { "app": "api.ts" } } }',
      [
        [
          'app "/srv/shop/app.ts" cannot stand beside groups',
          "1",
          'Put it into one of the groups, as its "app"',
        ],
      ],
    ],
    [
      "an app that is not there",
      '{ "groups": {\n"api": { "app": "no.ts" } } }',
      [['There is no app at "/srv/shop/no.ts"', "2 (groups.api.app)", undefined]],
    ],
    [
      "a rule that a group breaks",
      '{ "groups": { "api": { "app": "api.ts",\n"memoryLimit": "1M" } } }',
      [['memoryLimit "1M" is less than the runtime itself takes', "2 (groups.api.memoryLimit)", undefined]],
    ],
    [
      "a rule that all groups break, told once",
      '{ "memoryLimit": "1M", "groups": { "a": { "app": "api.ts" }, "b": { "app": "web.ts", "mount": "/b" } } }',
      [['memoryLimit "1M" is less than the runtime itself takes', "1", undefined]],
    ],
    [
      "a pattern twice in an object",
      '{ "groups": { "a": { "app": "api.ts", "route": { "/x": "b",\n"/x": "b" } }, "b": {} } }',
      [['groups.a.route has the key "/x" more than once', "1", "Write it once"]],
    ],
    [
      "a service twice in an object",
      '{ "serviceScript": { "m": "mail.ts", "m": "app.ts" } }',
      [['serviceScript has the key "m" more than once', "1", "Write it once"]],
    ],
  ])("groups: %s", (_name, text, expected) => {
    expect(toldOf(resolveText(text))).toEqual(expected);
  });

  test("groups: an app is refused from everywhere beside groups", () => {
    const resolution = resolveGroups(TWO, {}, { argv: ["app.ts"], env: { GW_APP: "app.ts" } });
    expect(toldOf(resolution).map(([, from]) => from)).toEqual(["GW_APP", "the command line"]);
  });

  test("groups: all problems of all places are told together", () => {
    const resolution = resolveText(
      '{ "prot": 1,\n"groups": { "api": { "prot": 1, "app": "no.ts" },\n"web": { "app": true, "mount": "/w" } } }',
      { argv: ["--port", "x"], env: { GW_HOST: "a b" } },
    );
    expect(toldOf(resolution).map(([what, from]) => [what, from])).toEqual([
      ['There is no option "prot"', "1"],
      ['There is no option "groups.api.prot"', "2"],
      ["groups.web.app cannot be true", "3"],
      ['host cannot be "a b"', "GW_HOST"],
      ['port cannot be "x"', "--port"],
      ['There is no app at "/srv/shop/no.ts"', "2 (groups.api.app)"],
    ]);
  });

  test("groups: whatever a file holds under groups, it is resolved or refused", () => {
    const name = fc.oneof(fc.constantFrom("api", "web", "slow", "__proto__"), fc.string());
    const key = fc.oneof(
      fc.constantFrom("app", "route", "mount", "processes", "port", "groups"),
      fc.string(),
    );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom("api.ts", "/x", "2..4", { "/a": "web" }),
    );
    const groups = fc.oneof(fc.dictionary(name, fc.oneof(fc.dictionary(key, value), value)), value);
    fc.assert(
      fc.property(groups, (all) => {
        const resolution = resolveText(JSON.stringify({ groups: all }));
        if (resolution.problems) expect(resolution.problems.length).toBeGreaterThan(0);
        else expect(resolution.groups.every(({ settings }) => settings.app !== undefined)).toBe(true);
      }),
    );
  });
});
