// How a start is announced, and how it is refused, by the real gw.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launchGw, runGw, startGw } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const HELLO = `export default { fetch: () => new Response("hello") };`;

describe("startup", () => {
  test("one line on stdout says where gw serves, and there it serves", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", HELLO)]);
    expect(gw.stdout().match(/^gw: serving .*$/gm)).toEqual([`gw: serving http://127.0.0.1:${gw.port}/`]);
    expect(gw.stdout().trimEnd().split("\n").at(-1)).toStartWith("gw: serving ");
    expect(await (await fetch(gw.url)).text()).toBe("hello");
    expect(await gw.stop()).toBe(0);
    expect(readdirSync(gw.tmp)).toEqual([]);
  });

  test("a wildcard address is announced as localhost", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", HELLO), "--host", "0.0.0.0"]);
    expect(gw.url).toBe(`http://localhost:${gw.port}/`);
    expect(await (await fetch(gw.url)).text()).toBe("hello");
  });

  test("several workers and fronts serve together on one port", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", `export default { fetch: () => new Response(String(process.pid)) };`);
    await using gw = await startGw([app, "--processes", "3", "--front-ends", "2"]);
    const answers = await Promise.all(
      Array.from({ length: 60 }, async () => (await fetch(gw.url, { keepalive: false })).text()),
    );
    expect(answers.every((pid) => Number(pid) > 0)).toBe(true);
    expect(await gw.stop()).toBe(0);
  });

  test("in embedded mode the app owns the port", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", HELLO), "--embedded-mode"]);
    expect(await (await fetch(gw.url)).text()).toBe("hello");
    expect(await gw.stop()).toBe(0);
    expect(readdirSync(gw.tmp)).toEqual([]);
  });

  test("a second gw on the same port and server root is refused with the pid of the first", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", HELLO);
    const root = join(dir.path, "root");
    await using first = await startGw([app, "--server-root", root]);
    const second = await runGw(["start-server", app, "--port", "0", "--server-root", root]);
    expect(second.stderr).toContain(`Another gw (pid ${first.pid}) is running in ${root}`);
    expect({ code: second.code, stdout: second.stdout }).toEqual({ code: 69, stdout: "" });
    expect(await (await fetch(first.url)).text()).toBe("hello");
    expect(await first.stop()).toBe(0);
    expect(existsSync(root)).toBe(false);
  });

  test("a second gw on the same port is refused, never shared with", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", HELLO);
    await using first = await startGw([app]);
    const second = await runGw(["start-server", app, "--host", "127.0.0.1", "--port", String(first.port)]);
    expect(second.stderr).toContain(`Port ${first.port} on 127.0.0.1 is taken`);
    expect(second.stderr).toMatch(/by process \d+ \(/);
    expect({ code: second.code, stdout: second.stdout }).toEqual({ code: 69, stdout: "" });
  });

  test("of several started at once on one port, with server roots of their own, no two serve", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", HELLO);
    using free = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { port } = free;
    free.stop(true);
    const starts = Array.from({ length: 4 }, () => startGw([app, "--port", String(port)]));
    const results = await Promise.allSettled(starts);
    const served = results.filter((result) => result.status === "fulfilled");
    for (const { value } of served) await value[Symbol.asyncDispose]();
    expect(served.length).toBeLessThanOrEqual(1);
    for (const result of results)
      if (result.status === "rejected")
        expect(String(result.reason)).toContain(`Port ${port} on 127.0.0.1 is taken`);
  });

  test("of several started at once in one server root exactly one serves", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", HELLO);
    const root = join(dir.path, "root");
    const starts = Array.from({ length: 5 }, () => startGw([app, "--server-root", root]));
    const results = await Promise.allSettled(starts);
    const served = results.filter((result) => result.status === "fulfilled");
    for (const { value } of served) await value[Symbol.asyncDispose]();
    expect(served.length).toBe(1);
    for (const result of results)
      if (result.status === "rejected") expect(String(result.reason)).toContain("Another gw (pid ");
    expect(existsSync(root)).toBe(false);
  });

  test("what a killed gw left behind is removed with a word, and the start goes on", async () => {
    using dir = makeTempDir();
    const root = join(dir.path, "root");
    mkdirSync(join(root, "run"), { recursive: true, mode: 0o700 });
    writeFileSync(join(root, "run/w1.sock"), "");
    writeFileSync(join(root, "gw.pid"), "4194305 1\n");
    await using gw = await startGw([dir.write("app.ts", HELLO), "--server-root", root]);
    expect(gw.stderr()).toContain("removed what a dead gw left behind");
    expect(await (await fetch(gw.url)).text()).toBe("hello");
  });

  const broken: [string, string, RegExp, string][] = [
    [
      "throws",
      `throw new Error("no database");\nexport default {};`,
      /no database[\s\S]*app\.ts:1/,
      "The app could not be loaded",
    ],
    [
      "leaves",
      `process.exit(3);`,
      /exit code 3/,
      "The worker ended while starting the app, in step load: exit code 3",
    ],
  ];
  test.each(broken)(
    "an app that %s at start ends gw with the app's words and code 1",
    async (_name, text, words, sentence) => {
      using dir = makeTempDir();
      await using gw = launchGw([
        "start-server",
        dir.write("app.ts", text),
        "--port",
        "0",
        "--processes",
        "2",
      ]);
      expect(await gw.exited).toBe(1);
      expect(gw.stderr()).toMatch(words);
      expect(gw.stderr().split(sentence).length).toBe(2);
      expect(gw.stderr()).not.toMatch(/\$bunfs|src\/(worker|supervisor|cli)\//);
      expect(gw.stdout()).not.toContain("gw: serving");
      expect(readdirSync(gw.tmp)).toEqual([]);
    },
  );

  test("an app that never finishes importing is named by its step when the startup timeout is over", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `await new Promise((go) => setTimeout(go, 2 ** 30));\nexport default {};`,
    );
    const { code, stderr } = await runGw(["start-server", app, "--port", "0", "--startup-timeout", "2s"]);
    expect(stderr).toContain(
      "The app was not ready 2 s after its worker was started; it was still in step: load",
    );
    expect(code).toBe(1);
  });
});
