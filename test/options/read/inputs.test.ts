import { expect, test } from "bun:test";
import { KEYS } from "../../../src/options/declare/table.ts";
import { BY_DEFAULT, noOrigins, setterIn } from "../../../src/options/read/inputs.ts";

test("inputs: where nothing was given, everything is by default, and what is written over one is not another's", () => {
  const origins = noOrigins();
  expect(Object.keys(origins)).toEqual([...KEYS]);
  expect(new Set(Object.values(origins))).toEqual(new Set([BY_DEFAULT]));
  origins.port = { layer: "flag", text: "--port" };
  expect(noOrigins().port).toBe(BY_DEFAULT);
});

test("inputs: who has set an option is said as people find it again", () => {
  const setter = setterIn({
    ...noOrigins(),
    port: { layer: "flag", text: "--port" },
    host: { layer: "environment", text: "GW_HOST" },
    processes: { layer: "file", text: "/gw.config.json:3", path: "groups.api.processes" },
  });
  expect([setter("port"), setter("host"), setter("processes"), setter("app")]).toEqual([
    "--port",
    "GW_HOST",
    "/gw.config.json:3 (groups.api.processes)",
    undefined,
  ]);
});
