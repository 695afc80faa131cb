// Two machines behind HAProxy, in networks of their own: an update of one after the other loses nothing, and the loss of one is felt for
// two seconds at most. `npm run test:rolling`; it needs root, HAProxy and ip.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, gwCommand, launchGw } from "../support/gw.ts";
import { AS_ROOT, describeWith, type Need, ON_LINUX, WITH_HAPROXY } from "../support/needs.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import type { LoadOrder, LoadTold } from "./rolling-load.ts";

setDefaultTimeout(400_000);

const WITH_NETWORKS: Need = {
  isMet: Bun.which("nsenter") !== null && Bun.which("ip") !== null && Bun.which("unshare") !== null,
  why: "needs ip, nsenter and unshare",
};
const APP = `export default { async fetch(request, server) {
  if (server.upgrade?.(request)) return;
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/slow") { await Bun.sleep(Number(searchParams.get("ms"))); return new Response("slow"); }
  return new Response("x");
}, websocket: { message() {} } };`;
/** Longer than HAProxy takes to notice. */
const OPTIONS = [
  "--ready-path",
  "/readyz",
  "--lame-duck",
  "1500ms",
  "--graceful-timeout",
  "5s",
  "--processes",
  "2",
];

/** \`onDown\`: what becomes of requests on a machine that is taken for dead. One that is told to leave finishes them itself. */
const configOf = (port: number, admin: string, onDown = "") => `global
  stats socket ${admin} mode 600 level admin
defaults
  mode http
  timeout connect 500ms
  timeout client 60s
  timeout server 60s
  timeout tunnel 10m
  timeout check 300ms
  retries 3
  option redispatch 1
frontend in
  bind 127.0.0.1:${port}
  default_backend nodes
backend nodes
  option httpchk GET /readyz
  default-server check inter 200ms fall 2 rise 2 ${onDown}
  server n1 10.77.1.2:8000
  server n2 10.77.2.2:8000
`;

describeWith(
  ON_LINUX,
  AS_ROOT,
  WITH_HAPROXY,
  WITH_NETWORKS,
)("two machines behind a balancer", () => {
  let dir: TempDir;
  /** Processes that hold a network each: the balancer's, and those of the machines. */
  const networks: Bun.Subprocess[] = [];
  const nodes: (Gw | undefined)[] = [];
  const within = (network: number) => ["nsenter", "-t", String(networks[network]?.pid), "-n"];

  function run(network: number, ...command: string[]): void {
    const { exitCode, stderr } = Bun.spawnSync([...within(network), ...command]);
    if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  }

  beforeAll(async () => {
    dir = makeTempDir();
    dir.write("app.ts", APP);
    for (let n = 0; n < 3; n++) {
      const marker = join(dir.path, `up-${n}`);
      const script = `ip link set lo up && touch "${marker}" && exec sleep 600`;
      networks.push(Bun.spawn(["unshare", "-n", "sh", "-c", script]));
      await eventually(() => existsSync(marker), "the network is there");
    }
    for (const n of [1, 2]) {
      run(
        0,
        "ip",
        "link",
        "add",
        `v${n}`,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        String(networks[n]?.pid),
      );
      run(0, "ip", "addr", "add", `10.77.${n}.1/30`, "dev", `v${n}`);
      run(0, "ip", "link", "set", `v${n}`, "up");
      run(n, "ip", "addr", "add", `10.77.${n}.2/30`, "dev", "eth0");
      run(n, "ip", "link", "set", "eth0", "up");
    }
  });

  afterAll(async () => {
    for (const node of nodes) await node?.[Symbol.asyncDispose]();
    for (const network of networks) network.kill("SIGKILL");
    dir[Symbol.dispose]();
  });

  async function startNode(n: number): Promise<void> {
    const args = [
      "start-server",
      join(dir.path, "app.ts"),
      "--host",
      "0.0.0.0",
      "--port",
      "8000",
      ...OPTIONS,
    ];
    const gw = launchGw(args, { command: [...within(n), ...gwCommand()] });
    nodes[n] = gw;
    await gw.until(/^gw: serving /m);
  }

  async function openBalancer(onDown?: string) {
    const port = freePort();
    const admin = join(dir.path, `admin-${port}`);
    const config = dir.write(`haproxy-${port}.cfg`, configOf(port, admin, onDown));
    const haproxy = Bun.spawn([...within(0), "haproxy", "-db", "-f", config], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    await eventually(() => existsSync(admin), "HAProxy is there");
    const isUp = async (n: number) => {
      using client = await connectRaw({ unix: admin });
      await client.send("show stat\n");
      return new RegExp(`^nodes,n${n},.*,UP,`, "m").test(await client.untilClosed());
    };
    const until = (n: number, wanted: boolean) =>
      eventually(
        async () => (await isUp(n)) === wanted,
        `HAProxy takes node ${n} for ${wanted ? "up" : "down"}`,
        30_000,
      );
    const close = async () => {
      haproxy.kill("SIGKILL");
      await haproxy.exited;
    };
    return { port, until, [Symbol.asyncDispose]: close };
  }

  /** `step` is done each time when its share of the requests has been made. */
  async function load(order: LoadOrder, step: (n: number) => Promise<void>): Promise<LoadTold> {
    const done = Promise.withResolvers<LoadTold>();
    let steps = 0;
    const words = [process.execPath, join(import.meta.dir, "rolling-load.ts"), JSON.stringify(order)];
    const client = Bun.spawn([...within(0), ...words], {
      stdio: ["ignore", "inherit", "inherit"],
      serialization: "json",
      ipc(message: { step?: true; told?: LoadTold }) {
        if (message.told) return done.resolve(message.told);
        void step(++steps).then(() => client.send({ go: true }), done.reject);
      },
      onExit: () => done.reject(new Error("the clients have ended")),
    });
    try {
      return await done.promise;
    } finally {
      client.kill("SIGKILL");
    }
  }

  const startBoth = async () => {
    for (const n of [1, 2]) await startNode(n);
  };

  test("rolling update: nothing of 200,000 requests fails, long ones finish, and WebSockets are told", async () => {
    await startBoth();
    await using balancer = await openBalancer();
    for (const n of [1, 2]) await balancer.until(n, true);
    const told = await load({ port: balancer.port, times: 4, requests: 200_000 }, async (step) => {
      const n = 1 + (step % 2);
      const old = nodes[n];
      old?.signal("SIGTERM");
      expect(await old?.exited).toBe(0);
      await startNode(n);
      await balancer.until(n, true);
    });
    console.log(told);
    expect([told.failed, told.firstFailures]).toEqual([0, []]);
    expect(told.requests).toBeGreaterThanOrEqual(200_000);
    expect(Object.keys(told.long)).toEqual(["200"]);
    expect(Object.keys(told.closed)).toEqual(["1001"]);
  });

  const losses: [string, (n: number) => void][] = [
    ["is killed", (n) => nodes[n]?.signal("SIGKILL")],
    ["is a black hole", (n) => run(n, "ip", "link", "set", "eth0", "down")],
  ];
  test.each(losses)(
    "loss of a machine that %s: what was on it fails, and nobody waits for longer than 2 s",
    async (_, lose) => {
      await startBothAnew();
      await using balancer = await openBalancer("on-marked-down shutdown-sessions");
      for (const n of [1, 2]) await balancer.until(n, true);
      const told = await load({ port: balancer.port, times: 1, requests: 20_000 }, async () => {
        lose(1);
        await balancer.until(1, false);
      });
      console.log(told);
      // 32 clients with one request at a time, of which one machine has at most all at one moment.
      expect(told.failed).toBeLessThanOrEqual(32);
      expect(told.longestMs).toBeLessThanOrEqual(2_000);
      const failed = Object.entries(told.long).filter(([what]) => what !== "200");
      expect(failed.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(8);
    },
  );

  async function startBothAnew(): Promise<void> {
    for (const n of [1, 2]) {
      run(n, "ip", "link", "set", "eth0", "up");
      nodes[n]?.signal("SIGTERM");
      await nodes[n]?.exited;
    }
    await startBoth();
  }
});
