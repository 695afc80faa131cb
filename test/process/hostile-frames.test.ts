// What only frames can do to a file on its way: each ends its request, or its connection, and nothing else, and leaves nothing behind.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { readFileSync } from "node:fs";
import { CODE, FRAME, SETTING, settingsFrame, wordFrame } from "../../src/http/h2/frames.ts";
import { type FrameClient, headers, type Pair } from "../front/door/h2/frame-client.ts";
import { eventually } from "../support/gw.ts";
import { data } from "../support/h2-peer.ts";
import { type HostileSite, inFull, startHostileSite } from "../support/hostile-site.ts";
import { describeWith, ON_LINUX, testWith } from "../support/needs.ts";

setDefaultTimeout(60_000);

let site: HostileSite;

describeWith(ON_LINUX)("frames amid a file", () => {
  beforeAll(async () => {
    site = await startHostileSite();
  });

  afterAll(() => site?.[Symbol.asyncDispose]());

  // ---- frames amid a file -------------------------------------------------------------------------------

  /** What is on its way: whole in memory, from the disk, made smaller, by way of the app, in the place of an error. */
  const KINDS: Record<string, readonly Pair[]> = {
    "a small file": inFull("/none.html"),
    "a large file": inFull("/big.bin"),
    "a range of it": [...inFull("/big.bin"), ["range", "bytes=1000-2000000"]],
    "parts of it": [...inFull("/big.bin"), ["range", "bytes=0-1000000,2000000-3000000"]],
    "a compressed file": [...inFull("/text.txt"), ["accept-encoding", "gzip"]],
    "a file of the app's": inFull("/handed"),
    "an error document": inFull("/alias/none"),
  };

  type Act = {
    act: (client: FrameClient) => void;
    /** The stream is reset with this code, or the connection ended with it, or neither. */
    reset?: number;
    goodbye?: number;
    cause?: string;
    /** It has opened its window before. */
    takesMore?: true;
  };
  const window = (id: number, by: number) => wordFrame(FRAME.windowUpdate, 0, id, by);
  const WIDEST = 2 ** 31 - 1;
  const ACTS: Record<string, Act> = {
    "takes it back": { act: (client) => client.send(wordFrame(FRAME.reset, 0, 1, CODE.cancel)) },
    leaves: { act: (client) => client.leave() },
    "sends no more": { act: (client) => client.halfClose() },
    "opens its window by nothing": {
      act: (client) => client.send(window(1, 0)),
      ...{ reset: CODE.protocol, cause: "malformed_request" },
    },
    "opens it too far": {
      act: (client) => client.send(window(1, WIDEST), window(1, WIDEST)),
      ...{ reset: CODE.flowControl, cause: "malformed_request", takesMore: true },
    },
    "opens that of the connection by nothing": {
      act: (client) => client.send(window(0, 0)),
      ...{ goodbye: CODE.protocol, cause: "malformed_request" },
    },
    "opens that too far": {
      act: (client) => client.send(window(0, WIDEST)),
      ...{ goodbye: CODE.flowControl, cause: "malformed_request" },
    },
    "opens it too far by its settings": {
      act: (client) =>
        client.send(window(1, WIDEST - 1000), settingsFrame([[SETTING.initialWindowSize, WIDEST]])),
      ...{ goodbye: CODE.flowControl, cause: "malformed_request", takesMore: true },
    },
    "sends a body behind the end": {
      act: (client) => client.send(data(1, "x")),
      ...{ reset: CODE.streamClosed, cause: "malformed_request" },
    },
  };

  /** A client that has begun to take it, and has given room for 10 bytes and no more. */
  async function begin({ connect }: HostileSite, fields: readonly Pair[]): Promise<FrameClient> {
    const client = await connect();
    client.send(
      settingsFrame([[SETTING.initialWindowSize, 10]]),
      headers(1, [[":method", "GET"], ...fields]),
    );
    await client.until(() => client.bodyOf(1).length === 10, "its first bytes");
    return client;
  }

  testWith()("whatever they do ends it alone, by name, and leaves nothing open", async () => {
    const all = Object.entries(KINDS).flatMap(([kind, fields]) =>
      Object.entries(ACTS).map(([what, act]) => ({ ...act, shown: `${kind}: ${what}`, fields })),
    );
    const pages = Object.keys(ACTS).map(() => "file_not_found");
    await site.counted([...all.map(({ cause }) => cause), ...pages], async () => {
      await Promise.all(
        all.map(async ({ shown, fields, act, reset, goodbye, takesMore }) => {
          using client = await begin(site, fields);
          act(client);
          if (reset !== undefined)
            await client.until(() => client.resetOf(1) !== undefined, `a reset, ${shown}`);
          if (goodbye !== undefined) await client.untilEnded();
          expect([shown, client.resetOf(1), client.goodbyes.at(-1)]).toEqual([shown, reset, goodbye]);
          if (!takesMore) expect([shown, client.bodyOf(1).length]).toEqual([shown, 10]);
        }),
      );
    });
    await eventually(() => site.openFiles() === 0, "all files are closed");
    site.expectSameFront();
  });

  /** Of its front, in hundredths of a second. */
  const busy = ({ front }: HostileSite) => {
    const [, rest = ""] = readFileSync(`/proc/${front}/stat`, "utf8").split(") ");
    const words = rest.split(" ");
    return Number(words[11]) + Number(words[12]);
  };
  const megabytes = ({ front }: HostileSite) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${front}/status`, "utf8"))?.[1]) / 1024;

  testWith()(
    "without a window each is ended by name, and costs little memory and no time until then",
    async () => {
      await using hurried = await startHostileSite("--response-socket-timeout", "1s");
      const kinds = Object.entries(KINDS);
      const clients = await Promise.all(Array.from({ length: 10 }, hurried.connect));
      const streams = Array.from({ length: 100 }, (_, at) => 2 * at + 1);
      const tiny = clients.flatMap((client) => streams.map((id) => ({ client, id })));
      const isStalled = async ([kind, fields]: [string, readonly Pair[]]) => {
        using client = await begin(hurried, fields);
        await client.until(() => client.resetOf(1) !== undefined, `the end of ${kind}`);
        expect([kind, client.resetOf(1), client.bodyOf(1).length]).toEqual([kind, CODE.internal, 10]);
      };
      const have = async (type: number) => {
        for (const client of clients)
          await client.until(() => client.of(type).length === streams.length, `a frame ${type} of each`);
      };
      const stalls = [...kinds, ...tiny].map(() => "client_stalled");
      await hurried.counted([...stalls, "file_not_found"], async () => {
        const stalled = Promise.all(kinds.map(isStalled));
        const before = megabytes(hurried);
        for (const client of clients) client.send(settingsFrame([[SETTING.initialWindowSize, 1]]));
        for (const { client, id } of tiny)
          client.send(headers(id, [[":method", "GET"], ...inFull("/big.bin")]));
        await have(FRAME.data);
        // A piece of the file for each would be 32 MB, and all that it brings along as much again.
        expect(megabytes(hurried) - before).toBeLessThan(32);
        const from = busy(hurried);
        await have(FRAME.reset);
        // A loop that turns for them takes all of that second.
        expect(busy(hurried) - from).toBeLessThan(60);
        await stalled;
      });
      for (const client of clients) client.leave();
      await eventually(() => hurried.openFiles() === 0, "all files are closed");
      hurried.expectSameFront();
    },
  );

  testWith()("files that are asked for and taken back without end cost one connection", async () => {
    using other = await site.connect();
    using client = await site.connect();
    await site.counted(["http2_flood"], async () => {
      for (let at = 0; at < 300; at++) {
        const id = 2 * at + 1;
        const fields = at % 2 ? inFull("/big.bin") : inFull("/text.txt");
        client.send(headers(id, [[":method", "GET"], ...fields]), wordFrame(FRAME.reset, 0, id, CODE.cancel));
      }
      await client.untilEnded();
    });
    expect(client.goodbyes.at(-1)).toBe(CODE.calm);
    other.send(headers(1, [[":method", "GET"], ...inFull("/a.txt")]));
    await other.untilAnswered(1);
    expect(other.bodyOf(1)).toBe("hello");
    await eventually(() => site.openFiles() === 0, "all files are closed");
    site.expectSameFront();
  });
});
