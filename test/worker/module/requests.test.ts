import { describe, expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { APP_EVENTS, EventSource } from "../../../src/worker/module/events.ts";
import { ScopedRequest } from "../../../src/worker/module/request-info.ts";
import { Requests } from "../../../src/worker/module/requests.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const WORKER = { slot: 2, generation: 3, group: "shop" };

function setUp(setup: { userField?: string } = {}) {
  const told: [name: string, event: Record<string, unknown>][] = [];
  const clock = new FakeClock();
  const events = new EventSource((thrown) => {
    throw thrown;
  });
  const requests = new Requests({ clock, events, setup: { ...WORKER, ...setup }, newId: () => "own-1" });
  const listen = () => {
    for (const name of APP_EVENTS)
      events.on(name, (event) => told.push([name, event as Record<string, unknown>]));
  };
  return { requests, clock, told, listen };
}

const asked = (id = "a-1", fields = new Headers()) => new ScopedRequest({ headers: fields }, "", id);
const names = (told: [string, unknown][]) => told.map(([name]) => name);

describe("requests: what the code of a handler can ask", () => {
  test("its own request, also after what it awaits, and beside others; nothing outside", async () => {
    const { requests } = setUp();
    const gate = Promise.withResolvers<void>();
    const ids: (string | undefined)[] = [];
    const run = (id: string) =>
      requests.handle(asked(id), async () => {
        ids.push(requests.currentId);
        await gate.promise;
        ids.push(requests.currentInfo?.id);
      });
    const both = [run("a-1"), run("b-2")];
    expect(requests.currentInfo).toBeUndefined();
    gate.resolve();
    await Promise.all(both);
    expect(ids).toEqual(["a-1", "b-2", "a-1", "b-2"]);
  });
});

test.each([
  [
    "thrown",
    () => {
      throw new Error("x");
    },
  ],
  [
    "rejected",
    async () => {
      throw new Error("x");
    },
  ],
])("requests: an error handler runs for the request whose handler has %s", async (_how, act) => {
  const { requests } = setUp();
  let error: unknown;
  try {
    await requests.handle(asked("a-1"), act as () => unknown);
  } catch (thrown) {
    error = thrown;
  }
  expect(requests.handleError(error, () => requests.currentId)).toBe("a-1");
  for (const other of [new Error("of nobody"), "text", undefined])
    expect(requests.handleError(other, () => requests.currentId)).toBeUndefined();
});

describe("requests: what an app hears of them", () => {
  test("by fetch: begun, and finished with status and time; the same answer comes back", async () => {
    const { requests, clock, told, listen } = setUp();
    listen();
    const answer = new Response("x", { status: 404 });
    const promise = requests.handle(asked(), async () => {
      await Promise.resolve();
      clock.advance(7);
      return answer;
    });
    expect(names(told)).toEqual(["requestStarted"]);
    expect(await promise).toBe(answer);
    expect(told[1]).toEqual([
      "requestFinished",
      { request: expect.objectContaining({ id: "a-1" }), status: 404, durationMs: 7 },
    ]);
    requests.handle(asked(), () => undefined);
    expect(told.at(-1)?.[1]).toMatchObject({ status: 101 });
  });

  test("by fetch: what is thrown, at once or later, is told before the end and comes through", async () => {
    const { requests, told, listen } = setUp();
    listen();
    const error = new Error("x");
    expect(() =>
      requests.handle(asked(), () => {
        throw error;
      }),
    ).toThrow(error);
    const later = requests.handle(asked("b-2"), () => Promise.reject(error));
    await expect(later).rejects.toBe(error);
    expect(names(told)).toEqual([
      "requestStarted",
      "requestException",
      "requestFinished",
      "requestStarted",
      "requestException",
      "requestFinished",
    ]);
    expect(told[4]?.[1]).toMatchObject({ request: { id: "b-2" }, error });
    expect(told[5]?.[1]).toMatchObject({ status: 500 });
  });

  test("by node: finished when the response is closed, with 0 where no head was sent", () => {
    const { requests, told, listen } = setUp();
    listen();
    for (const headersSent of [true, false]) {
      const response = Object.assign(new EventEmitter(), { statusCode: 201, headersSent });
      requests.handleNode(asked(), response as unknown as ServerResponse, () => true);
      response.emit("close");
    }
    const ends = told.filter(([name]) => name === "requestFinished");
    expect(ends.map(([, event]) => event.status)).toEqual([201, 0]);
    expect(() =>
      requests.handleNode(asked(), new EventEmitter() as unknown as ServerResponse, () => {
        throw new Error("x");
      }),
    ).toThrow("x");
    expect(told.at(-1)?.[0]).toBe("requestException");
  });

  test("nobody listens: nothing is made of a request", () => {
    const { requests, told } = setUp();
    const request = asked();
    request.info = () => {
      throw new Error("asked for nothing");
    };
    expect(requests.handle(request, () => 7 as unknown)).toBe(7);
    expect(told).toEqual([]);
  });
});
