import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE } from "./catalogue.ts";
import { usualAsk } from "./exchange.ts";
import { readResults } from "./results.ts";

const folderOf = ({ folder, name }: (typeof CATALOGUE)[number]) =>
  join(import.meta.dir, "apps", folder ?? name);

test.each(CATALOGUE.map((app) => [app.name, app] as const))(
  "published: %s has a folder in which every version is exact, and the one of the table is named",
  (_, app) => {
    const file = join(folderOf(app), "package.json");
    expect(existsSync(file)).toBe(true);
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(file, "utf8"));
    const versions: Record<string, string> = { ...dependencies, ...devDependencies };
    expect(Object.values(versions).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(Object.keys(versions)).toContain(app.package);
    expect(usualAsk(app).body).toBeUndefined();
  },
);

test("published: names are unique, and each has passed, with the version that is written here", () => {
  const names = CATALOGUE.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const results = readResults();
  expect(results.map(({ name, failures }) => [name, failures])).toEqual(names.map((name) => [name, []]));
  for (const app of CATALOGUE) {
    const text = readFileSync(join(folderOf(app), "package.json"), "utf8");
    const version = results.find(({ name }) => name === app.name)?.version;
    expect(text).toContain(`"${app.package}": "${version}"`);
  }
});
