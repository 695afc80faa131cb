// What gw tells the operator's program or URL, on the real executable.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerEvent } from "../../src/link/server-events.ts";
import { control, obey } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { childInRole } from "../support/proc-status.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makePublicDir, makeTempDir } from "../support/temp-dir.ts";
import { keepEvents, toldEvents } from "../support/told-events.ts";

setDefaultTimeout(60_000);

test("events: a crash, a refused reload, and that it is over, each to a command as JSON; one that fails holds up nothing", async () => {
  using dir = makeTempDir();
  const file = `${dir.path}/events`;
  const command = `${keepEvents(file)}; test "$GW_EVENT" != crash`;
  await using gw = await startGw([writeProcessApp(dir), "--on-event", command]);
  const told = () => toldEvents(file);
  expect((await fetch(`${gw.url}exit?code=3`)).status).toBe(502);
  await gw.until(/notifier: an event could not be told event=crash why="the command ended with exit code 1"/);
  dir.write("app.ts", "throw new Error('broken by hand');");
  expect((await control(gw, "reload")).code).toBe(1);
  writeProcessApp(dir);
  await obey(gw, "reload");
  await eventually(() => told().length === 3, "three events were told");
  expect(told().map(({ event, subject }) => [event, subject])).toEqual([
    ["crash", "worker 1"],
    ["reload_refused", "reload"],
    ["recovered", "reload"],
  ]);
  const [crash] = told();
  expect(crash).toMatchObject({
    message: "worker 1 ended: crash, exit code 3",
    details: { reason: "crash", kind: "app_exit", request: { path: "/exit" } },
    server: { pid: gw.pid, urls: [gw.url] },
  });
});

test("events: a URL gets them, also after the process that tells them was killed", async () => {
  using dir = makeTempDir();
  const got: ServerEvent[] = [];
  await using hook = Bun.serve({
    port: 0,
    async fetch(request) {
      got.push((await request.json()) as ServerEvent);
      return new Response();
    },
  });
  const url = `http://127.0.0.1:${hook.port}/hook?key=secret`;
  await using gw = await startGw([writeProcessApp(dir), "--on-event", url]);
  process.kill(childInRole(gw.pid, "__notifier").pid, "SIGKILL");
  await eventually(
    () => got.some(({ subject }) => subject === "notifier"),
    "its own end is told by its successor",
  );
  await fetch(`${gw.url}exit?code=3`);
  await eventually(() => got.some(({ subject }) => subject === "worker 1"), "the crash was told");
  expect(await gw.stop()).toBe(0);
  expect(gw.stderr()).not.toContain("secret");
});

test("events: a certificate near its end is told of once, and clients are served with it", async () => {
  using dir = makeTempDir();
  const file = `${dir.path}/events`;
  expect((await runGw(["certificate", "--self-signed", dir.path, "--days", "5"])).code).toBe(0);
  const tls = [
    "--ssl-certificate-file",
    `${dir.path}/cert.pem`,
    "--ssl-certificate-key-file",
    `${dir.path}/key.pem`,
  ];
  const args = [writeProcessApp(dir), "--https-port", String(freePort()), ...tls];
  await using gw = await startGw([...args, "--on-event", keepEvents(file)]);
  await eventually(() => existsSync(file) && readFileSync(file, "utf8").endsWith("\n"), "it was told");
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    event: "certificate_expires",
    message: expect.stringMatching(/cert\.pem" expires on .*, in 4 days/),
  });
  const answer = await fetch(gw.url, { tls: { rejectUnauthorized: false } });
  expect(answer.status).toBe(200);
});

testWith(AS_ROOT)(
  "events: the command runs as the user of the app, and never as root beside one",
  async () => {
    using dir = makePublicDir();
    using out = makePublicDir();
    chmodSync(out.path, 0o777);
    const who = join(out.path, "who");
    const place = ["--server-root", join(dir.path, "root")];
    const args = [writeProcessApp(dir), "--user", "nobody", ...place, "--on-event", `id -un > ${who}`];
    await using gw = await startGw(args);
    await fetch(`${gw.url}exit?code=3`);
    await eventually(() => existsSync(who) && readFileSync(who, "utf8") !== "", "it ran");
    expect(readFileSync(who, "utf8")).toBe("nobody\n");
  },
);

test("events: a URL of a stranger without TLS is refused by name", async () => {
  const { code, stderr } = await runGw(["check-config", "--on-event", "http://example.com/hook"]);
  expect([code, stderr]).toEqual([
    78,
    expect.stringContaining("a URL with https, or one with http on this machine"),
  ]);
});
