// Apps with ports of their own beside the one that gw serves: all workers and the next generation share them, and one
// that cannot be had is no success.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { control, obey, statusOf, textOf, workersOf } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, runGw, startGw } from "../support/gw.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

type Ports = { node: number; bun: number; mail: number; raw: number; udp: number; thread: number };

const takePorts = (): Ports => ({
  node: freePort(),
  bun: freePort(),
  mail: freePort(),
  raw: freePort(),
  udp: freePort(),
  thread: freePort(),
});

/** Every way to open a fixed port, before and after the app's own. */
const appWith = ({ node, bun, mail, raw, udp, thread }: Ports, word: string) => `
  import { createServer } from "node:http";
  import { createServer as createMail } from "node:net";
  import { createSocket } from "node:dgram";
  import { Worker } from "node:worker_threads";
  createServer((_req, res) => res.end("node metrics")).listen(${node});
  createServer((_req, res) => res.end(${JSON.stringify(word)})).listen(process.env.PORT);
  Bun.serve({ port: ${bun}, fetch: () => new Response("bun metrics") });
  createMail((socket) => socket.end("220 mail\\r\\n")).listen(${mail}, "127.0.0.1");
  Bun.listen({ port: ${raw}, hostname: "127.0.0.1", socket: { open: (socket) => socket.end("raw"), data() {} } });
  const inThread = 'require("node:http").createServer((_req, res) => res.end("thread")).listen(${thread})';
  new Worker(inThread, { eval: true }).on("error", (error) => { throw error; });
  createSocket("udp4").bind(${udp}, "127.0.0.1");
`;

const read = async (port: number): Promise<string> => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_socket, piece) {
        text += piece;
      },
      close: () => resolve(text),
    },
  });
  return promise;
};

const reach = (port: number) => textOf(`http://127.0.0.1:${port}/`).catch(() => "nobody");

describe("further ports", () => {
  test("further: under load two workers and three generations share them, and no request fails", async () => {
    using dir = makeTempDir();
    const ports = takePorts();
    const app = dir.write("app.ts", appWith(ports, "one"));
    await using gw = await startGw([app, "--processes", "2"]);
    await using load = startLoad(gw.url);
    for (const word of ["two", "three"]) {
      dir.write("app.ts", appWith(ports, word));
      await obey(gw, "reload", "--wait");
      expect(await textOf(gw.url)).toBe(word);
      expect(await textOf(`http://127.0.0.1:${ports.node}/`)).toBe("node metrics");
      expect(await textOf(`http://127.0.0.1:${ports.bun}/`)).toBe("bun metrics");
      await eventually(async () => (await reach(ports.thread)) === "thread", "the thread answers");
      expect(await Promise.all([read(ports.mail), read(ports.raw)])).toEqual(["220 mail\r\n", "raw"]);
    }
    const before = load.total;
    await eventually(async () => load.total > before + 50, "the load goes on");
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ "200": total });
    const status = await statusOf(gw);
    expect(status).toMatchObject({ generation: 3, restarts: { script_reload: 4 } });
    expect(workersOf(status)).toMatchObject([{ state: "ready" }, { state: "ready" }]);
  });

  test("further: a stranger on such a port refuses a reload, and the old generation serves on", async () => {
    using dir = makeTempDir();
    const ports = takePorts();
    const app = dir.write("app.ts", appWith(ports, "old"));
    await using gw = await startGw([app]);
    using stranger = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("stranger") });
    dir.write("app.ts", appWith({ ...ports, mail: stranger.port ?? 0 }, "new"));
    const { code, stderr } = await control(gw, "reload");
    expect(stderr).toContain(
      `The app cannot listen on port ${stranger.port} of 127.0.0.1: another program is there`,
    );
    expect(code).toBe(1);
    expect(await textOf(gw.url)).toBe("old");
    expect(await textOf(String(stranger.url))).toBe("stranger");
  });

  test("further: two listeners that nothing tells apart end the start, and --app-port starts it", async () => {
    using dir = makeTempDir();
    const [one, two] = [freePort(), freePort()];
    const listen = (name: string, port: number) =>
      `Bun.serve({ port: ${port}, fetch: () => new Response("${name}") });`;
    const app = dir.write("app.ts", `${listen("one", one)}\n${listen("two", two)}`);
    const { code, stderr } = await runGw(["start-server", app, "--port", "0", "--host", "127.0.0.1"]);
    expect(stderr).toContain(`The app listens on port ${one} and on port ${two}, and gw cannot tell which`);
    expect(code).toBe(1);
    await using gw = await startGw([app, "--app-port", String(two)]);
    expect(await textOf(gw.url)).toBe("two");
    expect(await textOf(`http://127.0.0.1:${one}/`)).toBe("one");
  });

  test("further: a start that waits in vain for --app-port names it, and the port that the app has instead", async () => {
    using dir = makeTempDir();
    const [one, two] = [freePort(), freePort()];
    const app = dir.write("app.ts", `Bun.serve({ port: ${one}, fetch: () => new Response("one") });`);
    const words = ["start-server", app, "--port", "0", "--host", "127.0.0.1", "--startup-timeout", "4s"];
    const { code, stderr } = await runGw([...words, "--app-port", String(two)]);
    expect(stderr).toContain(
      `The app does not listen on port ${two}, which --app-port names; it listens on port ${one} instead`,
    );
    expect(stderr).not.toContain("Look for work that never ends");
    expect(code).toBe(1);
  });
});
