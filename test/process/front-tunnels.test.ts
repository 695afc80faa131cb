// How an open WebSocket ends at the front: the bytes that were given arrive.
import { expect, setDefaultTimeout, test } from "bun:test";
import { get } from "../support/exchange.ts";
import { type FrontProcess, startFront } from "../support/front-process.ts";
import type { RawClient } from "../support/raw-http.ts";
import { ScriptedWorker, type SeenRequest } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket"];

async function openTunnel(front: FrontProcess, worker: ScriptedWorker): Promise<[RawClient, SeenRequest]> {
  const client = await front.connect();
  await client.send(get("/", UPGRADE));
  const seen = await worker.next();
  await seen.answer(SWITCH);
  await client.until("\r\n\r\n");
  return [client, seen];
}

test("tunnel: what the worker sent before it ended arrives, although the client goes on sending", async () => {
  using worker = new ScriptedWorker({ isRecording: false });
  await using front = await startFront({}, worker.backend());
  const [client, seen] = await openTunnel(front, worker);
  using _ = client;
  const sending = client.send(new Uint8Array(30_000_000)).catch(() => "closed");
  client.pause();
  const words = "bye".repeat(500_000);
  void seen.answer(words).then(() => seen.connection.close());
  await front.untilStats(() => true);
  client.resume();
  const text = await client.untilClosed();
  expect(text.endsWith(`\r\n\r\n${words}`)).toBeTrue();
  await sending;
});
