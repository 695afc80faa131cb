// As faults-told.test.ts, for what is decided on the way to a worker: whose site, which file, who may ask, and how often.
import { expect, setDefaultTimeout } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { makeFileTree } from "../support/file-tree.ts";
import type { GwOptions } from "../support/gw.ts";
import { AS_ROOT, ON_LINUX, testWith } from "../support/needs.ts";
import { expectToldAlike, type Step, seenOf, startTelling, walk } from "../support/told-places.ts";
import { APPS } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const HOOKS = join(APPS, "hooks/hooks.ts");
/** Reading it is an error, EINVAL: there is no cable to this one. */
const UNREADABLE = "/sys/class/net/lo/speed";

testWith(ON_LINUX)("told alike: what sites, files, hooks and rates refuse", async () => {
  using tree = makeFileTree({
    "app.ts": `export default { fetch: () => new Response("fine") };`,
    "files/a.txt": "0123456789",
  });
  symlinkSync("/etc/passwd", join(tree.path, "files/out"));
  const app = join(tree.path, "app.ts");
  const hooks = { app, hostAccessScript: HOOKS, authUserScript: HOOKS, authTimeout: "1s", authFailures: 1 };
  const groups = {
    files: {
      app,
      serverName: "files.test",
      allowLocalhost: true,
      urlAlias: { "/f": join(tree.path, "files") },
    },
    system: { app, serverName: "system.test", urlAlias: { "/speed": UNREADABLE }, followSymlinks: true },
    rates: { app, serverName: "rates.test", rateLimit: ["address 1/h"] },
    mounted: { app, serverName: "mounted.test", mount: "/app" },
    hooks: { ...hooks, serverName: "hooks.test" },
    dying: { ...hooks, serverName: "dying.test" },
  };
  const user = AS_ROOT.isMet ? ["--user", "nobody"] : [];
  const config = tree.put("gw.config.json", JSON.stringify({ groups }));
  const where: GwOptions = { env: { TMPDIR: tree.path } };
  await using gw = Object.assign(await startTelling(["--config", config, ...user], where), {
    tmp: tree.path,
  });

  const ask = async (host: string, path: string, fields: Record<string, string> = {}, method = "GET") => {
    const answer = await fetch(new URL(path, gw.url), { method, headers: { ...fields, host } });
    await answer.bytes();
    return seenOf(answer);
  };
  const file = (path: string, fields = {}, method = "GET") => ask("files.test", path, fields, method);
  const as = (user: string, password = "right") => ({
    authorization: `Basic ${btoa(`${user}:${password}`)}`,
  });
  const wrong = async () => ask("hooks.test", "/", as("ann", "wrong"));
  const odd = ask("hooks.test", "/", as("odd"));
  const firstTry = odd.then(wrong);
  const proxied = { "X-Forwarded-For": "203.0.113.9" };
  const steps: Step[] = [
    ["unknown_host", 421, () => ask("other.test", "/")],
    ["not_mounted", 404, () => ask("mounted.test", "/")],
    ["status_forbidden", 403, () => file("/server-status", proxied)],
    ["file_not_found", 404, () => file("/f/none")],
    ["file_forbidden", 403, () => file("/f/out")],
    ["method_not_allowed", 405, () => file("/f/a.txt", {}, "DELETE")],
    ["precondition_failed", 412, () => file("/f/a.txt", { "if-match": '"x"' })],
    ["range_not_satisfiable", 416, () => file("/f/a.txt", { range: "bytes=20-" })],
    ["file_failed", 503, () => ask("system.test", "/speed")],
    ["rate_limited", 429, async () => (await ask("rates.test", "/")) && ask("rates.test", "/")],
    ["access_denied", 403, () => ask("hooks.test", "/access/false")],
    ["auth_timeout", 500, () => ask("hooks.test", "/access/never")],
    ["unauthorized", 401, () => ask("hooks.test", "/")],
    ["auth_failed", 500, () => odd],
    ["unauthorized", 401, () => firstTry],
    ["too_many_failures", 429, async () => (await firstTry) && wrong()],
    ["auth_unavailable", 503, () => ask("dying.test", "/access/die")],
  ];
  await walk(gw, steps);
  await expectToldAlike(gw, steps);
  expect(gw.stderr()).toMatch(/cause=unknown_host .* why=other\.test/);
});
