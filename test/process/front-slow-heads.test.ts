// A request head that does not end. Apart from the other tests: the time for a head is no option, and takes its time here.
import { expect, setDefaultTimeout, test } from "bun:test";
import { lastAnswer, refusalOf } from "../support/exchange.ts";
import { startFront } from "../support/front-process.ts";

setDefaultTimeout(30_000);

test("slow head: silence and single bytes alike end in 408, with a log line", async () => {
  await using front = await startFront();
  using silent = await front.connect();
  using trickling = await front.connect();
  await silent.send("GET / HTTP/1.1\r\nHost: a\r\nA: ");
  await trickling.send("GET / HTTP/1.1\r\nHost: a\r\nA: ");
  const drip = setInterval(() => void trickling.send("a").catch(() => clearInterval(drip)), 300);
  for (const client of [silent, trickling]) {
    const answer = await lastAnswer(client);
    expect(await refusalOf(front, answer)).toMatchObject({ status: 408, cause: "request_timeout_client" });
  }
  clearInterval(drip);
});
