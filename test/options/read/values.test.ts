import { describe, expect, test } from "bun:test";
import type { Key } from "../../../src/options/declare/table.ts";
import type { GivenValue, RawValue } from "../../../src/options/read/layers.ts";
import { judge, merge, type Value } from "../../../src/options/read/values.ts";

const given = (key: Key, raw: RawValue, from = "--x"): GivenValue => ({
  ...{ key, name: key, raw, origin: { layer: "flag", text: from }, base: "/srv" },
});

describe("values: each is judged by its kind", () => {
  test("one that is accepted has its place, and paths begin where it was given", () => {
    const { values, problems } = judge([given("port", { text: "80" }), given("app", { text: "app.ts" })]);
    expect([values.map(({ key, value }) => [key, value]), problems]).toEqual([
      [
        ["port", 80],
        ["app", "/srv/app.ts"],
      ],
      [],
    ]);
    expect(values[0]?.origin.text).toBe("--x");
  });

  test("one that is not counts as not given, says what would do, and hides no other", () => {
    const judged = judge([
      given("port", { text: "eighty" }, "GW_PORT"),
      given("queueTimeout", { text: "-1" }, "--queue-timeout"),
      given("host", { text: "::1" }),
    ]);
    expect(judged.values.map(({ key }) => key)).toEqual(["host"]);
    expect([...judged.refused]).toEqual(["port", "queueTimeout"]);
    expect(judged.problems.map(({ what, from }) => [what, from])).toEqual([
      ['port cannot be "eighty"', "GW_PORT"],
      ['queueTimeout cannot be "-1"', "--queue-timeout"],
    ]);
    for (const { accepted } of judged.problems) expect(accepted).not.toBe("");
  });

  test.each([
    ["a text where JSON has a number", "port", "80", "In a file it is written 80"],
    ["a number where JSON has a text", "memoryLimit", "512M", undefined],
    ["an object where JSON has a list", "setenv", { A: 1 }, undefined],
    ["nonsense", "port", "eighty", undefined],
  ] as [string, Key, unknown, string | undefined][])(
    "what is meant by %s is said",
    (_, key, json, advice) => {
      const [problem] = judge([given(key, { json })]).problems;
      if (advice !== undefined) expect(problem?.advice).toBe(advice);
      else expect(problem?.advice ?? "").not.toContain("it is written");
    },
  );

  test("a key that an object has twice is told: JSON lets the second one win", () => {
    const members = ["a", "b", "a"].map((key) => ({ key, value: "1" }));
    const { problems } = judge([given("setenv", { json: { a: "1", b: "1" }, members })]);
    expect(problems.at(-1)).toMatchObject({
      what: 'setenv has the key "a" more than once',
      from: "--x",
      advice: "Write it once",
    });
  });
});

describe("values: one layer over the other", () => {
  const value = (key: Key, one: unknown, from: string): Value => ({
    key,
    value: one,
    origin: { layer: "flag", text: from },
  });

  test("the later one wins, and it is known who has set what", () => {
    const { values, origins } = merge([
      [value("port", 80, "file"), value("host", "a", "file")],
      [value("port", 81, "flag")],
    ]);
    expect(values).toEqual({ port: 81, host: "a" });
    expect([origins.port.text, origins.host.text, origins.app.text]).toEqual(["flag", "file", "default"]);
  });

  test("a list grows within its layer, replaces that of the layer before, and is nobody's to change", () => {
    const { values } = merge([
      [value("setenv", ["A=1"], "file"), value("setenv", ["B=1"], "file")],
      [value("setenv", ["C=1"], "flag"), value("setenv", ["D=1"], "flag")],
    ]);
    expect(values.setenv).toEqual(["C=1", "D=1"]);
    expect(Object.isFrozen(values.setenv)).toBe(true);
  });

  test("what is no list does not grow", () => {
    expect(merge([[value("port", 80, "a"), value("port", 81, "b")]]).values.port).toBe(81);
  });
});
