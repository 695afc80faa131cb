import { expect, test } from "bun:test";
import { renderAppsPage } from "../../docs/apps-page.ts";
import { mergeResults, type Result } from "./results.ts";

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
