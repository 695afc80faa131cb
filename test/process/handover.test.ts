// What becomes of requests that are there when front ends are replaced: what waits is served, what runs has its time, and
// nothing that an app may have done is told as if it had not.
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { control, obey, statusOf } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { urlDoing, writeObedientApp } from "../support/obedient-app.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const waiting = async (gw: Gw) =>
  (await statusOf(gw)).groups.reduce((sum, { queueLength }) => sum + queueLength, 0);

test("handover: requests that wait in the queue are served although their front end leaves", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeObedientApp(dir), "--concurrency", "1", "--graceful-timeout", "1s"]);
  const go = join(dir.path, "go");
  const first = `console.log("begins"); while (!fs.existsSync(${JSON.stringify(go)})) await Bun.sleep(10);`;
  const asked = [first, ...Array.from({ length: 3 }, () => "await Bun.sleep(700);")];
  const answers: Promise<string>[] = [];
  for (const code of asked) {
    answers.push(fetch(urlDoing(gw, `${code} return new Response("done");`)).then((answer) => answer.text()));
    await gw.until(/\] begins/);
  }
  await eventually(async () => (await waiting(gw)) === 3, "three wait");
  await obey(gw, "restart", "--front");
  // From now on they take longer than the time that a request has.
  dir.write("go", "");
  expect(await Promise.all(answers)).toEqual(["done", "done", "done", "done"]);
  expect(gw.stderr()).not.toContain("refused");
});

test("handover: requests that gw pause holds are held on, and served when the pause is over", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeObedientApp(dir), "--graceful-timeout", "500ms"]);
  await obey(gw, "pause", "--for", "10m");
  const held = fetch(urlDoing(gw, 'return new Response("done");')).then((answer) => answer.text());
  await eventually(async () => (await waiting(gw)) === 1, "it waits");
  await obey(gw, "restart", "--front");
  await eventually(async () => (await waiting(gw)) === 1, "it waits on");
  await obey(gw, "resume");
  expect(await held).toBe("done");
});

test("handover: what has outlasted its time on a worker is told so, to the client and in the worker's last line", async () => {
  using dir = makeTempDir();
  const app = writeObedientApp(dir);
  await using gw = await startGw([app, "--graceful-timeout", "500ms", "--shutdown-timeout", "10s"]);
  const code = 'console.log("begins"); await new Promise(() => {});';
  const running = fetch(urlDoing(gw, code, "/pay"), { method: "POST", body: "x" });
  await gw.until(/\] begins/);
  expect((await control(gw, "restart", "--front")).code).toBe(0);
  const answer = await running;
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([504, null]);
  expect(answer.headers.get("proxy-status")).toContain('"worker_stopped"');
  await gw.until(/warn +worker 1 ended .* request="POST \/pay" /);
});
