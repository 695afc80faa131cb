import { describe, expect, test } from "bun:test";
import type { Settings } from "../../../src/options/declare/table.ts";
import { foreseeEnvironment } from "../../../src/options/read/env-files.ts";
import { defaultSettings } from "../../support/default-settings.ts";
import { factsWith } from "../facts.ts";

const NAMES = [
  ".env",
  ".env.local",
  ".env.production",
  ".env.production.local",
  ".env.test",
  ".env.test.local",
];

function foresee(
  settings: Partial<Settings> = {},
  env: Record<string, string> = {},
  there: readonly string[] = NAMES,
) {
  const given = { ...defaultSettings(), home: "/srv/shop", ...settings } as Settings;
  return foreseeEnvironment(given, env, factsWith(there.map((name) => `/srv/shop/${name}`)));
}

describe("env files: NODE_ENV", () => {
  test.each([
    ["production, where nobody says otherwise", {}, {}, "production"],
    ["that of gw's environment", {}, { NODE_ENV: "staging" }, "staging"],
    [
      "the one that is set for the app, before it",
      { setenv: ["NODE_ENV=test"] },
      { NODE_ENV: "staging" },
      "test",
    ],
  ] as [string, Partial<Settings>, Record<string, string>, string][])("%s", (_, settings, env, nodeEnv) => {
    expect(foresee(settings, env).nodeEnv).toBe(nodeEnv);
  });
});

describe("env files: which", () => {
  const namesIn = ({ envFiles }: ReturnType<typeof foresee>) =>
    envFiles.map((path) => path.split("/").at(-1));

  test("those of the app's home that are there, the strongest last", () => {
    expect(namesIn(foresee())).toEqual([".env", ".env.production", ".env.local", ".env.production.local"]);
    expect(namesIn(foresee({}, {}, [".env", ".env.staging"]))).toEqual([".env"]);
  });

  test("for the NODE_ENV that the app will have; a test has none that is local to the machine", () => {
    expect(namesIn(foresee({ setenv: ["NODE_ENV=test"] }))).toEqual([".env", ".env.test", ".env.test.local"]);
  });

  test("those that are named are all, whether they are there or not", () => {
    expect(foresee({ envFile: ["/a.env", "/b.env"] }, {}, []).envFiles).toEqual(["/a.env", "/b.env"]);
    expect(foresee({ envFile: [] }).envFiles).toEqual([]);
  });
});
