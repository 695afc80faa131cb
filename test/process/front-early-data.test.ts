// What a client sends behind its request for a WebSocket before that is answered: it waits, with the client held back, and
// reaches the app once and in order behind the 101; where no switch comes, it is read as what comes next on a connection.
import { expect, setDefaultTimeout, test } from "bun:test";
import { get, lastAnswer, untilAnswer, untilAnswers } from "../support/exchange.ts";
import { type FrontProcess, startFront } from "../support/front-process.ts";
import { OK, ScriptedWorker } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const FIELDS = ["Connection: Upgrade", "Upgrade: websocket"];
const UPGRADE = get("/socket", FIELDS);
/** No method begins so, and neither does a head. */
const FRAME = "\x81\x85\0\0\0\0early";

/** The front has gone round its loop, and read what there was to read. */
const settled = (front: FrontProcess) => front.untilStats(() => true);

const CASES: [string, (send: (bytes: string) => Promise<void>, front: FrontProcess) => Promise<void>][] = [
  ["in one packet with it", (send) => send(`${UPGRADE}${FRAME}`)],
  [
    "in another packet",
    async (send, front) => {
      await send(UPGRADE);
      await settled(front);
      await send(FRAME);
    },
  ],
  [
    "in pieces, and looks like a request",
    async (send, front) => {
      await send(`${UPGRADE}GET /`);
      await settled(front);
      await send(" HTTP/1.1\r\nHost: a\r\n\r\n");
    },
  ],
];

test.each(CASES)(
  "early data: what comes %s reaches the app once, behind the switch",
  async (_what, sendAll) => {
    using worker = new ScriptedWorker();
    await using front = await startFront({}, worker.backend());
    using client = await front.connect();
    let sent = "";
    await sendAll(async (bytes) => {
      sent += bytes;
      await client.send(bytes);
    }, front);
    const seen = await worker.next();
    await settled(front);
    const headLength = seen.connection.text.length;
    await seen.answer(SWITCH);
    await client.until("\r\n\r\n");
    const early = sent.slice(UPGRADE.length);
    const behind = () => seen.connection.text.slice(headLength);
    await worker.until(() => behind() === early, "the early bytes without another one from the client");
    await client.send("later");
    await worker.until(() => behind() === `${early}later`, "what came later");
    expect(worker.requests).toHaveLength(1);
  },
);

test("early data: far more than the front would keep is held back at the client, and arrives", async () => {
  using worker = new ScriptedWorker({ isRecording: false });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  const before = front.rssBytes();
  await client.send(UPGRADE);
  const seen = await worker.next();
  const headBytes = seen.connection.receivedBytes;
  const bytes = 64_000_000;
  const sending = client.send(new Uint8Array(bytes));
  await settled(front);
  await settled(front);
  expect(front.rssBytes() - before).toBeLessThan(bytes / 2);
  await seen.answer(SWITCH);
  await sending;
  await worker.until(() => seen.connection.receivedBytes === headBytes + bytes, "all of it");
});

test("early data: behind a request that is not switched, it is what comes next on the connection", async () => {
  using worker = new ScriptedWorker();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(`${UPGRADE}${get("/next")}`);
  await (await worker.next()).answer(OK);
  const next = await worker.next();
  expect(next.target).toBe("/next");
  await next.answer(OK);
  expect(await untilAnswers(client, 2)).toHaveLength(2);
  using other = await front.connect();
  await other.send(`${UPGRADE}${FRAME}`);
  await (await worker.next()).answer(OK);
  expect(await other.untilClosed()).toMatch(/^HTTP\/1\.1 200 .*HTTP\/1\.1 (400|501) /s);
});

test("early data: behind other requests sent ahead, too", async () => {
  using worker = new ScriptedWorker();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(`${get("/first")}${UPGRADE}${FRAME}`);
  const first = await worker.next();
  await settled(front);
  await first.answer(OK);
  expect((await untilAnswer(client)).body).toBe("ok");
  const seen = await worker.next();
  const before = seen.connection.text.length;
  await seen.answer(SWITCH);
  await client.send("later");
  await worker.until(() => seen.connection.text.slice(before) === `${FRAME}later`, "all bytes, once");
});

test("early data: a client that leaves before the answer is noticed, whatever it has sent", async () => {
  using worker = new ScriptedWorker();
  await using front = await startFront({}, worker.backend());
  const client = await front.connect();
  await client.send(`${UPGRADE}${FRAME}`);
  const seen = await worker.next();
  client.terminate();
  await seen.untilLeft();
  await front.untilStats(({ active }) => active === 0);
});

test("early data: in HTTP/1.0 nobody can ask for a switch; the request is a plain one", async () => {
  using worker = new ScriptedWorker();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(["GET /old HTTP/1.0", "Host: a", ...FIELDS, "", ""].join("\r\n"));
  const seen = await worker.next();
  expect(seen.lines.filter((line) => /^(upgrade|connection):/i.test(line))).toEqual([]);
  await seen.answer(OK);
  expect((await lastAnswer(client)).body).toBe("ok");
});
