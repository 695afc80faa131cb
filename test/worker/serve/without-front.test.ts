import { expect, test } from "bun:test";
import { createServer } from "node:http";
import type { FetchHandler } from "../../../src/worker/app/recognize-app.ts";
import { EventSource } from "../../../src/worker/module/events.ts";
import { Requests } from "../../../src/worker/module/requests.ts";
import { knowNodeRequests, knowRequests } from "../../../src/worker/serve/without-front.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function makeRequests(): Requests {
  let count = 0;
  const setup = { slot: 1, generation: 1, group: "default" };
  return new Requests({
    ...{ clock: new FakeClock(), events: new EventSource(() => {}), setup },
    newId: () => `own-${++count}`,
  });
}

test("without a front: a handler's requests have ids once somebody wants to know", () => {
  const requests = makeRequests();
  const handler: FetchHandler = function (this: unknown, _request, server) {
    return [this, server, requests.currentId] as never;
  };
  const known = knowRequests(handler, requests);
  const call = () => known.call("this", new Request("http://a"), "server" as never) as unknown;
  expect(call()).toEqual(["this", "server", undefined]);
  requests.watch();
  expect([call(), call()]).toEqual([
    ["this", "server", "own-1"],
    ["this", "server", "own-2"],
  ]);
});

test("without a front: so have those of a server of node, and its other events pass as they are", () => {
  const requests = makeRequests();
  const ids: unknown[] = [];
  const server = createServer(() => ids.push(requests.currentId));
  server.on("clientError", () => ids.push("clientError"));
  knowNodeRequests(server, requests);
  const emit = () => server.emit("request", { headers: {} } as never, { once() {} } as never);
  emit();
  requests.watch();
  emit();
  server.emit("clientError", new Error("x"), {} as never);
  expect(ids).toEqual([undefined, "own-1", "clientError"]);
});
