// Clients that send far more than they may: bounded memory, a counted cause, and nobody else disturbed.
import { expect, test as once, setDefaultTimeout } from "bun:test";
import { test } from "../support/both-forms.ts";
import { get, untilAnswer } from "../support/exchange.ts";
import { isA, startFront } from "../support/front-process.ts";
import { okAnswer } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

const MB = 1024 * 1024;

test("flood: a client that sends 100,000 requests ahead is cut, and costs the front less than 32 MB", async (scripted) => {
  using worker = scripted({ capacity: 4 });
  await using front = await startFront({}, worker.backend());
  const before = front.rssBytes();
  using client = await front.connect();
  client.send(get("/").repeat(100_000)).catch(() => {});
  await client.untilClosed();
  await front.untilCause("too_many_pipelined");
  expect(front.rssBytes() - before).toBeLessThan(32 * MB);
  await front.untilStats(({ active, errors }) => active === 0 && errors.too_many_pipelined === 1);
});

test("flood: 100 requests sent ahead are all answered", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(get("/").repeat(100));
  await client.until((text) => text.split("HTTP/1.1 200").length === 101);
});

test("flood: others are served meanwhile", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using flooder = await front.connect();
  flooder.send(get("/").repeat(50_000)).catch(() => {});
  using other = await front.connect();
  await other.send(get("/"));
  await untilAnswer(other);
  await flooder.untilClosed();
});

once(
  "flood: of a thousand refused requests a part is logged, the rest told in one line, and all are counted",
  async () => {
    await using front = await startFront();
    // Each refusal ends its connection.
    for (let sent = 0; sent < 1000; sent++) {
      using one = await front.connect();
      await one.send("GET / HTTP/1.1\r\n\r\n");
      await one.untilClosed();
    }
    await front.untilStats(({ errors }) => errors.bad_host === 1000);
    front.drain();
    await front.heard(isA("drained"));
    const lines = front.logs().filter(({ fields }) => fields?.cause === "bad_host");
    const [told, single] = [
      lines.filter(({ fields }) => fields?.count),
      lines.filter(({ fields }) => fields?.id),
    ];
    expect(single.length).toBeGreaterThanOrEqual(300);
    expect(told.length).toBeGreaterThan(0);
    expect(single.length + told.reduce((sum, { fields }) => sum + Number(fields?.count), 0)).toBe(1000);
  },
);
