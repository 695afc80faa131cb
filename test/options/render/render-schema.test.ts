import { expect, test } from "bun:test";
import { KEYS, rowOf } from "../../../src/options/declare/table.ts";
import { renderSchema } from "../../../src/options/render/render-schema.ts";

type ObjectSchema = { properties: Record<string, object>; additionalProperties: boolean };
const schema = renderSchema() as ObjectSchema & { $defs: { group: ObjectSchema }; not: object };

test("render-schema: it knows every option that a file can set, the groups, and nothing else", () => {
  const expected = KEYS.filter((key) => rowOf(key).inFile !== false);
  expect([schema.additionalProperties, Object.keys(schema.properties).sort()]).toEqual([
    false,
    ["$schema", "groups", "threads", "appArguments", ...expected].sort(),
  ]);
});

test("render-schema: a group has the options of groups, under a name of its form", () => {
  const { properties, additionalProperties } = schema.$defs.group;
  const expected = KEYS.filter((key) => rowOf(key).scope === "group");
  expect([additionalProperties, Object.keys(properties).sort()]).toEqual([
    false,
    ["threads", "appArguments", ...expected].sort(),
  ]);
  expect(schema.properties.groups).toEqual({
    description: "Groups of workers by name, each with its own app, instead of one app",
    type: "object",
    minProperties: 1,
    patternProperties: { "^[A-Za-z][A-Za-z0-9_-]{0,31}$": { $ref: "#/$defs/group" } },
    additionalProperties: false,
  });
});

test("render-schema: one app or groups, not both, and neither must be", () => {
  expect(schema).toMatchObject({ not: { required: ["app", "groups"] } });
  expect(schema).not.toHaveProperty("required");
});

test("render-schema: a number has its bounds, and a default stands there as it is written", () => {
  expect(schema.properties.port).toEqual({
    description: "Port to listen on; 0 picks a free one",
    type: "integer",
    minimum: 0,
    maximum: 65535,
  });
  expect(schema.properties.processes).toMatchObject({ default: "1" });
  expect(schema.properties.queueTimeout).toMatchObject({ default: "45s" });
});

test("render-schema: every default is one that a file may hold", () => {
  const wrong = KEYS.filter((key) => {
    const property = schema.properties[key] as { default?: unknown } | undefined;
    return property?.default !== undefined && rowOf(key).kind.fromJson(property.default) === undefined;
  });
  expect(wrong).toEqual([]);
});
