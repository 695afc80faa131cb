import { describe, expect, test } from "bun:test";
import { readConfigJson } from "../../../src/options/read/config-json.ts";
import { readFileLayer } from "../../../src/options/read/file-layer.ts";
import type { ConfigFile } from "../../../src/options/read/inputs.ts";

const PATH = "/srv/gw.config.json";

function fileOf(text: string): ConfigFile {
  const read = readConfigJson(text);
  if ("fault" in read) throw new Error(read.fault);
  return { path: PATH, members: read.members, problems: [] };
}

const read = (text: string) => readFileLayer(fileOf(text));
const told = (text: string) => read(text).problems.map(({ what, from, advice }) => [what, from, advice]);

describe("file layer: options for all", () => {
  test("each is known by its line, and its paths begin at the file", () => {
    const { given, problems, groups } = read('{\n "port": 80,\n "app": "app.ts"\n}');
    expect(given.map(({ key, name, raw, origin, base }) => ({ key, name, raw, origin, base }))).toMatchObject(
      [
        {
          key: "port",
          name: "port",
          raw: { json: 80 },
          origin: { layer: "file", text: `${PATH}:2` },
          base: "/srv",
        },
        { key: "app", name: "app", raw: { json: "app.ts" }, origin: { text: `${PATH}:3` } },
      ],
    );
    expect([problems, groups]).toEqual([[], undefined]);
    expect(given[0]?.origin).not.toHaveProperty("path");
  });

  test("without a file there is nothing, and no group either", () => {
    expect(readFileLayer(undefined)).toEqual({
      given: [],
      groups: undefined,
      declared: new Set(),
      problems: [],
    });
  });

  test("the schema that editors look for is no option", () => {
    expect(read('{"$schema": "x"}')).toMatchObject({ given: [], problems: [] });
  });

  test("of a file that could not be read nobody can tell the groups", () => {
    const problem = { cause: "configuration", what: "it is broken" } as const;
    const layer = readFileLayer({ path: PATH, members: [], problems: [problem] });
    expect([layer.declared, layer.problems]).toEqual([undefined, [problem]]);
  });

  test.each([
    ['{\n"prot": 80}', 'There is no option "prot"', "The nearest is port"],
    ['{\n"gruops": {}}', 'There is no option "gruops"', "The nearest is groups"],
    [
      '{\n"group": {}}',
      '"group" cannot be an object: it says whom the workers run as',
      'Groups of workers stand under "groups"',
    ],
    ['{\n"config": "x"}', '"config" cannot be set in a configuration file', "Use --config or GW_CONFIG"],
  ])("%s", (text, what, advice) => {
    expect(told(text)).toEqual([[what, `${PATH}:2`, advice]]);
    expect(read(text).given).toEqual([]);
  });

  test("the same option twice is told with both lines", () => {
    const [problem] = told('{\n"port": 80,\n"port": 81}');
    expect(problem?.slice(0, 2)).toEqual(["port was set 2 times, as 80 and 81", `${PATH}:2 and ${PATH}:3`]);
  });
});

describe("file layer: groups", () => {
  test("each has its own, named with the whole way to it", () => {
    const { groups, declared, given, problems } = read(
      '{"port": 80, "groups": {\n"api": {\n"app": "api.ts"},\n"web": {}}}',
    );
    expect(problems).toEqual([]);
    expect(given.map(({ key }) => key)).toEqual(["port"]);
    expect(declared).toEqual(new Set(["api", "web"]));
    expect(groups?.map(({ name, from }) => [name, from])).toEqual([
      ["api", `${PATH}:2`],
      ["web", `${PATH}:4`],
    ]);
    expect(groups?.[0]?.given).toMatchObject([
      {
        key: "app",
        name: "groups.api.app",
        origin: { text: `${PATH}:3`, path: "groups.api.app" },
        base: "/srv",
      },
    ]);
  });

  test.each([
    ['{"groups": 5}', "groups cannot be 5", undefined],
    ['{"groups": []}', "groups cannot be []", undefined],
    ['{"groups": {}}', "groups names no group", "Name one, or leave the key out"],
    ['{"groups": {"api": 5}}', "groups.api cannot be 5", undefined],
    ['{"groups": {"a b": {}}}', 'A group cannot be called "a b"', undefined],
    [
      '{"groups": {"api": {"memoryLimt": 1}}}',
      'There is no option "groups.api.memoryLimt"',
      "The nearest is memoryLimit",
    ],
    [
      '{"groups": {"api": {"port": 1}}}',
      '"groups.api.port" cannot be set, because port holds for gw as a whole',
      'Put "port" beside "groups", not into a group',
    ],
    [
      '{"groups": {"api": {}, "api": {}}}',
      'The group "api" is declared 2 times',
      "Give each group its own name",
    ],
    ['{"groups": {"a": {}}, "groups": {"b": {}}}', "groups is declared 2 times", "Write all groups into one"],
  ] as [string, string, string | undefined][])("%s", (text, what, advice) => {
    expect(told(text).map(([one, , help]) => [one, help])).toEqual([[what, advice]]);
  });

  test("what is declared is known also where it is wrong, so that nothing else is said of it", () => {
    expect(read('{"groups": {"a b": 5, "api": {}}}').declared).toEqual(new Set(["a b", "api"]));
    expect(read('{"groups": 5}').declared).toBeUndefined();
    expect(read('{"groups": {"a": {}}, "groups": {"b": {}}}').declared).toBeUndefined();
  });
});
