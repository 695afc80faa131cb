// An answer that is made smaller on its way to its client, whoever gives it.
import { describe, expect, test } from "bun:test";
import { constants, gunzipSync } from "node:zlib";
import { CodedClient } from "../../../src/front/coding/coded-client.ts";
import { Coders } from "../../../src/front/coding/coders.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { Watch } from "../../support/watch.ts";
import { Ends, idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

const HTML = ["Content-Type", "text/html"];
const TEXT = "The quick brown fox. ".repeat(200);

/** Keeps the bytes, and tells of each thing that is done to it. */
class KeepingClient extends PlainClient {
  readonly bytes: Uint8Array[] = [];
  readonly watch = new Watch();
  #settled: (() => void) | undefined;

  override answer(
    status: number,
    reason: string,
    fields: readonly string[],
    body: Uint8Array | string,
  ): void {
    this.bytes.push(Buffer.from(body as string));
    super.answer(status, reason, fields, "");
    this.watch.tell();
  }

  override write(piece: Uint8Array): boolean {
    this.bytes.push(piece);
    this.acts.push("piece");
    this.watch.tell();
    return !this.isFull;
  }

  override end(trailers?: readonly string[]): void {
    super.end(trailers);
    this.watch.tell();
  }

  override whenSettled(act: () => void): void {
    this.#settled = act;
    this.watch.tell();
  }

  untilAct(count: number): Promise<unknown> {
    return this.watch.until(
      () => this.acts[count - 1],
      () => `act ${count} behind ${this.acts.join(", ")}`,
    );
  }

  get text(): string {
    return gunzipSync(Buffer.concat(this.bytes)).toString();
  }

  get isSettling(): boolean {
    return this.#settled !== undefined;
  }
}

function setUp(given: ConstructorParameters<typeof PlainClient>[0] = {}) {
  const inner = new KeepingClient({ fields: ["Host", "a", "Accept-Encoding", "gzip"], ...given });
  const ends = new Ends();
  const visit: Visit = visitOf(inner, 0, "id", ends);
  const coders = new Coders();
  const client = new CodedClient(inner, visit, { coders, isWanted: (type) => type === "text/html" });
  visit.client = client;
  visit.handTo(idleHolder());
  return { inner, ends, visit, coders, client };
}

describe("coded client: a whole answer", () => {
  test("coded client: it is smaller, and the visit is told of what was sent", async () => {
    const { inner, visit, client } = setUp();
    client.answer(200, "OK", HTML, TEXT);
    expect([client.isAnswered, client.isTaking, inner.isAnswered]).toEqual([true, true, false]);
    let isSettled = false;
    client.whenSettled(() => {
      isSettled = true;
    });
    await inner.untilAct(1);
    expect([inner.text, inner.answerFields.slice(2), isSettled]).toEqual([
      TEXT,
      ["Vary", "Accept-Encoding", "Content-Encoding", "gzip"],
      false,
    ]);
    expect([visit.sentBytes, visit.answerFields]).toEqual([inner.bytes[0]?.length ?? 0, inner.answerFields]);
    expect([client.isTaking, inner.isSettling]).toEqual([false, true]);
  });

  test("coded client: what is none for it goes on at once", () => {
    const { inner, client } = setUp();
    client.answer(200, "OK", ["Content-Type", "image/png"], TEXT);
    expect([inner.acts.length, inner.answerFields]).toEqual([1, ["Content-Type", "image/png"]]);
    const other = setUp({ fields: ["Host", "a"] });
    other.client.answer(200, "OK", HTML, TEXT);
    expect(other.inner.answerFields).toEqual([...HTML, "Vary", "Accept-Encoding"]);
  });

  test("coded client: HEAD says what GET would, and nothing new is of the version that is known", () => {
    const { inner, client } = setUp({ method: "HEAD" });
    client.answerBodiless(200, "OK", HTML, 5000);
    expect([inner.acts, inner.answerFields.slice(-2)]).toEqual([
      ["answer 200 without a body"],
      ["Content-Encoding", "gzip"],
    ]);
    const small = setUp({ method: "HEAD" });
    small.client.answerBodiless(200, "OK", HTML, 5);
    expect(small.inner.acts).toEqual(["answer 200 without a body, of 5"]);
    const known = setUp({ fields: ["Host", "a", "If-None-Match", 'W/"a"'] });
    known.client.answerBodiless(304, "Not Modified", ["ETag", '"a"']);
    expect(known.inner.answerFields).toContain('W/"a"');
  });

  test("coded client: one that leaves meanwhile gets nothing, and is settled", async () => {
    const { inner, client, coders } = setUp();
    client.answer(200, "OK", HTML, TEXT);
    client.whenSettled(() => inner.acts.push("settled"));
    client.onGone();
    expect([client.isTaking, inner.isSettling]).toEqual([false, true]);
    while (coders.size > 0) await new Promise(setImmediate);
    expect(inner.acts).toEqual([]);
  });

  test("coded client: where too many are under way it gets the bytes as they are", () => {
    const { inner, client, coders } = setUp();
    while (coders.makeWhole("gzip", "x", () => {}));
    client.answer(200, "OK", [...HTML, "ETag", '"a"'], TEXT);
    expect(inner.answerFields).toEqual([...HTML, "ETag", '"a"', "Vary", "Accept-Encoding"]);
  });
});

describe("coded client: an answer in pieces", () => {
  test("coded client: each piece leaves as it comes, trailers behind the last", async () => {
    const { inner, visit, client, coders } = setUp();
    client.sendHead(200, "OK", HTML, 5000);
    expect(inner.acts).toEqual(["head 200"]);
    for (const [at, piece] of ["one ", "two "].entries()) {
      visit.sentBytes += piece.length;
      expect(client.write(Buffer.from(piece))).toBe(true);
      await inner.untilAct(2 + at);
    }
    client.end(["X", "y"]);
    expect([client.isTaking, client.hasTakenSome()]).toEqual([true, true]);
    await inner.untilAct(5);
    expect([inner.acts.at(-1), inner.text, coders.size]).toEqual(["end, X y", "one two ", 0]);
    expect(visit.sentBytes).toBe(Buffer.concat(inner.bytes).length);
  });

  test("coded client: who answers waits for the threads, and goes on", async () => {
    const { client, ends, visit } = setUp();
    const watch = new Watch();
    let writable = 0;
    visit.handTo({
      ...idleHolder(),
      onWritable() {
        writable++;
        watch.tell();
      },
    });
    client.sendHead(200, "OK", HTML);
    const piece = Buffer.alloc(65_536, "x");
    let written = 1;
    while (client.write(piece)) written++;
    expect([written, writable]).toEqual([4, 0]);
    await watch.until(
      () => writable > 0 || undefined,
      () => "room",
    );
    expect([writable, ends.all]).toEqual([1, []]);
    client.cut();
  });

  test("coded client: a client that takes nothing holds all of it up, without more than a bounded rest here", async () => {
    const { inner, client, visit } = setUp();
    let writable = 0;
    visit.handTo({ ...idleHolder(), onWritable: () => writable++ });
    client.sendHead(200, "OK", HTML);
    inner.isFull = true;
    client.write(Buffer.from("a"));
    await inner.untilAct(2);
    expect([client.write(Buffer.from("b")), client.hasTakenSome()]).toEqual([false, false]);
    client.end();
    await new Promise(setImmediate);
    expect([inner.acts.length, writable]).toEqual([2, 0]);
    inner.isFull = false;
    client.onWritable();
    await inner.untilAct(5);
    expect([inner.text, inner.acts.at(-1)]).toEqual(["ab", "end"]);
  });

  test("coded client: the kernel sends what is not changed, and nothing else", () => {
    const sent: number[] = [];
    const sendFile = (descriptor: number) => {
      sent.push(descriptor);
      return 1;
    };
    const { client } = setUp();
    expect(client.sendFile).toBeUndefined();
    const inner = Object.assign(new PlainClient({ fields: ["Host", "a", "Accept-Encoding", "gzip"] }), {
      sendFile,
    });
    const rules = { coders: new Coders(), isWanted: (type: string) => type === "text/html" };
    const plain = new CodedClient(inner, visitOf(inner), rules);
    plain.sendHead(200, "OK", ["Content-Type", "video/mp4"]);
    const coded = new CodedClient(inner, visitOf(inner), rules);
    coded.sendHead(200, "OK", HTML);
    expect([plain.sendFile?.(7, 0, 1), coded.sendFile?.(8, 0, 1), sent]).toEqual([1, undefined, [7]]);
    coded.cut();
  });

  test("coded client: it is cut behind all that was given, once its client has taken that", async () => {
    const { client, coders, inner } = setUp();
    client.sendHead(200, "OK", HTML);
    inner.isFull = true;
    client.write(Buffer.from(TEXT));
    client.cutBehind();
    await inner.untilAct(2);
    client.write(Buffer.from("too late"));
    await Promise.resolve();
    expect([inner.acts, client.isTaking]).toEqual([["head 200", "piece"], true]);
    let settled = 0;
    client.whenSettled(() => void settled++);
    inner.isFull = false;
    inner.listener?.onWritable();
    expect([inner.acts, coders.size, inner.isSettling]).toEqual([["head 200", "piece", "cut"], 0, true]);
    const decoded = gunzipSync(Buffer.concat(inner.bytes), { finishFlush: constants.Z_SYNC_FLUSH });
    expect(decoded.toString()).toBe(TEXT);
  });

  test("coded client: what is not changed is cut at once", () => {
    const { client, inner } = setUp();
    client.sendHead(200, "OK", ["Content-Type", "image/png"]);
    client.cutBehind();
    expect([inner.acts, client.isTaking]).toEqual([["head 200", "cut"], false]);
  });

  test("coded client: a cut frees what it has used", () => {
    const { client, coders, inner } = setUp();
    client.sendHead(200, "OK", HTML);
    client.write(Buffer.from("a"));
    client.cut();
    client.end();
    expect([coders.size, inner.acts]).toEqual([0, ["head 200", "cut", "end"]]);
  });
});
