// Hostile clients: whatever they send, nothing is thrown out of the door, every request ends, and nothing is left behind.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Client } from "../../../../src/front/door/client.ts";
import { FRAME, settingsFrame, wordFrame } from "../../../../src/http/h2/frames.ts";
import { data, frame } from "../../../support/h2-peer.ts";
import { Heard } from "../players.ts";
import { GET, headers, POST } from "./frame-client.ts";
import { PREFACE } from "./h2-player.ts";
import { KernelWire } from "./wire.ts";

const id = fc.nat(12);
const bytes = fc.uint8Array({ maxLength: 40 });
/** Frames that make sense, in any order. */
const sensible = fc.oneof(
  id.map((n) => headers(n * 2 + 1)),
  id.map((n) => headers(n * 2 + 1, POST, 0)),
  id.map((n) => headers(n * 2 + 1, [["x-sum", "1"]])),
  fc.tuple(id, bytes, fc.boolean()).map(([n, piece, isLast]) => data(n * 2 + 1, piece, isLast)),
  id.map((n) => wordFrame(FRAME.reset, 0, n * 2 + 1, 8)),
  fc.tuple(id, fc.nat(100_000)).map(([n, by]) => wordFrame(FRAME.windowUpdate, 0, n, by)),
  fc.nat(200_000).map((size) => settingsFrame([[4, size]])),
  fc.constant(frame(FRAME.ping, 0, 0, "12345678")),
);
const anyFrame = fc
  .tuple(fc.nat(12), fc.nat(255), id, bytes)
  .map(([type, flags, n, payload]) => frame(type, flags, n, payload));

/** Bytes of a client: sensible frames, senseless ones, and frames in which bytes are wrong. */
const session = fc
  .tuple(
    fc.array(fc.oneof({ weight: 6, arbitrary: sensible }, { weight: 1, arbitrary: anyFrame }), {
      maxLength: 40,
    }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
  )
  .map(([frames, wrongs]) => {
    const all = Buffer.concat([PREFACE, settingsFrame([]), headers(1, GET), ...frames]);
    for (const [at, byte] of wrongs) all[at % all.length] = byte;
    return all;
  });

/** What the front may do with a request, at any time. */
const ACTS: readonly ((client: Client) => void)[] = [
  (client) => client.answer(200, "OK", ["X-A", "b"], "x".repeat(200_000)),
  (client) => client.answerBodiless(304, "", [], 5),
  (client) => client.sendHead(200, "OK", [], undefined),
  (client) => client.write(new Uint8Array(70_000)),
  (client) => client.end(["x-sum", "1"]),
  (client) => client.cut(),
  (client) => client.pauseBody(),
  (client) => client.resumeBody(),
  (client) => client.refuseMore(),
  (client) => client.sendContinue(),
  (client) =>
    void client.openTunnel("", [], { onClientBytes() {}, onClientWritable() {}, onClientClosed() {} }),
];
const steps = fc.array(fc.tuple(fc.nat(), fc.nat(ACTS.length - 1), fc.nat(60_000), fc.nat(3)), {
  maxLength: 25,
});

test("whatever is sent and done, it all ends", async () => {
  await fc.assert(
    fc.asyncProperty(session, fc.array(fc.nat(2000)), steps, async (sent, cuts, doings) => {
      const wire = new KernelWire({ greets: false });
      const heard: Heard[] = [];
      wire.arrivals.onEach = (client) => heard.push(new Heard(client));
      const ends = [...cuts.map((cut) => cut % (sent.length + 1)), sent.length].toSorted((a, b) => a - b);
      let from = 0;
      for (const [at, [who, act, room, kind]] of [...doings, [0, 0, 0, 3] as const].entries()) {
        const to = ends[Math.min(at, ends.length - 1)] ?? sent.length;
        wire.connection.onData(sent.subarray(from, to));
        from = to;
        const client = wire.arrivals.clients[who % (wire.arrivals.clients.length || 1)];
        if (client) ACTS[act]?.(client);
        if (kind === 0) wire.take(room);
        if (kind === 1) await wire.turn();
        if (kind === 2) wire.clock.advance(room);
      }
      wire.take();
      wire.leave();
      await wire.turn();
      wire.clock.advance(1e6);
      expect([wire.arrivals.bugs, wire.clock.pending()]).toEqual([[], []]);
      for (const [at, client] of wire.arrivals.clients.entries()) {
        expect(client.isTaking).toBeFalse();
        const ends = (heard[at]?.gone ?? 0) + (heard[at]?.broken.length ?? 0);
        expect(client.isAnswered || ends === 1).toBeTrue();
        expect(client.listener).toBeUndefined();
        expect(ends).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 400 },
  );
}, 30_000);
