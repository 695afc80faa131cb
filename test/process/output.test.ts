// What an app prints, as the operator of the real gw sees it.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { launchGw, startGw } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const SERVE = `export default { fetch: () => new Response("hello") };`;

describe("output", () => {
  test("each line bears its worker; stdout and stderr stay apart", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", `console.log("to stdout"); console.error("to stderr"); ${SERVE}`);
    await using gw = await startGw([app, "--processes", "2"]);
    await gw.stop();
    expect(
      gw
        .stdout()
        .match(/^\[worker \d\] to stdout$/gm)
        ?.toSorted(),
    ).toEqual(["[worker 1] to stdout", "[worker 2] to stdout"]);
    expect(
      gw
        .stderr()
        .match(/^\[worker \d\] to stderr$/gm)
        ?.toSorted(),
    ).toEqual(["[worker 1] to stderr", "[worker 2] to stderr"]);
  });

  test("a last line without its end is shown", async () => {
    using dir = makeTempDir();
    await using gw = launchGw([
      "start-server",
      dir.write(
        "app.ts",
        `process.stderr.write("last words", () => process.exit(3));
      await new Promise(() => setInterval(() => {}, 1000));`,
      ),
      "--port",
      "0",
    ]);
    expect(await gw.exited).toBe(1);
    expect(gw.stderr()).toMatch(/^\[worker 1\] last words$/m);
  });

  test("a megabyte without an end is shown in marked pieces, whole", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `process.stdout.write("x".repeat(1024 * 1024) + "\\nafter\\n"); ${SERVE}`,
    );
    await using gw = await startGw([app]);
    await gw.until(/^\[worker 1\] after$/m);
    const pieces = [...gw.stdout().matchAll(/^\[worker 1\] (x+)( \\[line continues\\])?/gm)].map(
      (match) => match[1]!.length,
    );
    expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(1024 * 1024);
    expect(Math.max(...pieces)).toBe(16 * 1024);
  });

  test("nothing an app prints can forge a line of gw or reach the terminal's cursor", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `process.stdout.write("a\\rgw: serving http://evil/\\n\\x1b[2Jb\\0\\n"); ${SERVE}`,
    );
    await using gw = await startGw([app]);
    await gw.stop();
    expect(gw.stdout()).toContain("[worker 1] a\\x0dgw: serving http://evil/\n[worker 1] \\x1b[2Jb\\x00\n");
    expect(gw.stdout().match(/^gw: serving/gm)?.length).toBe(1);
  });

  test("a reader who has gone does not end the server", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `export default { fetch: () => { console.log("request"); return new Response("hello"); } };`,
    );
    await using gw = await startGw([app]);
    await gw.closeStdout();
    for (let n = 0; n < 20; n++) expect(await (await fetch(gw.url)).text()).toBe("hello");
    expect(await gw.stop()).toBe(0);
  });
});
