import { describe, expect, test } from "bun:test";
import {
  findTwins,
  fromCommandLine,
  type GivenValue,
  quote,
  readEnvironment,
  readPlatform,
  unknownName,
} from "../../../src/options/read/layers.ts";

const given = (key: GivenValue["key"], text: string, from = "--x"): GivenValue => ({
  ...{ key, name: key, raw: { text }, origin: { layer: "flag", text: from }, base: "/" },
});

describe("layers: the command line", () => {
  test("each value is where it was typed, and as it was", () => {
    const [port, argument] = fromCommandLine(
      {
        values: [
          { key: "port", text: "80", spelled: "--port" },
          { key: "appArgument", text: "--help", spelled: "--" },
        ],
      } as unknown as Parameters<typeof fromCommandLine>[0],
      "/srv",
    );
    expect(port).toEqual({
      ...{ key: "port", name: "port", raw: { text: "80" }, base: "/srv" },
      origin: { layer: "flag", text: "--port" },
    });
    // What is the app's own is never read as anything else.
    expect(argument?.raw).toEqual({ json: ["--help"], shown: '"--help"' });
  });
});

describe("layers: the environment", () => {
  const read = (env: Record<string, string>) => {
    const { given: values, problems } = readEnvironment(env, "/srv");
    return {
      values: values.map(({ key, raw, origin }) => [key, "text" in raw && raw.text, origin.text]),
      problems: problems.map(({ what, advice }) => [what, advice]),
    };
  };

  test("variables of gw's are options, whatever else there is", () => {
    expect(read({ GW_PORT: "80", GW_HOST: "::1", HOME: "/root", gw_port: "1", PORT: "9" })).toEqual({
      values: [
        ["port", "80", "GW_PORT"],
        ["host", "::1", "GW_HOST"],
      ],
      problems: [],
    });
  });

  test("an empty one is not set", () => {
    expect(read({ GW_PORT: "", GW_NONSENSE: "" })).toEqual({ values: [], problems: [] });
  });

  test("an unknown one is wrong, and the nearest is named", () => {
    expect(read({ GW_PROT: "80" }).problems).toEqual([
      ['There is no environment variable "GW_PROT"', "The nearest is GW_PORT"],
    ]);
  });

  test.each([
    "GW_SERVICE_HOST",
    "GW_SERVICE_PORT",
    "GW_SERVICE_PORT_HTTP",
    "GW_PORT_80_TCP",
    "GW_PORT_80_TCP_ADDR",
    "GW_PORT_53_UDP_PROTO",
  ])("what Kubernetes says of a service called gw is not for gw: %s", (name) => {
    expect(read({ [name]: "10.0.0.1" })).toEqual({ values: [], problems: [] });
  });

  test("nor is its GW_PORT, which is an address", () => {
    expect(read({ GW_PORT: "tcp://10.0.0.1:80" })).toEqual({ values: [], problems: [] });
    expect(read({ GW_PORT: "http://10.0.0.1" }).values).toHaveLength(1);
  });
});

describe("layers: the platform's port", () => {
  test("it counts where nothing of gw's own says one", () => {
    expect(readPlatform({ PORT: "3000" }, [], "/srv")).toEqual([
      {
        ...{ key: "port", name: "PORT", raw: { text: "3000" }, base: "/srv" },
        origin: { layer: "environment", text: "PORT" },
      },
    ]);
    expect(readPlatform({ PORT: "3000" }, [given("host", "::1")], "/srv")).toHaveLength(1);
    for (const key of ["port", "listen"] as const)
      expect(readPlatform({ PORT: "3000" }, [given(key, "80")], "/srv")).toEqual([]);
    for (const env of [{}, { PORT: "" }]) expect(readPlatform(env, [], "/srv")).toEqual([]);
  });
});

describe("layers: the same option twice", () => {
  test("nobody can tell which was meant, and all places are named", () => {
    const [problem, ...others] = findTwins([
      given("port", "80", "GW_PORT"),
      given("host", "::1"),
      given("port", "81", "GW_LISTEN_PORT"),
    ]);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      what: 'port was set 2 times, as "80" and "81"',
      from: "GW_PORT and GW_LISTEN_PORT",
    });
    expect(problem?.advice).toStartWith("Set it once");
    expect(findTwins([given("port", "80")])).toEqual([]);
  });
});

describe("layers: in words", () => {
  test.each([
    [{ text: "a" }, '"a"'],
    [{ json: "a" }, '"a"'],
    [{ json: 5 }, "5"],
    [{ json: ["a"] }, '["a"]'],
    [{ json: null, shown: "a function" }, "a function"],
  ])("%j is shown as its giver would know it again", (raw, shown) => {
    expect(quote(raw)).toBe(shown);
  });

  test("an unknown name that is near nothing leads to the list of all", () => {
    expect(unknownName("There is no such", "a file", "zzzzzzzz", ["port"])).toEqual({
      ...{ cause: "configuration", what: "There is no such", from: "a file" },
      advice: "gw show-config lists all options",
    });
  });
});
