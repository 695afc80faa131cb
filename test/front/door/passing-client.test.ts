// Somebody between a client and the front: all that a client is, and can do, comes through.
import { expect, test } from "bun:test";
import type { ClientListener } from "../../../src/front/door/client.ts";
import { PassingClient } from "../../../src/front/door/passing-client.ts";
import { PlainClient } from "../plain-client.ts";

/** Of those that take something else than an answer. */
const GIVEN: Record<string, readonly unknown[]> = {
  write: [new Uint8Array(0)],
  end: [[]],
  whenSettled: [() => {}],
};

test("passing client: what is asked of it, and done to it, is passed on", () => {
  const asked: string[] = [];
  const seen = new Proxy(new PlainClient(), {
    get(client, name: keyof PlainClient) {
      asked.push(name);
      const value = client[name];
      return typeof value === "function" ? value.bind(client) : value;
    },
  });
  const passing = new PassingClient(seen);
  // `sendFile` is not every door's, and `listener` its own.
  const names = Object.getOwnPropertyNames(PassingClient.prototype).filter(
    (name) => !/^(?:constructor|on)/.test(name),
  );
  asked.length = 0;
  for (const name of names) {
    const value = passing[name as keyof PassingClient];
    const given = GIVEN[name] ?? [200, "", [], []];
    if (typeof value === "function") (value as (...given: unknown[]) => unknown).call(passing, ...given);
  }
  expect([...new Set(asked)].toSorted()).toEqual(names.toSorted());
  const ofClients = [...Object.keys(new PlainClient()), ...Object.getOwnPropertyNames(PlainClient.prototype)];
  const ofTests = [
    "constructor",
    "send",
    "acts",
    "answerFields",
    "isFull",
    "hasLeft",
    "takesSome",
    "tunnel",
    "listener",
  ];
  expect(ofClients.filter((name) => !names.includes(name) && !ofTests.includes(name))).toEqual([]);
});

test("passing client: whoever listened before goes on listening", () => {
  const told: string[] = [];
  const inner = new PlainClient();
  const listener: ClientListener = {
    onGone: () => told.push("gone"),
    onBroken: () => told.push("broken"),
    onWritable: () => told.push("writable"),
  };
  inner.listener = listener;
  const passing = new PassingClient(inner);
  inner.listener.onWritable();
  inner.listener.onGone();
  passing.listener = undefined;
  inner.listener.onGone();
  expect(told).toEqual(["writable", "gone"]);
});
