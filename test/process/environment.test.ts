// What workers and the programs that they start find in their environment, on the real gw.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { type GwOptions, launchGw, runGw, startGw } from "../support/gw.ts";
import { childInRole } from "../support/proc-status.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

type Variables = Record<string, string>;
type Seen = {
  app: Variables;
  /** Of programs started in each of the ways that there are. */
  bun: Variables;
  bunOptions: Variables;
  node: Variables;
  shell: Variables;
  own: Variables;
  url: string;
  random: number;
};

const APP = `
  import { execFileSync } from "node:child_process";
  const read = (text) => Object.fromEntries(text.toString().split("\\n").filter(Boolean).map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)]));
  const random = Math.random();
  export default { async fetch(request) {
    const late = Bun.spawn({ cmd: ["env"], stdout: "pipe" });
    return Response.json({
      app: process.env,
      bun: read(Bun.spawnSync(["env"]).stdout),
      bunOptions: read(await new Response(late.stdout).text()),
      node: read(execFileSync("env")),
      shell: read((await Bun.$\`env\`.quiet()).stdout),
      own: read(Bun.spawnSync(["/usr/bin/env"], { env: { ONLY: "this" } }).stdout),
      url: request.url,
      random,
    });
  } };`;

async function see(args: string[], options: GwOptions = {}): Promise<Seen> {
  using dir = makeTempDir();
  await using gw = await startGw([dir.write("app.ts", APP), ...args], options);
  return (await (await fetch(gw.url)).json()) as Seen;
}

/** Everybody's view, the app's own first. */
const views = ({ app, bun, bunOptions, node, shell }: Seen) => [app, bun, bunOptions, node, shell];

describe("environment", () => {
  test("environment: a front end holds no variable of the operator's shell, or of the app", async () => {
    await using gw = await startGw(["--setenv", "APP_KEY=secret"], {
      env: { API_KEY: "secret", NODE_ENV: "test" },
    });
    const { pid } = childInRole(gw.pid, "__front");
    const names = (await Bun.file(`/proc/${pid}/environ`).text())
      .split("\0")
      .map((pair) => pair.split("=")[0]);
    // The runtime's own, for the channel to the supervisor and its threads; where libraries are, if somebody has said so.
    const own = ["NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE", "LD_LIBRARY_PATH"];
    const given = names.filter((name) => name && !own.includes(name));
    expect(given.toSorted()).toEqual(["NODE_ENV", "UV_THREADPOOL_SIZE"]);
  });

  test("environment: what steers gw, the runtime and the service manager does not reach the app", async () => {
    const env = {
      GW_LOG_LEVEL: "debug",
      BUN_INSPECT_CONNECT_TO: "",
      NOTIFY_SOCKET: "/run/none",
      LISTEN_FDS: "0",
      WATCHDOG_USEC: "1",
      HTTPS: "1",
      KEPT: "as it is",
    };
    const seen = await see(["--memory-limit", "512M"], { env });
    for (const view of views(seen)) {
      expect(view.KEPT).toBe("as it is");
      const leaks = Object.keys(view).filter((name) =>
        /^(GW_|BUN_|NODE_CHANNEL|NOTIFY_SOCKET|LISTEN_FDS|WATCHDOG_USEC|HTTPS$)/.test(name),
      );
      expect(leaks).toEqual([]);
    }
    expect(seen.url).toStartWith("http://");
  });

  test("environment: --passenv lets a withheld variable through, to the app and its programs", async () => {
    const seen = await see(["--passenv", "NOTIFY_SOCKET", "--passenv", "LISTEN_FDS"], {
      env: { NOTIFY_SOCKET: "/run/one", LISTEN_FDS: "2", LISTEN_PID: "3" },
    });
    for (const view of views(seen))
      expect([view.NOTIFY_SOCKET, view.LISTEN_FDS, view.LISTEN_PID]).toEqual(["/run/one", "2", undefined]);
  });

  test("environment: --setenv sets, and beats what was there", async () => {
    const seen = await see(
      ["--setenv", "COLOR=blue=ish", "--setenv", "EMPTY=", "--setenv", "NODE_ENV=staging"],
      {
        env: { COLOR: "red", NODE_ENV: "test" },
      },
    );
    for (const view of views(seen))
      expect([view.COLOR, view.EMPTY, view.NODE_ENV]).toEqual(["blue=ish", "", "staging"]);
  });

  test("environment: an environment that the app gives to a program is that program's own", async () => {
    expect((await see([])).own).toEqual({ ONLY: "this" });
  });

  test("environment: HTTPS by --setenv is the scheme that apps see, and no variable", async () => {
    const seen = await see(["--setenv", "HTTPS=1"]);
    expect(seen.url).toStartWith("https://");
    expect(views(seen).map(({ HTTPS }) => HTTPS)).toEqual(views(seen).map(() => undefined as never));
  });

  test("environment: a locale is LANG and LC_ALL", async () => {
    const { node } = await see(["--locale", "de_AT.UTF-8"], { env: { LANG: "C", LC_ALL: "C" } });
    expect([node.LANG, node.LC_ALL]).toEqual(["de_AT.UTF-8", "de_AT.UTF-8"]);
  });

  test("environment: the same hash seed makes the same random numbers, random does not", async () => {
    const numbers = async (seed: string) => (await see(["--hash-seed", seed])).random;
    expect(await numbers("42")).toBe(await numbers("42"));
    expect(await numbers("42")).not.toBe(await numbers("43"));
    expect(await numbers("random")).not.toBe(await numbers("random"));
  });

  test("environment: --dont-write-bytecode leaves no cache of modules behind", async () => {
    // The runtime keeps modules of 50 kB and more.
    const lines = Array.from({ length: 6_000 }, (_, i) => `export const value${i}: number = ${i};`);
    const text = ["export default { fetch: () => new Response() };", ...lines].join("\n");
    const cached = async (args: string[]) => {
      using dir = makeTempDir();
      const env = { HOME: dir.path, XDG_CACHE_HOME: undefined, BUN_INSTALL: undefined };
      const app = dir.write("app.ts", text);
      await using gw = await startGw([app, ...args], { env });
      expect(await gw.stop()).toBe(0);
      return readdirSync(dir.path, { recursive: true }).filter((name) => String(name).endsWith(".pile"))
        .length;
    };
    expect(await cached([])).toBe(1);
    expect(await cached(["--dont-write-bytecode"])).toBe(0);
  });

  test("environment: ps shows a worker by its display name, top each process by its role, which stays the first word", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", APP);
    await using usual = await startGw([app]);
    const worker = childInRole(usual.pid, "__worker");
    expect(worker.words[0]).toBe("(gw:default)");
    const nameOf = (pid: number) => readFileSync(`/proc/${pid}/comm`, "utf8").trim();
    if (process.platform === "linux")
      expect([worker, childInRole(usual.pid, "__front")].map(({ pid }) => nameOf(pid))).toEqual([
        "gw-worker",
        "gw-front",
      ]);
    await using named = await startGw([app, "--display-name", "shop %{GROUP}"]);
    expect(childInRole(named.pid, "__worker").words[0]).toBe("shop (gw:default)");
    expect(await (await fetch(named.url)).json()).toHaveProperty("random");
  });

  test("environment: an app that insists on PORT gets the real one, whoever said it, and its programs too", async () => {
    using dir = makeTempDir();
    const text = `
      import { createServer } from "node:http";
      if (!process.env.PORT) throw new Error("PORT is not set");
      const told = { port: process.env.PORT, host: process.env.HOST, shell: (await Bun.$\`echo $PORT\`.text()).trim() };
      createServer((req, res) => res.end(JSON.stringify(told))).listen(Number(process.env.PORT), process.env.HOST);`;
    await using gw = await startGw([dir.write("app.ts", text)], { env: { PORT: "1" } });
    const port = String(gw.port);
    expect(await (await fetch(gw.url)).json()).toEqual({ port, host: "127.0.0.1", shell: port });
  });

  test("environment: PORT of gw's own environment is its port, and the banner and show-config say so", async () => {
    const port = String(freePort());
    const env = { PORT: port };
    await using gw = launchGw(["start-server", "--host", "127.0.0.1"], { env });
    const shown = await gw.until(/^gw: serving (\S+)$/m);
    expect(shown).toContain(`http://127.0.0.1:${port}/ (port from PORT)`);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    expect((await runGw(["show-config"], { env })).stdout).toMatch(new RegExp(`^port +${port} +PORT$`, "m"));
    const { code, stderr } = await runGw(["check-config"], { env: { PORT: "none" } });
    expect([code, stderr]).toEqual([78, expect.stringContaining('PORT cannot be "none"')]);
  });

  test("environment: a setenv that is none is a configuration error", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", APP);
    const { code, stderr } = await runGw(["start-server", app, "--setenv", "1=2"]);
    expect(code).toBe(78);
    expect(stderr).toContain('setenv cannot be "1=2"');
    expect(readdirSync(join(dir.path))).toEqual(["app.ts"]);
  });
});
