// Published frameworks in Python under gw, and the worker's own tests by each interpreter that is there. `npm run test:python`, about a
// minute; it makes a virtual environment with Flask and Django in a directory of its own, or takes the one that PYTHON_ENV names.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CookieClient } from "../support/cookie-client.ts";
import { startGw } from "../support/gw.ts";
import { packagedEnvironment, runTool } from "../support/python-packages.ts";
import { makePublicDir } from "../support/temp-dir.ts";
import { ROOT } from "../support/worker-process.ts";

setDefaultTimeout(300_000);

/** Those of a machine that has several: in the directories of pyenv, or on PATH. */
function interpreters(): string[] {
  const pyenv = join(homedir(), ".pyenv/versions");
  const versions = existsSync(pyenv) ? readdirSync(pyenv) : [];
  const known = versions.map((name) => join(pyenv, name, "bin/python3"));
  const named = Array.from({ length: 8 }, (_, minor) => Bun.which(`python3.${minor + 9}`) ?? "");
  return [...new Set([...known, ...named])].filter(
    (path) =>
      existsSync(path) &&
      Bun.spawnSync([path, "-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).exitCode === 0,
  );
}

describe("every interpreter", () => {
  const found = interpreters();
  test("python: there is one", () => expect(found).not.toEqual([]));

  test.each(found)("python: the worker's own tests pass with %s", (path) => {
    runTool([
      path,
      "-W",
      "error::ResourceWarning",
      "-m",
      "unittest",
      "discover",
      "-s",
      join(ROOT, "test/python"),
    ]);
  });

  test.each(found)("python: %s serves", async (path) => {
    await using gw = await startGw([join(ROOT, "test/apps/python-app.py"), "--python", path]);
    expect((await fetch(gw.url)).status).toBe(200);
    expect(await gw.stop()).toBe(0);
  });
});

test("flask: sessions, uploads and streams of the example", async () => {
  const app = join(ROOT, "examples/flask/app.py");
  await using gw = await startGw([app, "--callable-object=app", "--python-home", packagedEnvironment()]);
  const browser = new CookieClient(gw);
  await browser.ask("/");
  expect(await (await browser.ask("/?name=%3Cgw%3E")).text()).toBe(
    "<h1>Hello, &lt;gw&gt;</h1><p>Visit 2.</p>",
  );
  const form = new FormData();
  form.set("file", new File(["x".repeat(3_000_000)], "größe.txt"));
  const uploaded = await browser.ask("/upload", form);
  expect([uploaded.status, await uploaded.json()]).toEqual([201, { name: "größe.txt", size: 3_000_000 }]);
  expect(await (await browser.ask("/count")).text()).toBe("0\n1\n2\n");
  expect((await browser.ask("/nowhere")).status).toBe(404);
});

test("flask: the blog of its tutorial, with users, sessions, forms and a database", async () => {
  using site = makePublicDir();
  cpSync(join(ROOT, "test/apps/flaskr"), join(site.path, "flaskr"), { recursive: true });
  const flask = [join(packagedEnvironment(), "bin/flask"), "--app", "flaskr", "init-db"];
  runTool(flask, { cwd: site.path, env: { PYTHONDONTWRITEBYTECODE: "1" } });
  const said = ["--python-home", packagedEnvironment(), "--dont-write-bytecode", "--processes=2"];
  await using gw = await startGw(["flaskr.wsgi:application", ...said], { cwd: site.path });
  const browser = new CookieClient(gw);
  const post = async (path: string, fields: Record<string, string>) => {
    const answer = await browser.ask(path, new URLSearchParams(fields));
    return [answer.status, answer.headers.get("location") ?? (await answer.text())];
  };
  const ann = { username: "ann", password: "größer" };
  expect(await post("/create", { title: "", body: "" })).toEqual([302, "/auth/login"]);
  expect(await post("/auth/register", ann)).toEqual([302, "/auth/login"]);
  expect((await post("/auth/register", ann))[1]).toContain("User ann is already registered.");
  expect((await post("/auth/login", { ...ann, password: "x" }))[1]).toContain(
    "Incorrect username or password.",
  );
  expect(await post("/auth/login", ann)).toEqual([302, "/"]);
  expect(await post("/create", { title: "Größe", body: "<b>" })).toEqual([302, "/"]);
  expect(await (await browser.ask("/")).text()).toMatch(
    /<span>ann<\/span>.*<h1>Größe<\/h1>\s*<p>&lt;b&gt;<\/p>/s,
  );
  expect((await post("/1/update", { title: "", body: "" }))[1]).toContain("Title is required.");
  expect(await post("/1/update", { title: "Small", body: "b" })).toEqual([302, "/"]);
  expect(await (await browser.ask("/1/update")).text()).toContain('value="Small"');

  const another = new CookieClient(gw);
  await another.ask("/auth/register", new URLSearchParams({ ...ann, username: "bob" }));
  await another.ask("/auth/login", new URLSearchParams({ ...ann, username: "bob" }));
  expect((await another.ask("/1/delete", new URLSearchParams())).status).toBe(403);
  expect((await another.ask("/2/delete", new URLSearchParams())).status).toBe(404);
  expect(await post("/1/delete", {})).toEqual([302, "/"]);
  expect((await browser.ask("/auth/logout")).status).toBe(302);
  expect(await gw.stop()).toBe(0);
});
