// What counts as a request that the app works on, and for how long, on a clock that stands still and on real servers.
import { describe, expect, test } from "bun:test";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { systemClock } from "../../../src/core/clock.ts";
import { Activity } from "../../../src/worker/serve/activity.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { eventually } from "../../support/gw.ts";

const REQUEST = new Request("http://x/");

describe("activity: a fetch handler", () => {
  test("an answer given at once leaves nothing behind", () => {
    const activity = new Activity(new FakeClock());
    const handler = activity.meterHandler(() => new Response("x"));
    handler(REQUEST, undefined);
    expect(activity.read()).toEqual({ active: 0, ageSumMs: 0, requests: 1 });
  });

  test("a promise counts until it is settled, whichever way", async () => {
    const clock = new FakeClock();
    const activity = new Activity(clock);
    const well = Promise.withResolvers<Response>();
    const ill = Promise.withResolvers<Response>();
    const answers = [well, ill].map(({ promise }) =>
      activity.meterHandler(() => promise)(REQUEST, undefined),
    );
    clock.advance(1_000);
    expect(activity.read()).toEqual({ active: 2, ageSumMs: 2_000, requests: 2 });
    well.resolve(new Response("x"));
    ill.reject(new Error("x"));
    await Promise.allSettled(answers);
    expect(activity.read()).toEqual({ active: 0, ageSumMs: 0, requests: 2 });
  });

  test("a handler that throws, throws, and does not count any longer", () => {
    const activity = new Activity(new FakeClock());
    const handler = activity.meterHandler(() => {
      throw new Error("from the app");
    });
    expect(() => handler(REQUEST, undefined)).toThrow("from the app");
    expect(activity.read().active).toBe(0);
  });

  test("the handler gets what it was called with", () => {
    const app = {
      name: "app",
      fetch(this: { name: string }, request: Request, server: unknown) {
        return [this.name, request, server];
      },
    };
    const handler = new Activity(new FakeClock()).meterHandler(app.fetch as never);
    expect(handler.call(app, REQUEST, "server")).toEqual(["app", REQUEST, "server"]);
  });

  test("whatever begins and ends when, count and ages are those of a list kept beside", async () => {
    const step = fc.oneof(fc.constant("begin"), fc.nat(20), fc.record({ ms: fc.nat(5_000) }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new FakeClock();
        const activity = new Activity(clock);
        const open: { begunMs: number; answer: PromiseWithResolvers<Response> }[] = [];
        for (const what of steps) {
          if (what === "begin") {
            const answer = Promise.withResolvers<Response>();
            open.push({ begunMs: clock.now(), answer });
            activity.meterHandler(() => answer.promise)(REQUEST, undefined);
          } else if (typeof what === "number") {
            const [ended] = open.splice(what, 1);
            ended?.answer.resolve(new Response(""));
            await null;
          } else if (typeof what === "object") clock.advance(what.ms);
          const ageSumMs = open.reduce((sum, { begunMs }) => sum + clock.now() - begunMs, 0);
          expect(activity.read()).toMatchObject({ active: open.length, ageSumMs });
        }
      }),
    );
  });
});

describe("activity: a node server", () => {
  async function serve(listener: RequestListener) {
    const activity = new Activity(systemClock);
    const server = createServer(listener);
    activity.meterNodeServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return {
      activity,
      url,
      [Symbol.dispose]() {
        server.close();
        server.closeAllConnections();
      },
    };
  }

  test("a request counts until its head is written, however long its body takes", async () => {
    const go = Promise.withResolvers<void>();
    using server = await serve(async (_request, response) => {
      await go.promise;
      response.write("first");
    });
    using leaving = abortAtEnd();
    const answer = fetch(server.url, { signal: leaving.signal });
    await eventually(() => server.activity.read().active === 1, "the request is counted");
    go.resolve();
    await answer;
    expect(server.activity.read()).toEqual({ active: 0, ageSumMs: 0, requests: 1 });
  });

  test("a client that leaves takes its request with it", async () => {
    using server = await serve(() => {});
    const leaving = new AbortController();
    const answer = fetch(server.url, { signal: leaving.signal }).catch(() => {});
    await eventually(() => server.activity.read().active === 1, "the request is counted");
    leaving.abort();
    await answer;
    await eventually(() => server.activity.read().active === 0, "the request counts no more");
  });

  test("complete answers leave nothing behind", async () => {
    using server = await serve((_request, response) => void response.end("x"));
    for (let n = 0; n < 3; n++) await (await fetch(server.url)).text();
    expect(server.activity.read()).toEqual({ active: 0, ageSumMs: 0, requests: 3 });
  });
});

function abortAtEnd(): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  return { signal: controller.signal, [Symbol.dispose]: () => controller.abort() };
}
