// The first page of the guide, done as it says: its app, its commands, in its order.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { obey } from "../support/control.ts";
import { startGw } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const page = readFileSync(new URL("../../docs/start.md", import.meta.url), "utf8");
const calls = [...page.matchAll(/^ {4}\$ gw (.+)$/gm)].map(([, words = ""]) => words.split(" "));
const [, app = ""] = /Write `app\.ts`:\n\n((?: {4}.*\n|\n)+)/.exec(page) ?? [];

test("first five minutes: the page's app, and each of its commands, are right as they stand there", async () => {
  using dir = makeTempDir();
  const file = dir.write("app.ts", app);
  const [start = [], ...rest] = calls.filter(([name]) => name !== "version");
  expect(start.slice(0, 2)).toEqual(["start-server", "app.ts"]);
  await using gw = await startGw(["app.ts", ...start.slice(2)], { cwd: dir.path });
  expect(await (await fetch(gw.url)).text()).toBe("Hello");
  dir.write("app.ts", app.replace('"Hello"', '"Hello again"'));
  expect(rest.map(([name]) => name)).toEqual([
    ...["reload", "status", "why", "requests", "check-config", "show-config", "stop"],
  ]);
  for (const words of rest) {
    await obey(gw, ...words.map((word) => (word === "app.ts" ? file : word)));
    if (words[0] === "reload") expect(await (await fetch(gw.url)).text()).toBe("Hello again");
  }
  expect(await gw.exited).toBe(0);
});
