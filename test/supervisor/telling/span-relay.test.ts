import { expect, test } from "bun:test";
import { SpanRelay } from "../../../src/supervisor/telling/span-relay.ts";

const told = (text: string) => ({ text, count: 2 });

function setUp() {
  const relay = new SpanRelay();
  const sent: { id: number; text: string }[] = [];
  const attach = () => relay.attach((message) => sent.push(message));
  return { relay, sent, attach };
}

test("span relay: with nobody to take them they are dropped and counted", () => {
  const { relay, sent, attach } = setUp();
  relay.pass(told("a"));
  attach();
  relay.pass(told("b"));
  relay.attach(undefined);
  relay.pass(told("c"));
  expect([sent.map(({ text }) => text), relay.dropped]).toEqual([["b"], 4]);
});

test("span relay: an exporter that does not keep up gets no more until it has taken some", () => {
  const { relay, sent, attach } = setUp();
  attach();
  for (let count = 0; count < 1_000; count++) relay.pass(told("a"));
  const most = sent.length;
  expect(relay.dropped).toBe(2 * (1_000 - most));
  relay.taken(sent[0]?.id ?? 0);
  relay.taken(9_999);
  for (let count = 0; count < 2; count++) relay.pass(told("b"));
  expect([sent.length, relay.dropped]).toEqual([most + 1, 2 * (1_001 - most)]);
});

test("span relay: the next exporter owes nothing of what the one before had", () => {
  const { relay, sent, attach } = setUp();
  attach();
  for (let count = 0; count < 1_000; count++) relay.pass(told("a"));
  attach();
  const before = sent.length;
  relay.pass(told("b"));
  expect(sent.length).toBe(before + 1);
});
