import { expect, test } from "bun:test";
import { renderAppsPage } from "../../docs/apps-page.ts";
import { renderFrameworksPage } from "../../docs/frameworks-page.ts";
import { CATALOGUE } from "./catalogue.ts";
import { mergeResults, type Result, readResults } from "./results.ts";

const result = (given: Partial<Result> = {}): Result => ({
  name: "koa",
  title: "Koa",
  package: "koa",
  version: "3.0.0",
  plain: "bun app.js",
  gw: "gw start-server app.js --processes 2",
  compared: 7,
  hook: null,
  failures: [],
  note: null,
  ...given,
});

test("published: new results take the places of old ones, and the catalogue says which there are, in which order", () => {
  const before = [result({ name: "gone" }), result({ name: "b", version: "1" }), result({ name: "c" })];
  const now = [result({ name: "b", version: "2" }), result({ name: "a" })];
  const merged = mergeResults(before, now, ["a", "b", "c", "never run"]);
  expect(merged.map(({ name, version }) => [name, version])).toEqual([
    ["a", "3.0.0"],
    ["b", "2"],
    ["c", "3.0.0"],
  ]);
});

test("published: the page has a row for each, and counts those that passed", () => {
  const page = renderAppsPage([
    result(),
    result({ title: "A|B", hook: true, note: "It has a note" }),
    result({ title: "Broken", hook: false, failures: ["GET /: status 200, under gw 500"] }),
  ]);
  expect(page).toContain("2 of 3 applications");
  expect(page).toContain(
    "| Koa | koa 3.0.0 | `bun app.js` | `gw start-server app.js --processes 2` | 7 | none |\n",
  );
  expect(page).toContain("| A\\|B | koa 3.0.0 |");
  expect(page).toContain("| 7 | ran |\n");
  expect(page).toContain("| does not pass, see below | did not run |\n");
  expect(page).toContain(
    "- **A|B**: It has a note.\n- **Broken** does not pass: GET /: status 200, under gw 500\n",
  );
});

test("published: each that passed has its commands on the page of frameworks, in at most 15 lines", () => {
  const [first] = CATALOGUE;
  if (!first) throw new Error("there is nothing in the catalogue");
  const app = {
    ...first,
    name: "koa",
    title: "Koa",
    gw: ["app.js"],
    build: [["cp", "a b", "c"]],
    env: { A: "1" },
  };
  const page = renderFrameworksPage(
    [app, { ...app, name: "broken", title: "Broken" }],
    [result({ note: "It has a note" }), result({ name: "broken", failures: ["GET /: status 500"] })],
  );
  expect(page).toEndWith(
    "\n## Koa\n\n    cp 'a b' c\n    A=1 gw start-server app.js --processes 2\n\nTried with koa 3.0.0. It has a note.\n",
  );
  const sections = renderFrameworksPage(CATALOGUE, readResults())
    .split(/^(?=## )/m)
    .slice(1);
  expect(sections.length).toBe(readResults().filter(({ failures }) => failures.length === 0).length);
  for (const section of sections) expect(section.trim().split("\n").length).toBeLessThanOrEqual(15);
});
