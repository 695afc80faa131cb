// gw pause and gw resume on the real gw: requests wait in order and all go on, and nothing is promised that is not so.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { control, obey, statusOf, textOf } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const groupOf = async (gw: Gw) => {
  const [group] = (await statusOf(gw)).groups;
  if (!group) throw new Error("there is no group");
  return group;
};

const queues = (gw: Gw, count: number) =>
  eventually(async () => (await groupOf(gw)).queueLength === count, `${count} requests wait`);

const causeOf = (answer: Response) =>
  `${answer.status} ${/details="(\w+)"/.exec(answer.headers.get("Proxy-Status") ?? "")?.[1]}`;

describe("pause", () => {
  test("pause: requests are held, and answered in their order after resume, also by another front end", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `let count = 0; export default { fetch: ({ url }) => new Response(++count + " " + new URL(url).pathname) };`,
    );
    await using gw = await startGw([app, "--concurrency", "1"]);
    expect((await control(gw, "resume")).code).toBe(0);
    await obey(gw, "pause");
    expect(await groupOf(gw)).toMatchObject({ state: "paused", pausedUntil: expect.any(String) });
    const held: Promise<string>[] = [];
    for (const n of [1, 2, 3]) {
      held.push(textOf(`${gw.url}${n}`));
      await queues(gw, n);
    }
    await obey(gw, "resume");
    expect(await Promise.all(held)).toEqual(["1 /1", "2 /2", "3 /3"]);

    await obey(gw, "pause");
    const [front] = (await statusOf(gw)).fronts;
    process.kill(front?.pid ?? 0, "SIGKILL");
    await eventually(async () => {
      const [next] = (await statusOf(gw)).fronts;
      return next?.state === "ready" && next.pid !== front?.pid;
    }, "another front end serves");
    const late = textOf(`${gw.url}late`);
    await queues(gw, 1);
    await obey(gw, "resume");
    expect(await late).toBe("4 /late");
  });

  test("pause: it is done when what runs is done, and fails when that takes too long", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `export default { async fetch({ url }) {
        if (!url.endsWith("/slow")) return new Response("");
        console.log("begun");
        await new Promise((go) => process.once("SIGUSR2", go));
        return new Response(String(process.pid));
      } };`,
    );
    await using gw = await startGw([app, "--graceful-timeout", "2s"]);
    const pid = (await groupOf(gw)).workers[0]?.pid ?? 0;
    const slow = textOf(`${gw.url}slow`);
    await gw.until(/begun/);
    const { code, stderr } = await control(gw, "pause");
    expect([code, stderr]).toEqual([1, expect.stringContaining("1 request was not finished within 2 s")]);
    expect((await groupOf(gw)).state).toBe("serving");
    const pause = obey(gw, "pause", "--for", "4s");
    await eventually(async () => (await groupOf(gw)).state === "paused", "it is paused");
    process.kill(pid, "SIGUSR2");
    expect(await slow).toBe(String(pid));
    await pause;
    expect((await fetch(gw.url)).status).toBe(200);
    expect(gw.stderr()).toContain("a pause is over by itself");
    const late = await control(gw, "resume");
    expect([late.code, late.stdout]).toEqual([
      1,
      expect.stringMatching(/^the pause of default ran out \d+ s ago/),
    ]);
    expect(await obey(gw, "resume")).toBe("nothing was paused\n");
  });

  test("pause: a shorter one that follows takes nothing from a longer one", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    expect(await obey(gw, "pause", "--for", "10m")).toMatch(/for (10 min 0 s|9 min \d+ s) at most\n$/);
    const { pausedUntil } = await groupOf(gw);
    expect(await obey(gw, "pause", "default", "--for", "1s")).toMatch(
      /for (10 min 0 s|9 min \d+ s) at most\n$/,
    );
    expect(Date.parse(String((await groupOf(gw)).pausedUntil))).toBeCloseTo(
      Date.parse(String(pausedUntil)),
      -2,
    );
  });

  test("pause: whoever has waited for too long is told why", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--queue-timeout", "300ms"]);
    await obey(gw, "pause");
    expect(causeOf(await fetch(gw.url))).toBe("503 paused");
  });
});

test.each(["stop", "SIGTERM"])("pause: %s refuses what is held, and runs none of it", async (how) => {
  using dir = makeTempDir();
  const app = dir.write(
    "app.ts",
    `export default { async fetch(request) { console.log("ran " + new URL(request.url).pathname + (await request.text())); return new Response(""); } };`,
  );
  await using gw = await startGw([app]);
  await obey(gw, "pause");
  const held = [fetch(`${gw.url}get`), fetch(`${gw.url}post`, { method: "POST", body: "x" })];
  await queues(gw, held.length);
  if (how === "stop") await obey(gw, "stop");
  else gw.signal(how);
  expect((await Promise.all(held)).map(causeOf)).toEqual(["503 shutting_down", "503 shutting_down"]);
  expect(await gw.exited).toBe(0);
  expect(gw.stdout() + gw.stderr()).not.toContain("ran ");
});

describe("pause and reload", () => {
  const configure = (dir: TempDir, more: object) =>
    dir.write("gw.config.json", JSON.stringify({ app: "app.ts", ...more }));

  test("pause: it outlasts reloads, and all that wait go on, whichever front ends they wait in", async () => {
    using dir = makeTempDir();
    writeProcessApp(dir);
    configure(dir, {});
    await using gw = await startGw(["--config", join(dir.path, "gw.config.json")]);
    await obey(gw, "pause");
    const held = [textOf(gw.url)];
    await queues(gw, 1);
    await obey(gw, "reload");
    held.push(textOf(gw.url));
    await queues(gw, 2);
    configure(dir, { limitRequestBody: "1M" });
    await obey(gw, "reload");
    held.push(textOf(gw.url));
    await queues(gw, 3);
    expect((await groupOf(gw)).state).toBe("paused");
    await obey(gw, "resume");
    for (const answer of await Promise.all(held)) expect(answer).toMatch(/^\d+$/);
  });

  test("pause: one that ends while new front ends come up has ended for them, too", async () => {
    using dir = makeTempDir();
    writeProcessApp(dir);
    configure(dir, {});
    await using gw = await startGw(["--config", join(dir.path, "gw.config.json"), "--queue-timeout", "2s"]);
    await obey(gw, "pause");
    dir.write(
      "app.ts",
      `console.log("loading"); while (!(await Bun.file("go").exists())) await Bun.sleep(10);
       export default { fetch: () => new Response("new") };`,
    );
    configure(dir, { limitRequestBody: "1M" });
    const reload = obey(gw, "reload");
    await gw.until(/loading/);
    await obey(gw, "resume");
    dir.write("go", "");
    await reload;
    expect(await textOf(gw.url)).toBe("new");
  });
});
