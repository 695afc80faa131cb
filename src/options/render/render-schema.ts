// The JSON Schema of a configuration file, computed from the table. Pure.

import type { JsonSchema } from "../declare/kinds/kinds.ts";
import { namesOf } from "../declare/names.ts";
import { GROUP_NAME, KEYS, type Key, rowOf } from "../declare/table.ts";

/** For editors and for checks elsewhere. */
export function renderSchema(): JsonSchema {
  const inFile = KEYS.filter((key) => rowOf(key).inFile !== false);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of gw",
    type: "object",
    additionalProperties: false,
    properties: { $schema: { type: "string" }, ...propertiesOf(inFile), groups: GROUPS },
    not: { required: ["app", "groups"] },
    $defs: {
      group: {
        type: "object",
        additionalProperties: false,
        properties: propertiesOf(inFile.filter((key) => rowOf(key).scope === "group")),
      },
    },
  };
}

const GROUPS: JsonSchema = {
  description: "Groups of workers by name, each with its own app, instead of one app",
  type: "object",
  minProperties: 1,
  patternProperties: { [GROUP_NAME.source]: { $ref: "#/$defs/group" } },
  additionalProperties: false,
};

function propertiesOf(keys: readonly Key[]): Record<string, JsonSchema> {
  return Object.fromEntries(
    keys.flatMap((key) => namesOf(key).map((name): [string, JsonSchema] => [name, propertyOf(key, name)])),
  );
}

/** Kinds whose values people write in another form than gw keeps. */
const PRINTED: readonly string[] = ["duration", "size", "span"];

function propertyOf(key: Key, name: string): JsonSchema {
  const { kind, summary } = rowOf(key);
  const value = rowOf(key).default;
  const description = name === key ? summary : `Another name of ${key}`;
  if (value === undefined || name !== key) return { description, ...kind.schema };
  const isPrinted = PRINTED.includes(kind.name) || kind.fromJson(value) === undefined;
  const asWritten = isPrinted ? kind.print(value) : value;
  return { description, ...kind.schema, default: asWritten };
}
