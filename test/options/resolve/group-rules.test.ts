import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { exitCodeOf } from "../../../src/options/declare/problems.ts";
import { GROUP_RULES } from "../../../src/options/resolve/group-rules.ts";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { FILES, good, resolveGroups, resolveText, toldOf, whatOf } from "../configured.ts";
import { factsWith } from "../facts.ts";

const app = "app.ts";

describe("places", () => {
  const both = (one: object, other: object) =>
    whatOf(resolveGroups({ a: { app, ...one }, b: { app, ...other } }));

  test.each<[string, object, object, string | undefined]>([
    ["no mount and no host", {}, {}, 'at "/" for any host'],
    ["one mount", { mount: "/x" }, { mount: "/x/" }, 'at "/x" for any host'],
    ["two mounts", { mount: "/x" }, { mount: "/y" }, undefined],
    ["one mount below the other", { mount: "/x" }, { mount: "/x/y" }, undefined],
    ["one host", { serverName: "a.b" }, { serverName: "A.b." }, 'at "/" for the host "a.b"'],
    [
      "one host of another script",
      { serverName: "bücher.example" },
      { serverName: "XN--BCHER-KVA.example" },
      'at "/" for the host "xn--bcher-kva.example"',
    ],
    [
      "a host and one below a wildcard of another script",
      { serverAlias: ["*.Bücher.example"] },
      { serverAlias: ["*.xn--bcher-kva.example"] },
      'at "/" for the host "*.xn--bcher-kva.example"',
    ],
    ["two hosts", { serverName: "a.b" }, { serverName: "c.b" }, undefined],
    [
      "a host that is the alias of the other",
      { serverName: "a.b" },
      { serverName: "c.b", serverAlias: ["a.b"] },
      'at "/" for the host "a.b"',
    ],
    ["one wildcard", { serverAlias: ["*.b"] }, { serverAlias: ["*.B"] }, 'at "/" for the host "*.b"'],
    ["a wildcard and a name below it", { serverAlias: ["*.b"] }, { serverName: "a.b" }, undefined],
    ["a host and any", { serverName: "a.b" }, {}, undefined],
    ["one host at two mounts", { serverName: "a.b" }, { serverName: "a.b", mount: "/x" }, undefined],
  ])("group-rules: %s", (_name, one, other, expected) => {
    expect(both(one, other)).toEqual(
      expected === undefined ? [] : [`The groups "a" and "b" are both mounted ${expected}`],
    );
  });

  test("group-rules: both are told with where they are", () => {
    const text = `{ "groups": {
      "a": { "app": "app.ts", "mount": "/x" },
      "b": { "app": "app.ts",
        "mount": "/x" },
      "c": { "app": "app.ts" },
      "d": { "app": "app.ts" } } }`;
    expect(toldOf(resolveText(text)).map(([, from]) => from)).toEqual([
      "2 (groups.a.mount) and 4 (groups.b.mount)",
      "5 and 6",
    ]);
  });

  test("group-rules: groups that only routes lead to have no place", () => {
    expect(whatOf(resolveGroups({ a: { app, route: { "/x": "b", "/y": "c" } }, b: {}, c: {} }))).toEqual([]);
  });

  test("group-rules: of any groups, exactly those pairs are refused that share a host and a mount", () => {
    const place = fc.record({
      mount: fc.constantFrom("/", "/x", "/y"),
      serverAlias: fc.uniqueArray(fc.constantFrom("a.b", "*.b", "c.b"), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), (places) => {
        const groups = Object.fromEntries(places.map((one, at) => [`g${at}`, { app, ...one }]));
        const pairs = places.flatMap((one, at) =>
          places.slice(at + 1).map((other) => {
            const [hosts, others] = [one.serverAlias, other.serverAlias];
            const meet = hosts.some((name) => others.includes(name)) || hosts.length + others.length === 0;
            return meet && one.mount === other.mount;
          }),
        );
        expect(whatOf(resolveGroups(groups))).toHaveLength(pairs.filter(Boolean).length);
      }),
    );
  });
});

describe("routes", () => {
  const text = (route: object, more: object = {}) =>
    resolveGroups({ web: { app, route }, slow: {}, ...more });

  test.each<[string, object, object, (string | undefined)[]]>([
    ["to a group", { "/a/*": "slow" }, {}, []],
    [
      "to nobody",
      { "/a": "slow", "/b": "slwo" },
      {},
      ['There is no group "slwo" for a route to lead to', "The nearest is slow"],
    ],
    [
      "to itself",
      { "/a": "slow", "/b": "web" },
      {},
      ['A route of the group "web" leads to itself', "Leave it out, or name another group"],
    ],
    [
      "on to a third",
      { "/a": "slow" },
      { slow: { route: { "/b": "last" } }, last: {} },
      [
        'The group "slow" has routes, but routes of the group "web" lead to it',
        'Put the routes into the group "web"',
      ],
    ],
    [
      "to a service",
      { "/a": "slow", "/b": "mail" },
      {},
      [
        'There is no group "mail" for a route to lead to',
        'Make it, under "groups" in the configuration file',
      ],
    ],
  ])("group-rules: %s", (_name, route, more, expected) => {
    expect(toldOf(text(route, more)).flatMap(([what, , advice]) => [what, advice])).toEqual(expected);
  });

  test("group-rules: a pattern leads to one group", () => {
    const groups = { web: { app, route: ["/a=slow", "/a=last", "/a/*=slow"] }, slow: {}, last: {} };
    expect(toldOf(resolveGroups(groups))).toEqual([
      ['The group "web" has two routes for "/a"', "1 (groups.web.route)", "Leave one of them"],
    ]);
  });

  test("group-rules: one app alone has nobody to lead to", () => {
    const resolution = resolve({ argv: ["app.ts", "--route", "/a=slow"], env: {}, facts: factsWith(FILES) });
    expect(toldOf(resolution)).toEqual([
      [
        'There is no group "slow" for a route to lead to',
        "--route",
        'Make it, under "groups" in the configuration file',
      ],
    ]);
  });
});

describe("what was not understood", () => {
  test.each<[string, object, object, string[]]>([
    ["a mount", { a: { app }, e: { app, mount: "y" } }, {}, ['groups.e.mount cannot be "y"']],
    [
      "a host name",
      { a: { app }, e: { app, serverName: "a b" } },
      {},
      ['groups.e.serverName cannot be "a b"'],
    ],
    ["a mount for all", { a: { app }, e: { app } }, { mount: "y" }, ['mount cannot be "y"']],
    [
      "a route that makes a group of the file need no app and no place",
      { a: { app, route: { x: "slow" } }, slow: {} },
      {},
      ['groups.a.route cannot be {"x":"slow"}'],
    ],
    [
      "a group that routes lead to",
      { a: { app, route: { "/x": "slow" } }, slow: 5 },
      { defaultGroup: "slow" },
      ["groups.slow cannot be 5"],
    ],
    [
      "a clash of two others stays one",
      { a: { app }, b: { app }, e: { app, mount: "y" } },
      {},
      ['groups.e.mount cannot be "y"', 'The groups "a" and "b" are both mounted at "/" for any host'],
    ],
  ])("group-rules: %s", (_name, groups, more, expected) => {
    expect(whatOf(resolveGroups(groups, more))).toEqual(expected);
  });

  test("group-rules: groups of a file that could not be read are not missed", () => {
    const problems = [{ cause: "configuration" as const, what: "no JSON" }];
    const file = { path: "/srv/shop/gw.config.json", members: [], problems };
    const argv = ["--default-group", "web"];
    expect(whatOf(resolve({ argv, env: {}, facts: factsWith(FILES), file }))).toEqual(["no JSON"]);
  });

  test("group-rules: no name is advised that was refused, nor one that is not near", () => {
    const groups = { ü: { app }, a: { app, mount: "/a", route: { "/x": "ue" } } };
    const advice = (defaultGroup: string) =>
      toldOf(resolveGroups(groups, { defaultGroup })).map(([, , text]) => text);
    expect(advice("zz")).toEqual([
      undefined,
      'Make it, under "groups" in the configuration file',
      "Name a group that has a mount",
    ]);
  });
});

describe("the default group", () => {
  const groups = { web: { app, serverName: "a.b", route: { "/a": "slow" } }, slow: {} };

  test.each<[string, object, (string | undefined)[]]>([
    ["web", groups, []],
    ["wbe", groups, ['defaultGroup cannot be "wbe": there is no such group', "The nearest is web"]],
    [
      "slow",
      groups,
      ['defaultGroup cannot be "slow", which only routes lead to', "Name a group that has a mount"],
    ],
  ])("group-rules: %s", (defaultGroup, all, expected) => {
    expect(
      toldOf(resolveGroups(all, { defaultGroup })).flatMap(([what, , advice]) => [what, advice]),
    ).toEqual(expected);
  });

  test("group-rules: it is of no use where a group takes any host", () => {
    expect(good(resolveGroups({ web: { app } }, { defaultGroup: "web" })).warnings).toEqual([
      'defaultGroup (/srv/shop/gw.config.json:1) has no effect, because the group "web" answers for any host',
    ]);
    expect(good(resolveGroups(groups, { defaultGroup: "web" })).warnings).toEqual([]);
  });
});

describe("services", () => {
  const serve = (...argv: string[]) =>
    resolve({ argv: ["app.ts", ...argv], env: {}, facts: factsWith(FILES) });

  test("group-rules: a service is a file", () => {
    const resolution = serve("--service-script", "mail", "no.ts");
    expect(toldOf(resolution)).toEqual([
      [
        'There is no file at "/srv/shop/no.ts" for the service "mail"',
        "--service-script",
        "Correct the path",
      ],
    ]);
    expect(exitCodeOf(resolution.problems ?? [])).toBe(66);
  });

  test("group-rules: two services have two names", () => {
    const argv = ["--service-script", "mail", "mail.ts", "--service-script", "mail", "api.ts"];
    expect(whatOf(serve(...argv))).toEqual(['There are two services "mail"']);
  });
});

describe("embedded mode", () => {
  const because = "cannot be used in embedded mode, which serves one app on the whole port";
  const serve = (...argv: string[]) =>
    resolve({ argv: ["app.ts", "--embedded-mode", ...argv], env: {}, facts: factsWith(FILES) });

  test.each([
    [["--mount", "/x"], `mount ${because}`],
    [["--server-name", "a.b"], `serverName ${because}`],
    [["--server-alias", "*.b"], `serverAlias ${because}`],
    [["--service-script", "mail", "mail.ts"], `serviceScript ${because}`],
    [["--route", "/a=slow"], `route ${because}`],
  ])("group-rules: %j", (argv, expected) => {
    expect(whatOf(serve(...argv))).toContain(expected);
  });

  test("group-rules: groups", () => {
    const resolution = resolveText('{ "embeddedMode": true,\n"groups": {\n"web": { "app": "web.ts" } } }');
    expect(toldOf(resolution)).toEqual([
      [`groups ${because}`, "3", "Leave it out, or leave out embeddedMode"],
    ]);
  });

  test("group-rules: what has no effect is a warning", () => {
    const warnings = good(serve("--processes", "2..4", "--scale-up-wait", "1", "--no-strip-mount")).warnings;
    expect(warnings.map((warning) => warning.split(" ")[0])).toEqual([
      "processes",
      "scaleUpWait",
      "stripMount",
    ]);
  });
});

test("group-rules: what does not do what it looks like is a warning", () => {
  const warningsOf = (argv: string[]) =>
    good(resolve({ argv: ["app.ts", ...argv], env: {}, facts: factsWith(FILES) })).warnings;
  expect(warningsOf(["--scale-up-wait", "1", "--track-changes", "lib"])).toEqual([
    "scaleUpWait (--scale-up-wait) has no effect, because processes is no range",
    "trackChanges (--track-changes) has no effect, because reloadOnChanges is off",
  ]);
  expect(warningsOf(["--scale-up-wait", "1", "--processes", "1..2"])).toEqual([]);
  expect(warningsOf(["--reload-on-changes", "--track-changes", "lib"])).toEqual([]);
});

test("group-rules: every rule has a test here", () => {
  expect(Object.keys(GROUP_RULES)).toEqual([
    "placesAreApart",
    "routesLeadToGroups",
    "routesDoNotChain",
    "patternsDiffer",
    "defaultGroupIsMounted",
    "servicesAreFiles",
    "servicesDiffer",
    "argumentsAreOfServices",
  ]);
});
