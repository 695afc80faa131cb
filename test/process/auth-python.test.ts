// Hooks in Python, before an app of either language: each answer of each hook, and what becomes of an interpreter that ends.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { paramOf, respond } from "../support/digest-client.ts";
import { eventually, type Gw, runGw, startGw } from "../support/gw.ts";
import { describeWith, WITH_PYTHON } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { APPS, PYTHON } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const HOOKS = join(APPS, "hooks/hooks.py");
const ECHO = join(APPS, "hooks/echo.ts");
const WITH = ["--python", PYTHON ?? "python3"];
const causeOf = (answer: Response) => /details="(\w+)"/.exec(answer.headers.get("proxy-status") ?? "")?.[1];

function as(user: string | undefined, password = "right"): RequestInit {
  return user === undefined ? {} : { headers: { authorization: `Basic ${btoa(`${user}:${password}`)}` } };
}

describeWith(WITH_PYTHON)("auth with scripts in Python", () => {
  let gw: Gw;
  const ask = (path: string, user?: string, password?: string) =>
    fetch(new URL(path, gw.url), as(user, password));

  beforeAll(async () => {
    const scripts = [
      "--host-access-script",
      HOOKS,
      "--auth-user-script",
      HOOKS,
      "--auth-group-script",
      HOOKS,
    ];
    const said = ["--auth-group", "staff", "--auth-group", "/guests=guests", "--auth-failures", "0"];
    gw = await startGw([ECHO, ...WITH, ...scripts, ...said, "--auth-timeout", "2s"]);
  });
  afterAll(async () => {
    await gw[Symbol.asyncDispose]();
  });

  test.each<[path: string, user: string | undefined, status: number, cause: string | undefined]>([
    ["/", "ann", 200, undefined],
    ["/access/false", "ann", 403, "access_denied"],
    ["/access/odd", "ann", 403, "access_denied"],
    ["/access/throws", "ann", 403, "access_denied"],
    ["/", undefined, 401, "unauthorized"],
    ["/", "nobody", 401, "unauthorized"],
    ["/", "bob", 401, "unauthorized"],
    ["/guests", "bob", 200, undefined],
    ["/", "odd", 500, "auth_failed"],
    ["/", "empty", 500, "auth_failed"],
    ["/", "throws", 500, "auth_failed"],
    ["/", "hangs", 500, "auth_timeout"],
  ])("auth in python: %s as %s: %d %s", async (path, user, status, cause) => {
    const answer = await ask(path, user);
    expect([answer.status, causeOf(answer)]).toEqual([status, cause]);
  });

  test("auth in python: another name is the user's, and a wrong password is none", async () => {
    const fields = Object.fromEntries((await (await ask("/guests", "bob")).json()) as [string, string][]);
    expect(fields["x-remote-user"]).toBe("robert");
    expect((await ask("/", "ann", "wrong")).status).toBe(401);
  });

  test("auth in python: what a hook sees, and what it raises, with its line", async () => {
    await ask("/access/seen", "ann");
    await gw.until(/\[auth \d\] seen 127\.0\.0\.1 127\.0\.0\.1 GET None\n/);
    await gw.until(/\[auth \d\] tls 0 off None\n/);
    await ask("/", "throws");
    await gw.until(/\[auth \d\] {3}File "\S+hooks\.py", line \d+, in check_password\n/);
  });

  test("auth in python: an answer that hung on the user alone is believed for a while", async () => {
    for (let at = 0; at < 3; at++) expect((await ask("/", "ann")).status).toBe(200);
    expect(gw.stdout().match(/\[auth \d\] asked ann\n/g)?.length ?? 0).toBeLessThan(3);
  });

  test("auth in python: an interpreter that is killed is replaced, and nobody else fails", async () => {
    expect([503, 403]).toContain((await ask("/access/kill", "ann")).status);
    // One that ends soon after its start is started again a moment later, which may be more than a request waits for.
    await eventually(async () => (await ask("/", "ann")).status === 200, "another one answers");
  });
});

describeWith(WITH_PYTHON)("auth with scripts in Python, otherwise", () => {
  test("auth in python: Digest, by the hash that mod_wsgi's scripts return", async () => {
    const said = ["--auth-user-script", HOOKS, "--auth-type", "Digest", "--auth-realm", "shop"];
    await using gw = await startGw([ECHO, ...WITH, ...said]);
    let challenge = (await fetch(gw.url)).headers.get("www-authenticate") ?? "";
    // The hook knows users by MD5 alone, which gw learns when it is asked.
    for (let tries = 0; tries < 3; tries++) {
      const algorithm = challenge.includes("SHA-256") ? ("SHA-256" as const) : ("MD5" as const);
      const authorization = respond({
        realm: "shop",
        nonce: paramOf(challenge, "nonce") ?? "",
        opaque: paramOf(challenge, "opaque") ?? "",
        user: "ann",
        password: "right",
        algorithm,
      });
      const answer = await fetch(gw.url, { headers: { authorization } });
      if (answer.status === 200) return;
      challenge = answer.headers.get("www-authenticate") ?? "";
    }
    throw new Error(`never let in: ${challenge}`);
  });

  test("auth in python: a script that lacks its function, or does not load, is told by name", async () => {
    using dir = makeTempDir();
    const refusalOf = async (text: string) => {
      const script = dir.write("hooks.py", text);
      const said = ["start-server", ECHO, "--port", "0", ...WITH, "--auth-user-script", script];
      const { code, stderr } = await runGw(said);
      expect(code).toBe(1);
      return stderr;
    };
    expect(await refusalOf("def other(): pass\n")).toContain("has no function check_password");
    expect(await refusalOf("import no_such_module\n")).toContain("there is no module no_such_module");
  });
});
