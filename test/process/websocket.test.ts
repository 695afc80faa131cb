import { expect, test } from "bun:test";
import { join } from "node:path";
import { obey } from "../support/control.ts";
import { eventually, startGw } from "../support/gw.ts";

const APP = join(import.meta.dir, "../apps/websocket.ts");

type Talk = {
  said: (string | number)[];
  closed: Promise<{ code: number; reason: string }>;
  socket: WebSocket;
};

async function openTalk(url: string): Promise<Talk> {
  const socket = new WebSocket(url.replace("http", "ws"));
  socket.binaryType = "arraybuffer";
  const said: (string | number)[] = [];
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.onopen = () => opened.resolve();
  socket.onmessage = ({ data }) => said.push(typeof data === "string" ? data : data.byteLength);
  socket.onclose = ({ code, reason }) => {
    closed.resolve({ code, reason });
    opened.reject(new Error(`closed with ${code}`));
  };
  await opened.promise;
  return { said, closed: closed.promise, socket };
}

async function pidOf({ socket, said }: Talk): Promise<string> {
  const told = () => said.find((word) => String(word).startsWith("pid "));
  socket.send("pid");
  await eventually(() => told() !== undefined, "the app tells its pid");
  return String(told());
}

test("websocket: messages pass both ways through the front, small and large, and the app's close arrives", async () => {
  await using gw = await startGw([APP]);
  const { said, closed, socket } = await openTalk(gw.url);
  await eventually(() => said.length === 1, "the app has greeted");
  expect(said).toEqual(["hello 127.0.0.1"]);
  socket.send("one");
  socket.send(new Uint8Array(3_000_000));
  await eventually(() => said.length === 3, "both echoes are here");
  expect(said.slice(1)).toEqual(["one", 3_000_000]);
  socket.send("close");
  expect(await closed).toEqual({ code: 4001, reason: "bye" });
});

test("websocket: an open one holds no slot of the worker's concurrency", async () => {
  await using gw = await startGw([APP, "--concurrency", "1"]);
  const talks = [await openTalk(gw.url), await openTalk(gw.url), await openTalk(gw.url)];
  expect(await (await fetch(gw.url)).text()).toBe("plain\n");
  for (const { socket } of talks) socket.close();
  for (const { closed } of talks) expect([1000, 1005]).toContain((await closed).code);
});

test("websocket: a client's leaving reaches the app", async () => {
  await using gw = await startGw([APP]);
  const { socket } = await openTalk(gw.url);
  socket.close(1000);
  await gw.until(/app: closed 1000/);
});

test("websocket: a worker's death closes the client's end, and log and gw why say how many", async () => {
  await using gw = await startGw([APP]);
  const [first, second] = [await openTalk(gw.url), await openTalk(gw.url)];
  const third = await openTalk(gw.url);
  third.socket.close();
  await third.closed;
  first.socket.send("die");
  expect([(await first.closed).code, (await second.closed).code]).toEqual([1006, 1006]);
  await gw.until(/worker 1 ended .*SIGKILL.* webSockets=2( |$)/m);
  expect(await obey(gw, "why")).toContain("  2 WebSockets ended with it.");
});

test("websocket: other protocols are not switched to; the request is answered as a plain one", async () => {
  await using gw = await startGw([APP]);
  const response = await fetch(gw.url, {
    headers: { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABk" },
  });
  expect([response.status, await response.text()]).toEqual([200, "plain\n"]);
});

test("websocket: its line of the access log comes when it is closed, by its client or by the end of gw", async () => {
  const format = "%U %s in=%I out=%B %{worker}n";
  await using gw = await startGw([APP, "--access-log", "--access-log-format", format]);
  const [first, second] = [await openTalk(gw.url), await openTalk(gw.url)];
  await eventually(() => first.said.length + second.said.length === 2, "the app has greeted both");
  expect(await (await fetch(`${gw.url}plain`)).text()).toBe("plain\n");
  await gw.until(/^\/plain 200 in=0 out=6 1$/m);
  expect(gw.stdout()).not.toContain("/ 101");
  first.socket.send("x".repeat(1000));
  await eventually(() => first.said.length === 2, "the echo is here");
  first.socket.close();
  // Frames have heads, and what a client sends is masked.
  const sizes = /^\/ 101 in=(\d+) out=(\d+) 1$/m;
  const [, received, sent] = sizes.exec(await gw.until(sizes)) ?? [];
  expect([Number(received), Number(sent)].map((bytes) => bytes > 1000 && bytes < 1100)).toEqual([true, true]);
  await gw.stop();
  expect(gw.stdout().match(/^\/ 101 /gm)).toHaveLength(2);
});

test("websocket: an app that hears of the drain closes its own, with a code of its own, before gw stops", async () => {
  await using gw = await startGw([join(import.meta.dir, "../apps/websocket-goodbye.ts")]);
  const { closed } = await openTalk(gw.url);
  expect(await gw.stop()).toBe(0);
  expect(await closed).toEqual({ code: 4002, reason: "shutdown_signal" });
});

test("websocket: a stop does not wait for open ones", async () => {
  await using gw = await startGw([APP]);
  const { closed } = await openTalk(gw.url);
  expect(await gw.stop()).toBe(0);
  expect((await closed).code).toBe(1001);
  expect(gw.stderr()).toMatch(/front 1: WebSockets are closed cause=shutting_down count=1 /);
});

test("websocket: an open one has the graceful window when its worker is replaced, and new ones go to the successor", async () => {
  await using gw = await startGw([APP, "--graceful-timeout", "1s"]);
  const before = await openTalk(gw.url);
  const pid = await pidOf(before);
  const began = performance.now();
  gw.signal("SIGUSR1");
  let after = await openTalk(gw.url);
  // The front learns of the successor a moment after it is ready.
  while ((await pidOf(after)) === pid) after = await openTalk(gw.url);
  before.socket.send("still here");
  await eventually(() => before.said.includes("still here"), "the old worker echoes");
  expect((await before.closed).code).toBe(1001);
  expect(performance.now() - began).toBeGreaterThan(900);
  after.socket.send("new here");
  await eventually(() => after.said.includes("new here"), "the successor echoes");
});
