import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Member } from "../../../src/options/read/config-json.ts";
import { withLines } from "../../../src/options/read/config-lines.ts";

/** As the reader of the file makes them: plain objects have members. */
function membersOf(value: object): Member[] {
  return Object.entries(value).map(([key, one]) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? { key, value: one, members: membersOf(one) }
      : { key, value: one },
  );
}

/** From the path of each key to its line, as far as it has one. */
function linesOf(source: string, value: object): Record<string, number | undefined> {
  const lines: Record<string, number | undefined> = {};
  const note = (members: readonly Member[], path: string) => {
    for (const { key, line, members: inner } of members) {
      lines[`${path}${key}`] = line;
      note(inner ?? [], `${path}${key}.`);
    }
  };
  note(withLines(membersOf(value), source), "");
  return lines;
}

const GROUPS = { port: 1, groups: { api: { app: "a", port: 2 }, web: { app: "b" } } };

describe("the lines of keys", () => {
  test.each([
    ["an object", "export default {\n  port: 1,\n};", { port: 1 }, { port: 2 }],
    ["one line", "export default { port: 1 };", { port: 1 }, { port: 1 }],
    [
      "quoted keys",
      "export default {\n  'port': 1,\n  \"host\": 2 };",
      { port: 1, host: 2 },
      { port: 2, host: 3 },
    ],
    [
      "a declared type",
      "const config: GwConfig = {\n  port: 1,\n};\nexport default config;",
      { port: 1 },
      { port: 2 },
    ],
    ["a call", "export default defineConfig({\n  port: 1,\n});", { port: 1 }, { port: 2 }],
    [
      "a variable of the same name",
      "const port: number = 1;\nexport default {\n  port };",
      { port: 1 },
      { port: undefined },
    ],
    [
      "comments",
      "/* port: 1\n port: 2 */\nexport default {\n  // port: 3\n  port: 4 };",
      { port: 4 },
      { port: 5 },
    ],
    [
      "texts",
      "export default {\n  user: 'port: 1',\n  host: `\nport: 2`, port: 3 };",
      { user: 1, host: 2, port: 3 },
      { user: 2, host: 3, port: 4 },
    ],
    [
      "a choice",
      "export default {\n  port: live ? low : high,\n  host: 1 };",
      { port: 1, host: 1 },
      { port: 2, host: 3 },
    ],
    [
      "a key that stands there twice",
      "export default live ? {\n  port: 1 } : {\n  port: 2 };",
      { port: 1 },
      { port: undefined },
    ],
    ["a computed key", "export default {\n  [name]: 1 };", { port: 1 }, { port: undefined }],
    ["nothing of it", "export default make();", { port: 1 }, { port: undefined }],
    ["unclosed braces", "}}} export default {{{\n port: 1", { port: 1 }, { port: 2 }],
  ])("config-lines: %s", (_name, source, value, expected) => {
    expect(linesOf(source, value)).toEqual(expected);
  });

  test("config-lines: a key is looked for where it belongs", () => {
    const source =
      "export default {\n  port: 1,\n  groups: {\n    api: {\n      app: 'a',\n      port: 2 },\n    web: { app: 'b' },\n  },\n};";
    expect(linesOf(source, GROUPS)).toEqual({
      port: 2,
      groups: 3,
      "groups.api": 4,
      "groups.api.app": 5,
      "groups.api.port": 6,
      "groups.web": 7,
      "groups.web.app": 7,
    });
  });

  test("config-lines: groups that stand elsewhere have no lines", () => {
    const source =
      "const api = {\n  app: 'a' };\nexport default {\n  groups: { api,\n    web: { app: 'b' } } };";
    expect(linesOf(source, { groups: GROUPS.groups })).toMatchObject({
      groups: 4,
      "groups.api": undefined,
      "groups.api.app": undefined,
      "groups.web.app": 5,
    });
  });
});

test("config-lines: of what JSON.stringify writes, every key has its line", () => {
  const key = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,8}$/);
  const deep = fc.dictionary(key, fc.oneof(fc.string(), fc.dictionary(key, fc.string())));
  fc.assert(
    fc.property(deep, (value) => {
      const source = `export default ${JSON.stringify(value, null, 2)};`;
      const written = source.split("\n");
      for (const [path, line] of Object.entries(linesOf(source, value)))
        expect(written[(line ?? 0) - 1]).toStartWith(
          `${"  ".repeat(path.split(".").length)}"${path.split(".").at(-1)}":`,
        );
    }),
  );
});

test("config-lines: no text makes it throw", () => {
  const pieces = fc.array(fc.constantFrom("{", "}", ":", "port", "'", "`", "/*", "//", "\n", "=", "\\"));
  fc.assert(fc.property(pieces, (parts) => void withLines([{ key: "port", value: 1 }], parts.join(""))));
});
