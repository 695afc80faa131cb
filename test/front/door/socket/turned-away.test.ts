import { expect, test } from "bun:test";
import { Crowd } from "../../../../src/front/door/crowd.ts";
import { RawConnections } from "../../../../src/front/door/raw/raw-connections.ts";
import { SocketDoor } from "../../../../src/front/door/socket/socket-door.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { connectRaw } from "../../../support/raw-http.ts";
import { Watch } from "../../../support/watch.ts";
import { Arrivals } from "../players.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** Nobody is let in but one. */
async function openDoor() {
  const clock = new FakeClock();
  const watch = new Watch();
  const arrivals = new Arrivals();
  arrivals.onEach = (client) => client.answer(200, "OK", [], "ok");
  arrivals.refusalAnswer = { status: 429, reason: "Too Many Requests", fields: [], body: "no" };
  const door = new SocketDoor({
    ...{ host: "127.0.0.1", port: 0, clock, headBytes: 65_536, headTimeoutMs: 10_000, keepAliveMs: 75_000 },
    listener: arrivals,
    counter: { count: () => watch.tell() },
    crowd: new Crowd({ most: 1, isProxy: () => false }),
    http1: (options) => new RawConnections(options),
  });
  const port = await door.listen();
  const until = (count: number) =>
    watch.until(
      () => door.connections === count,
      () => `${count} connections; there are ${door.connections}`,
    );
  const inside = await connectRaw({ port });
  await inside.send(GET);
  await inside.until(/HTTP\/1\.1 200/);
  return {
    ...{ clock, arrivals, until },
    connect: () => connectRaw({ port }),
    [Symbol.dispose]() {
      inside.terminate();
      door.drain();
      clock.advance(60_000);
    },
  };
}

test("turned away: a client gets its answer, whatever it sends, and nothing of that is a request", async () => {
  using door = await openDoor();
  for (const bytes of [
    GET,
    GET.repeat(50),
    `POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n${"x".repeat(50_000)}`,
  ]) {
    using refused = await door.connect();
    await refused.send(bytes);
    const told = await refused.until(/no$/);
    expect(told).toStartWith("HTTP/1.1 429 ");
    refused.end();
    await door.until(1);
  }
  expect(door.arrivals.clients.length).toBe(1);
  expect(door.arrivals.refusals.map(({ error }) => error.cause_)).toEqual(
    Array(3).fill("too_many_from_address"),
  );
});

test("turned away: one that does not close its end is closed", async () => {
  using door = await openDoor();
  using refused = await door.connect();
  await refused.send(GET);
  await refused.until(/HTTP\/1\.1 /);
  await door.until(2);
  door.clock.advance(1_000);
  await door.until(1);
});
