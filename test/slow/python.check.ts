// Published frameworks in Python under gw, and the worker's own tests by each interpreter that is there. `npm run test:python`, about a
// minute; it makes a virtual environment with Flask and Django in a directory of its own, or takes the one that PYTHON_ENV names.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Gw, startGw } from "../support/gw.ts";
import { AS_ROOT } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { PYTHON, ROOT } from "../support/worker-process.ts";

setDefaultTimeout(300_000);

const temp = makeTempDir();
afterAll(() => temp[Symbol.dispose]());

const environment = process.env.PYTHON_ENV ?? makeEnvironment();
const python = join(environment, "bin/python3");

function run(command: string[], cwd = temp.path, env: Record<string, string> = {}): string {
  const done = Bun.spawnSync(command, { cwd, env: { ...process.env, ...env }, stderr: "pipe" });
  if (done.exitCode !== 0) throw new Error(`${command.join(" ")}: ${done.stderr.toString().slice(-2_000)}`);
  return done.stdout.toString();
}

function makeEnvironment(): string {
  const path = join(temp.path, "env");
  run([PYTHON ?? "python3", "-m", "venv", path]);
  run([join(path, "bin/pip"), "install", "--quiet", "--retries", "10", "flask", "django"]);
  return path;
}

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
    run([
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

/** A client that keeps cookies. */
class Browser {
  readonly #cookies = new Map<string, string>();
  readonly #gw: Gw;

  constructor(gw: Gw) {
    this.#gw = gw;
  }

  cookie(name: string): string {
    return this.#cookies.get(name) ?? "";
  }

  async ask(path: string, body?: FormData | URLSearchParams): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(new URL(path, this.#gw.url), {
      headers: { cookie, referer: this.#gw.url },
      redirect: "manual",
      ...(body && { method: "POST", body }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return answer;
  }
}

test("flask: sessions, uploads and streams of the example", async () => {
  const app = join(ROOT, "examples/flask/app.py");
  await using gw = await startGw([app, "--callable-object=app", "--python-home", environment]);
  const browser = new Browser(gw);
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

function makeDjango(): string {
  run([python, "-m", "django", "startproject", "mysite", "."]);
  const settings = join(temp.path, "mysite/settings.py");
  writeFileSync(
    settings,
    `${run(["cat", settings])}\nSTATIC_ROOT = BASE_DIR / "static"\nALLOWED_HOSTS = ["*"]\n`,
  );
  const manage = [python, "manage.py"];
  run([...manage, "migrate", "--verbosity=0"]);
  run([...manage, "collectstatic", "--no-input", "--verbosity=0"]);
  run([...manage, "createsuperuser", "--no-input", "--username=ann", "--email=a@b.example"], temp.path, {
    DJANGO_SUPERUSER_PASSWORD: "a long secret",
  });
  return temp.path;
}

/** Files are served by nobody who may read everything. */
function asSomebody(site: string): string[] {
  if (!AS_ROOT.isMet) return [];
  run(["chmod", "-R", "a+rwX", site]);
  return ["--user", "nobody", "--server-root", join(site, "root")];
}

test("django: its admin, with sessions, forms and static files", async () => {
  const site = makeDjango();
  const said = [
    ...asSomebody(site),
    "--python-home",
    environment,
    "--url-alias",
    "/static",
    join(site, "static"),
  ];
  await using gw = await startGw(["mysite.wsgi:application", ...said, "--processes=2"], { cwd: site });
  const browser = new Browser(gw);
  expect((await browser.ask("/admin/")).headers.get("location")).toBe("/admin/login/?next=/admin/");
  await browser.ask("/admin/login/");
  const login = new URLSearchParams({
    csrfmiddlewaretoken: browser.cookie("csrftoken"),
    username: "ann",
    password: "a long secret",
    next: "/admin/",
  });
  expect((await browser.ask("/admin/login/", login)).status).toBe(302);
  expect(await (await browser.ask("/admin/")).text()).toContain("Site administration");
  const group = new URLSearchParams({ csrfmiddlewaretoken: browser.cookie("csrftoken"), name: "größte" });
  expect((await browser.ask("/admin/auth/group/add/", group)).status).toBe(302);
  expect(await (await browser.ask("/admin/auth/group/")).text()).toContain("größte");
  expect((await browser.ask("/static/admin/css/base.css")).headers.get("content-type")).toContain("text/css");
});
