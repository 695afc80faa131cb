// Programs that gw runs beside the app, on the real gw.
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { control, obey, statusOf, textOf, workersOf } from "../support/control.ts";
import { eventually, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const MAIL = `console.log("mail begins"); setInterval(() => {}, 1000);
  process.on("SIGTERM", () => { console.log("mail leaves"); process.exit(0); });`;

test("services: started, shown, started again when they end, replaced by reloads, told to go", async () => {
  using dir = makeTempDir();
  const app = writeProcessApp(dir);
  const mail = dir.write("mail.ts", MAIL);
  await using gw = await startGw([app, "--service-script", "mail", mail]);
  await gw.until(/^\[service:mail\] mail begins$/m);
  const serviceOf = async () => workersOf(await statusOf(gw), "service:mail")[0];
  const first = await serviceOf();
  expect(first).toMatchObject({ state: "ready", app: mail });
  const answers = await Promise.all(Array.from({ length: 20 }, () => textOf(gw.url)));
  expect(answers).not.toContain(String(first?.pid));

  process.kill(first?.pid ?? 0, "SIGKILL");
  await eventually(async () => {
    const next = await serviceOf();
    return next?.state === "ready" && next.pid !== first?.pid;
  }, "the service runs again");
  expect(gw.stderr()).toContain("service:mail is started again");

  dir.write("mail.ts", "throw new Error('no mail');");
  const second = await serviceOf();
  const { code, stderr } = await control(gw, "reload");
  expect([code, stderr]).toEqual([1, expect.stringMatching(/service:mail: [\s\S]*no mail/)]);
  expect((await serviceOf())?.pid).toBe(second?.pid ?? 0);
  dir.write("mail.ts", MAIL.replace("mail begins", "new mail begins"));
  await obey(gw, "reload", "--wait");
  expect(gw.stdout() + gw.stderr()).toMatch(/\[service:mail\] mail leaves/);
  expect((await serviceOf())?.pid).not.toBe(second?.pid ?? 0);
  await gw.until(/new mail begins/);

  expect(await gw.stop()).toBe(0);
  expect((gw.stdout() + gw.stderr()).split("mail leaves")).toHaveLength(3);
});

test("services: one that listens by itself keeps its port to itself", async () => {
  using dir = makeTempDir();
  const service = join(import.meta.dir, "../apps/services/serves-itself.ts");
  await using gw = await startGw([writeProcessApp(dir), "--service-script", "own", service]);
  const output = await gw.until(/port: \d+/);
  const port = /port: (\d+)/.exec(output)?.[1];
  expect(await textOf(`http://127.0.0.1:${port}/`)).toBe("the service's own");
  expect(await textOf(gw.url)).toMatch(/^\d+$/);
});
