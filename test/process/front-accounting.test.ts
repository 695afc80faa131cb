// The front's count of what is under way, on which the end of every drain depends: each request is counted in once and
// out once, however it and its client end.
import { expect, setDefaultTimeout } from "bun:test";
import { test } from "../support/both-forms.ts";
import { get, lastAnswer, request } from "../support/exchange.ts";
import { startFront } from "../support/front-process.ts";

setDefaultTimeout(30_000);

test("accounting: a body that turns out to be malformed while its request waits is counted out once", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using running = await front.connect();
  await running.send(get());
  await worker.next();
  for (let n = 0; n < 3; n++) {
    using client = await front.connect();
    await client.send(request("POST", "/", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n"));
    await front.untilStats(({ queued }) => queued === 1);
    await client.send("zz\r\n");
    const { status, lines } = await lastAnswer(client);
    expect(status).toBe(400);
    // The same request, by its id, for the client and in the log.
    const id = lines.find((line) => line.startsWith("X-Request-Id: "))?.slice("X-Request-Id: ".length) ?? "";
    expect((await front.untilLogged(id)).fields).toMatchObject({
      cause: "malformed_request",
      path: "/",
      why: "Invalid character in chunk size",
    });
  }
  expect(await front.untilStats(({ queued }) => queued === 0)).toMatchObject({ active: 1 });
  // What runs is waited for.
  front.drain(300);
  expect((await lastAnswer(running)).status).toBe(504);
  expect(await front.exited).toBe(0);
});

test("accounting: clients that leave in the moment of a refusal are counted out", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  for (let n = 0; n < 200; n++) {
    using client = await front.connect();
    await client.send(get());
    const seen = await worker.next();
    // The front learns of both in one turn of its loop, in either order.
    if (n % 2 === 0) client.end();
    void seen.answer("HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n");
    client.end();
  }
  await front.untilStats(({ active }) => active === 0);
  front.drain(20_000);
  expect(await front.exited).toBe(0);
});
