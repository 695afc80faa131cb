import { expect, test } from "bun:test";
import fc from "fast-check";
import { readConfigJson } from "../../../src/options/read/config-json.ts";

test("config-json: each member has the line of its key", () => {
  expect(
    readConfigJson('\uFEFF{\n  "port": 80,\n\n  "list": [\n    1, {"deep": null}\n  ], "host": "::"\n}\n'),
  ).toEqual({
    members: [
      { key: "port", value: 80, line: 2 },
      { key: "list", value: [1, { deep: null }], line: 4 },
      { key: "host", value: "::", line: 6 },
    ],
  });
});

test("config-json: a key that appears twice is kept twice", () => {
  expect(readConfigJson('{"a":1,\n"a":2}')).toEqual({
    members: [
      { key: "a", value: 1, line: 1 },
      { key: "a", value: 2, line: 2 },
    ],
  });
});

test("config-json: the members of an object have their lines, at every level, and are kept twice", () => {
  expect(
    readConfigJson('{"groups": {\n  "api": {\n    "port": 1, "port": 2\n  },\n  "api": {}\n} }'),
  ).toEqual({
    members: [
      {
        key: "groups",
        value: { api: {} },
        line: 1,
        members: [
          {
            key: "api",
            value: { port: 2 },
            line: 2,
            members: [
              { key: "port", value: 1, line: 3 },
              { key: "port", value: 2, line: 3 },
            ],
          },
          { key: "api", value: {}, line: 5, members: [] },
        ],
      },
    ],
  });
});

test.each([
  [`${'{"a":'.repeat(100)}`, "1:321", "values are nested deeper than 64 levels"],
  [`{"a": ${"[".repeat(100)}`, "1:70", "values are nested deeper than 64 levels"],
  ["", "1:1", "expected a value, found the end of the file"],
  ["// nothing", "1:11", "expected a value, found the end of the file"],
  ["[]", "1:1", 'expected "{" at the beginning, found ['],
  ["{port: 80}", "1:2", "port: is not JSON"],
  ["{,}", "1:2", "expected a value, found ,"],
  ['{"a":1,,}', "1:8", "expected a key in double quotes, found ,"],
  ['{\n"port" 80}', "2:8", 'expected ":" after the key, found 80'],
  ['{\n"port":\n\n}', "4:1", "expected a value, found }"],
  ['{"a": 1\n"b": 2}', "2:1", 'expected a comma after a value, found "b"'],
  ['{"a": 1', "1:8", 'expected "}" or a comma after a value, found the end of the file'],
  ['{"a": [1', "1:9", 'expected "]" or a comma after a value, found the end of the file'],
  ["{}\n{}", "2:1", "expected the end of the file, found {"],
  ['{"a": "x', "1:7", 'a string without its end, found "x'],
  ['{"a": "\\q"}', "1:7", 'an escape that is none, found "\\q"'],
  ['{"a": "\x01"}', "1:7", 'a control character in a string, found "?"'],
  ["{ /* x", "1:3", "a comment without its end, found /*"],
  ["{\"a\": 'x'}", "1:7", "'x' is not JSON"],
])("config-json: %j is refused with its place", (text, place, fault) => {
  const read = readConfigJson(text);
  expect("fault" in read && [`${read.line}:${read.column}`, read.fault]).toEqual([place, fault]);
});

test("config-json: comments and a comma at the end are taken, and count as lines", () => {
  expect(readConfigJson('{\n// "port": 1\n"port": 80, /* {{ */\n"list": [1,],\n}')).toEqual({
    members: [
      { key: "port", value: 80, line: 3 },
      { key: "list", value: [1], line: 4 },
    ],
  });
});

test("config-json: whatever JSON.stringify writes is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
      fc.constantFrom(undefined, 2, "\t"),
      (value, space) => {
        const text = JSON.stringify(value, null, space);
        const read = readConfigJson(text);
        expect("members" in read && Object.fromEntries(read.members.map((m) => [m.key, m.value]))).toEqual(
          JSON.parse(text),
        );
      },
    ),
  );
});

test("config-json: what JSON.parse refuses is refused, and nothing throws", () => {
  const pieces = fc.array(
    fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', '"', "1", "-", "true", "nul", " ", "\n", "\\"),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join("");
      const read = readConfigJson(text);
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        parsed = undefined;
      }
      const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
      // The one thing that is taken and is not JSON, where no comment can be.
      const hasCommaAtEnd = /,\s*[}\]]/.test(text);
      if (!hasCommaAtEnd) expect("members" in read).toBe(isObject);
    }),
    { numRuns: 500 },
  );
});
