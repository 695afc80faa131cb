// Django under gw by `manage.py rungw`: its tutorial's polls (examples/django), its admin, and what the command keeps.
// `npm run test:python`.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CookieClient } from "../support/cookie-client.ts";
import { eventually, type Gw, gwCommand, launchGw, untilServing } from "../support/gw.ts";
import { AS_ROOT } from "../support/needs.ts";
import { packagedEnvironment, runTool } from "../support/python-packages.ts";
import { makePublicDir } from "../support/temp-dir.ts";
import { ROOT } from "../support/worker-process.ts";

setDefaultTimeout(300_000);

const python = join(packagedEnvironment(), "bin/python3");
const temp = makePublicDir();
afterAll(() => temp[Symbol.dispose]());
const site = join(temp.path, "site");
const VARIABLES = {
  PYTHONPATH: join(ROOT, "python"),
  PYTHONDONTWRITEBYTECODE: "1",
  GW_BIN: gwCommand()[0] as string,
};
const PASSWORD = "a long secret";

function manage(words: string[], env: Record<string, string> = {}): string {
  return runTool([python, "manage.py", ...words], { cwd: site, env: { ...VARIABLES, ...env } });
}

beforeAll(() => {
  cpSync(join(ROOT, "examples/django"), site, { recursive: true });
  manage(["migrate", "--verbosity=0"]);
  manage(["collectstatic", "--no-input", "--verbosity=0"]);
  const admin = ["createsuperuser", "--no-input", "--username=ann", "--email=a@b.example"];
  manage(admin, { DJANGO_SUPERUSER_PASSWORD: PASSWORD });
  // Files are not served by one who may read everything.
  if (AS_ROOT.isMet) runTool(["chmod", "-R", "a+rwX", site]);
});

const asSomebody = () => (AS_ROOT.isMet ? ["--user", "nobody", "--server-root", join(site, "root")] : []);

/** `manage.py rungw`, from another directory. */
function launchSite(words: string[] = [], env: Record<string, string | undefined> = {}): Gw {
  const given = ["rungw", ...asSomebody(), "--port=0", "--host=127.0.0.1", ...words];
  const command = [python, join(site, "manage.py")];
  return launchGw(given, { command, cwd: temp.path, env: { ...VARIABLES, ...env } });
}

const startSite = (words: string[] = []) => untilServing(launchSite(words));

async function logIn(browser: CookieClient): Promise<void> {
  expect((await browser.ask("/admin/")).headers.get("location")).toBe("/admin/login/?next=/admin/");
  await browser.ask("/admin/login/");
  const login = new URLSearchParams({
    csrfmiddlewaretoken: browser.cookie("csrftoken"),
    username: "ann",
    password: PASSWORD,
    next: "/admin/",
  });
  expect((await browser.ask("/admin/login/", login)).status).toBe(302);
}

/** As the page of the admin has them, with the forms of two choices in it. */
function questionForm(browser: CookieClient, picture: File): FormData {
  const form = new FormData();
  const fields = {
    csrfmiddlewaretoken: browser.cookie("csrftoken"),
    text: "Größe?",
    "choice_set-TOTAL_FORMS": "2",
    "choice_set-INITIAL_FORMS": "0",
    "choice_set-0-text": "S",
    "choice_set-0-votes": "0",
    "choice_set-1-text": "L",
    "choice_set-1-votes": "0",
  };
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set("picture", picture);
  return form;
}

describe("the polls of the tutorial", () => {
  test("django: its admin, with sessions, forms, uploads and static files", async () => {
    await using gw = await startSite(["--processes=2", "--url-alias", "/media", join(site, "media")]);
    expect(gw.stdout()).toContain(`Interpreter       : ${python}\n`);
    const browser = new CookieClient(gw);
    await logIn(browser);
    expect(await (await browser.ask("/admin/")).text()).toContain("Site administration");
    const style = await browser.ask("/static/admin/css/base.css");
    expect([style.status, style.headers.get("content-type")]).toEqual([200, "text/css; charset=utf-8"]);
    expect((await browser.ask("/static/nothing.css")).status).toBe(404);

    const bytes = "x".repeat(3_000_000);
    const added = await browser.ask(
      "/admin/polls/question/add/",
      questionForm(browser, new File([bytes], "größe.bin")),
    );
    expect([added.status, added.headers.get("location")]).toEqual([302, "/admin/polls/question/"]);
    expect(await (await browser.ask("/admin/polls/question/")).text()).toContain("Größe?");

    const [, page = ""] = /href="(\/polls\/\d+\/)"/.exec(await (await browser.ask("/polls/")).text()) ?? [];
    const poll = await (await browser.ask(page)).text();
    const [, picture = ""] = /src="([^"]+)"/.exec(poll) ?? [];
    expect(await (await browser.ask(picture)).text()).toBe(bytes);

    const token = { csrfmiddlewaretoken: browser.cookie("csrftoken") };
    const [, choice = ""] = /value="(\d+)" \/> L/.exec(poll) ?? [];
    const voted = await browser.ask(`${page}vote/`, new URLSearchParams({ ...token, choice }));
    expect([voted.status, voted.headers.get("location")]).toEqual([302, `${page}results/`]);
    expect(await (await browser.ask(`${page}results/`)).text()).toContain("<li>L: 1</li>");
    expect((await browser.ask(`${page}vote/`, new URLSearchParams(token))).status).toBe(400);
    expect((await browser.ask(`${page}vote/`, new URLSearchParams({ choice }))).status).toBe(403);
    expect(await gw.stop()).toBe(0);
  });

  test("django: a reload that was asked for by a changed file brings the new code", async () => {
    const urls = join(site, "mysite/urls.py");
    const before = readFileSync(urls, "utf8");
    await using gw = await startSite(["--reload-on-changes"]);
    const status = async () => (await fetch(`${gw.url}questions/`)).status;
    expect(await status()).toBe(404);
    writeFileSync(urls, before.replace('path("polls/"', 'path("questions/"'));
    await eventually(async () => (await status()) === 200, "the new path is there");
    writeFileSync(urls, before);
  });

  test("django: below a mount pages and static files have it before them", async () => {
    await using gw = await startSite(["--mount", "/shop"]);
    const browser = new CookieClient(gw);
    const [, style = ""] =
      /href="([^"]+base\.css)"/.exec(await (await browser.ask("/shop/admin/login/")).text()) ?? [];
    expect(style).toBe("/shop/static/admin/css/base.css");
    expect((await browser.ask(style)).status).toBe(200);
    expect((await browser.ask("/static/admin/css/base.css")).status).toBe(404);
  });
});

/** What a command says that ends by itself. */
async function ended(gw: Gw): Promise<{ code: number; out: string; err: string }> {
  await using said = gw;
  return { code: await said.exited, out: said.stdout(), err: said.stderr() };
}

describe("the command", () => {
  test.each([[["rungw", "--help"]], [["help", "rungw"]]])("rungw: %p shows the options of gw", (words) => {
    const said = manage(words);
    expect(said).toStartWith("manage.py rungw serves this project, by the options of gw, without APP:\n");
    expect(said).toContain("--reload-on-changes");
  });

  test("rungw: an option that gw does not know is refused by gw", async () => {
    const { code, err } = await ended(launchSite(["--no-such-thing"]));
    expect([code, err]).toEqual([64, expect.stringContaining("--no-such-thing") as never]);
  });

  test("rungw: where gw is not to be found, that is said", async () => {
    const { code, err } = await ended(launchSite([], { GW_BIN: undefined, PATH: "/nowhere" }));
    expect(code).toBe(1);
    expect(err).toContain("CommandError: The program gw was not found, neither in ");
    const named = await ended(launchSite([], { GW_BIN: "/nowhere/gw" }));
    expect([named.code, named.err]).toEqual([1, expect.stringContaining('GW_BIN is "/nowhere/gw"') as never]);
  });

  test("rungw: gw is the same process, with its words, and with signals and environment as from a shell", async () => {
    const fake = join(temp.path, "gw");
    const shown =
      'echo "pid $$ GW_BIN ${GW_BIN-unset} $DJANGO_SETTINGS_MODULE"; grep SigIgn /proc/$$/status; printf "%s\\n" "$@"';
    writeFileSync(fake, `#!/bin/sh\n${shown}\n`, { mode: 0o755 });
    const gw = launchSite(["--", "a b"], { GW_BIN: fake });
    const { pid } = gw;
    const { code, out } = await ended(gw);
    const words = [
      ...["start-server", join(site, "mysite.wsgi:application"), "--python", python],
      ...["--python-path", join(ROOT, "python"), "--url-alias", "/static", join(site, "collected")],
      ...[...asSomebody(), "--port=0", "--host=127.0.0.1", "--", "a b"],
    ];
    const lines = [`pid ${pid} GW_BIN unset mysite.settings`, "SigIgn:\t0000000000000000", ...words];
    expect([code, out]).toEqual([0, lines.map((line) => `${line}\n`).join("")]);
  });

  test("rungw: static files that were not collected are missed before gw starts", async () => {
    const collected = join(site, "collected");
    const kept = `${collected}-kept`;
    cpSync(collected, kept, { recursive: true });
    rmSync(collected, { recursive: true });
    const { code, err } = await ended(launchSite());
    cpSync(kept, collected, { recursive: true });
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(`STATIC_ROOT "${collected}" is not there`) as never,
    ]);
  });

  test("rungw: other settings are taken, and a project with mistakes is not served", async () => {
    writeFileSync(
      join(site, "mysite/wrong.py"),
      'from mysite.settings import *\nROOT_URLCONF = "mysite.nowhere"\n',
    );
    const { code, err } = await ended(launchSite(["--settings", "mysite.wrong"]));
    expect([code, err]).toEqual([1, expect.stringContaining("No module named 'mysite.nowhere'") as never]);
  });
});
