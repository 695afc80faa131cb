// stdout and stderr of apps on the real gw: pipes as under a shell, and what becomes of their lines and colours.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, closeSync, readSync } from "node:fs";
import { openPipe } from "../../ffi/pipe.ts";
import { environment, eventually, gwCommand, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

/** Writes in each way that there is; the last word comes last. */
const WRITES = `
  import fs from "node:fs";
  const big = (letter) => letter.repeat(1024 * 1024) + "\\n";
  fs.writeSync(1, big("a"));
  process.stdout.write(big("b"));
  fs.writeSync(1, big("c"));
  console.log(big("d"));
  fs.writeFileSync("/dev/stdout", "by name\\n");
  fs.writeFileSync("/dev/stderr", "error by name\\n");
  Bun.spawnSync(["sh", "-c", "echo by shell > /dev/stdout; echo error by shell > /dev/stderr"],
    { stdio: ["ignore", "inherit", "inherit"] });
  fs.writeSync(2, "all written\\n");
  export default { fetch: () => new Response("hello") };`;

/** How often a letter stands in the long lines. */
const countOf = (letter: string, text: string) =>
  (text.match(new RegExp(`${letter}{100,}`, "g")) ?? []).reduce((sum, { length }) => sum + length, 0);

async function expectAllWritten(app: string, args: string[]): Promise<void> {
  await using gw = await startGw([app, ...args]);
  await gw.until(/^\[worker 1\] all written$/m);
  // The runtime's stream writes when the others leave it room.
  for (const letter of "abcd") await gw.until(() => countOf(letter, gw.stdout()) >= 1024 * 1024);
  expect([..."abcd"].map((letter) => countOf(letter, gw.stdout()))).toEqual(Array(4).fill(1024 * 1024));
  await gw.until(/^\[worker 1\] by shell$/m);
  expect(gw.stdout()).toMatch(/^\[worker 1\] by name$/m);
  expect(gw.stderr()).toMatch(/^\[worker 1\] error by name$/m);
  expect(gw.stderr()).toMatch(/^\[worker 1\] error by shell$/m);
}

describe("output pipes", () => {
  test("output pipes: every way to write waits for its reader, and they can be opened by name", async () => {
    using dir = makeTempDir();
    await expectAllWritten(dir.write("app.ts", WRITES), []);
  });

  testWith(AS_ROOT)("output pipes: the same for another user, whose the pipes are", async () => {
    using dir = makeTempDir();
    chmodSync(dir.path, 0o755);
    const args = ["--user", "nobody", "--server-root", `${dir.path}/root`];
    await expectAllWritten(dir.write("app.ts", WRITES), args);
  });

  test("output pipes: no process has the pipes of another, so that each ends with its own", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `const list = Bun.spawnSync(["ls", "-l", "/proc/self/fd"]).stdout.toString();
       export default { fetch: () => Response.json({ pid: process.pid, list }) };`,
    );
    await using gw = await startGw([app, "--processes", "2"]);
    const { list } = (await (await fetch(gw.url)).json()) as { list: string };
    // 3 is the directory that ls reads.
    expect(list.match(/ \d+ -> /g)?.map((match) => Number.parseInt(match, 10))).toEqual([0, 1, 2, 3]);
    // With a pipe of the dead one in other hands its end would be told half a second late, and never cleanly.
    const held = [...list.matchAll(/pipe:\[\d+\]/g)].length;
    expect(held).toBeLessThanOrEqual(2);
  });
});

/** A gw whose stdout is a pipe that the test reads, or does not. */
async function startUnread(dir: TempDir, app: string) {
  const pipe = openPipe();
  if (!pipe?.ok) throw new Error("no pipe");
  const { readEnd, writeEnd } = pipe.value;
  const child = Bun.spawn([...gwCommand(), "start-server", app, "--port", "0", "--host", "127.0.0.1"], {
    cwd: dir.path,
    env: environment(dir.path),
    stdio: ["ignore", writeEnd, "pipe"],
  });
  closeSync(writeEnd);
  let text = "";
  const buffer = Buffer.alloc(64 * 1024);
  const read = () => {
    try {
      text += buffer.toString("latin1", 0, readSync(readEnd, buffer));
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
    return text;
  };
  const url = () => /^gw: serving (\S+)$/m.exec(read())?.[1] ?? "";
  await eventually(() => url() !== "", "gw serves");
  return {
    url: url(),
    read,
    stderr: new Response(child.stderr).text(),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
      closeSync(readEnd);
    },
  };
}

const FLOODS = `
  import { writeSync } from "node:fs";
  const line = "x".repeat(1023) + "\\n";
  export default { fetch(request) {
    if (request.url.endsWith("/flood")) for (let n = 0; n < 5000; n++) writeSync(1, line);
    return new Response("hello");
  } };`;

describe("output: a reader who has stopped", () => {
  test("output: nobody reads a pipe: apps print and serve on, and what was dropped is counted", async () => {
    using dir = makeTempDir();
    await using gw = await startUnread(dir, dir.write("app.ts", FLOODS));
    for (let n = 0; n < 3; n++) expect(await (await fetch(`${gw.url}flood`)).text()).toBe("hello");
    await eventually(
      () => /^gw: \d+ lines were dropped here because nobody read them$/m.test(gw.read()),
      "it is told",
    );
    const lines = gw.read().match(/^\[worker 1\] x+$/gm)?.length ?? 0;
    expect(lines).toBeGreaterThan(0);
  });

  test("output: a terminal that stands still holds up neither apps nor gw, and goes on where it was", async () => {
    using dir = makeTempDir();
    let shown = "";
    const args = ["start-server", dir.write("app.ts", FLOODS), "--port", "0", "--host", "127.0.0.1"];
    const child = Bun.spawn([...gwCommand(), ...args], {
      cwd: dir.path,
      env: environment(dir.path),
      terminal: {
        data(_terminal, bytes) {
          shown += Buffer.from(bytes).toString("latin1");
        },
      },
    });
    await using _ = {
      async [Symbol.asyncDispose]() {
        child.kill("SIGTERM");
        await child.exited;
        child.terminal?.close();
      },
    };
    const url = () => /gw: serving (\S+)\r/m.exec(shown)?.[1] ?? "";
    await eventually(() => url() !== "", "gw serves");
    child.terminal?.write("\x13");
    for (let n = 0; n < 3; n++) expect(await (await fetch(`${url()}flood`)).text()).toBe("hello");
    const status = Bun.spawn([...gwCommand(), "status", "--json"], {
      env: environment(dir.path),
      stdout: "pipe",
    });
    expect(JSON.parse(await new Response(status.stdout).text()).state).toBe("serving");
    child.terminal?.write("\x11");
    await eventually(
      () => /lines were dropped here because nobody read them/.test(shown),
      "the rest is shown",
    );
  });
});

const PAINTS = `
  console.log("\\x1b[31mred\\x1b[0m");
  export default { fetch: () => Response.json({ force: process.env.FORCE_COLOR ?? null, no: process.env.NO_COLOR ?? null }) };`;

describe("output: colours", () => {
  const onTerminal = async (env: Record<string, string>, args: string[] = []) => {
    using dir = makeTempDir();
    let shown = "";
    const words = [
      "start-server",
      dir.write("app.ts", PAINTS),
      "--port",
      "0",
      "--host",
      "127.0.0.1",
      ...args,
    ];
    const child = Bun.spawn([...gwCommand(), ...words], {
      cwd: dir.path,
      env: environment(dir.path, {
        NO_COLOR: undefined,
        FORCE_COLOR: undefined,
        COLORTERM: undefined,
        TERM: "xterm",
        ...env,
      }),
      terminal: {
        data(_terminal, bytes) {
          shown += Buffer.from(bytes).toString("latin1");
        },
      },
    });
    await eventually(() => /gw: serving \S+\r/m.test(shown), "gw serves");
    const told = await (await fetch(/gw: serving (\S+)\r/m.exec(shown)?.[1] ?? "")).json();
    child.kill("SIGTERM");
    await child.exited;
    child.terminal?.close();
    return { shown, told };
  };

  test("output: apps hear of a terminal, and their colours reach it", async () => {
    const { shown, told } = await onTerminal({});
    expect(told).toEqual({ force: "1", no: null });
    expect(shown).toContain("[worker 1] \x1b[31mred\x1b[0m");
  });

  test("output: NO_COLOR holds for gw and for apps, also where it is set for the app alone", async () => {
    const { shown, told } = await onTerminal({ NO_COLOR: "1" });
    expect(told).toEqual({ force: null, no: "1" });
    expect(shown).toContain("[worker 1] red\r\n");
    expect((await onTerminal({}, ["--setenv", "NO_COLOR=1"])).told).toEqual({ force: null, no: "1" });
  });

  test("output: they are taken out of files and pipes, unless FORCE_COLOR asks for them", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", PAINTS);
    await using plain = await startGw([app], { env: { FORCE_COLOR: undefined } });
    await plain.until(/^\[worker 1\] red$/m);
    expect(await (await fetch(plain.url)).json()).toEqual({ force: null, no: "1" });
    await using colored = await startGw([app], { env: { FORCE_COLOR: "1" } });
    await colored.until((text) => text.includes("[worker 1] \x1b[31mred\x1b[0m"));
  });
});
