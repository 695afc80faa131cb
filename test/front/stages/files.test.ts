// A request on its way to a file, and what may happen to both meanwhile.
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Deadlines } from "../../../src/core/deadlines.ts";
import type { GwError } from "../../../src/core/errors.ts";
import type { Client } from "../../../src/front/door/client.ts";
import type { H2Client } from "../../../src/front/door/h2/h2-client.ts";
import { Files } from "../../../src/front/stages/files.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import { Stages } from "../../../src/front/visit/stages.ts";
import { Visit } from "../../../src/front/visit/visit.ts";
import { FRAME, SETTING, settingsFrame, wordFrame } from "../../../src/http/h2/frames.ts";
import type { FilesSetup } from "../../../src/link/setups.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FILES, makeFileTree, numberedBytes } from "../../support/file-tree.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";
import { openBelow } from "../../support/proc-status.ts";
import { GET, headers } from "../door/h2/frame-client.ts";
import { KernelWire } from "../door/h2/wire.ts";
import { Ends, FakeClient } from "../fakes.ts";

const BIG = numberedBytes(200_000);

/** A tree, its stage, and one behind it that counts what comes through. */
function serve(names: Record<string, string | Uint8Array>, changes: Partial<FilesSetup> = {}) {
  const tree = makeFileTree(names);
  const clock = new FakeClock();
  const silence = new Deadlines(clock, 1000);
  const pace = new ClientPace(clock, 1000, undefined);
  const setup = { ...FILES, root: tree.path, ...changes };
  const files = new Files({ clock, date: () => "now", groups: [{ name: "a", files: setup, silence, pace }] });
  const ends = new Ends();
  const passed: Visit[] = [];
  const stages = new Stages([
    (visit) => files.serve(visit),
    (visit) => {
      passed.push(visit);
      visit.end({ kind: "answered" });
      return undefined;
    },
  ]);
  const begin = (client: Client) => {
    const visit = new Visit("id", client, 0, ends);
    visit.group = "a";
    visit.target = client.target;
    stages.begin(visit);
  };
  const ask = (target: string, given: ConstructorParameters<typeof FakeClient>[0] = {}) => {
    const fake = new FakeClient({ target, ...given });
    begin(fake.client);
    return fake;
  };
  const untilEnded = (count: number) =>
    ends.watch.until(
      () => ends.all[count - 1],
      () => "an end",
    );
  return {
    tree,
    clock,
    times: { silence, pace },
    files,
    ends,
    passed,
    begin,
    ask,
    untilEnded,
    [Symbol.dispose]: () => tree[Symbol.dispose](),
  };
}

testWith(ON_LINUX)(
  "files: a small one is answered whole, from memory when it is asked for again",
  async () => {
    using site = serve({ "a.txt": "hello" });
    site.files.open();
    site.ask("/a.txt");
    await site.untilEnded(1);
    const again = site.ask("/a.txt");
    expect(site.ends.kinds).toEqual(["answered", "answered"]);
    expect(again.sent).toMatchObject([{ status: 200, body: "hello" }]);
    expect(site.passed).toEqual([]);
  },
);

testWith(ON_LINUX)(
  "files: what is no file goes on, in the same turn where it has been asked for before",
  async () => {
    using site = serve({ "a.txt": "hello" });
    site.files.open();
    site.ask("/none");
    await site.untilEnded(1);
    site.ask("/none");
    site.ask("/../none");
    expect(site.passed).toHaveLength(3);
  },
);

testWith(ON_LINUX)("files: a client that leaves while a file is looked for, or sent, ends it", async () => {
  using site = serve({ "big.bin": BIG });
  site.files.open();
  site.ask("/big.bin").leave();
  const taking = site.ask("/big.bin");
  await taking.watch.until(
    () => taking.sent[0],
    () => "a head",
  );
  taking.leave();
  await site.untilEnded(2);
  expect(site.ends.kinds).toEqual(["client gone", "client gone"]);
  while (openBelow(site.tree.path, process.pid) > 0) await new Promise(setImmediate);
});

testWith(ON_LINUX)(
  "files: a file that is exchanged between the look and the reading is looked at anew",
  async () => {
    using site = serve({ "a.txt": "first" });
    site.files.open();
    site.ask("/a.txt");
    await site.untilEnded(1);
    writeFileSync(join(site.tree.path, "a.txt"), "other and longer");
    // The look before counts for a moment; its bytes do not, where they were not kept.
    site.clock.advance(201);
    const after = site.ask("/a.txt");
    await site.untilEnded(2);
    expect(after.sent).toMatchObject([{ status: 200, body: "other and longer" }]);
  },
);

testWith(ON_LINUX)("files: little is read ahead for a client of HTTP/2 that gives little room", async () => {
  using site = serve({ "big.bin": BIG });
  site.files.open();
  const wire = new KernelWire();
  wire.send(settingsFrame([[SETTING.initialWindowSize, 1]]), headers(1, bigBin));
  const [client] = wire.arrivals.clients as H2Client[];
  if (!client) throw new Error("no request");
  site.begin(client);
  const held = () => client.unsent.reduce((sum, { length }) => sum + length, 0);
  while (wire.bodyOf(1).length === 0) await wire.turn();
  expect([wire.bodyOf(1).length, held() < 4097]).toEqual([1, true]);
  wire.send(wordFrame(FRAME.windowUpdate, 0, 1, 50_000));
  while (wire.bodyOf(1).length < 50_001) await wire.turn();
  expect(held()).toBeLessThan(4097);
  wire.send(wordFrame(FRAME.windowUpdate, 0, 1, 1e6), wordFrame(FRAME.windowUpdate, 0, 0, 1e6));
  await site.untilEnded(1);
  await wire.turn();
  expect(Buffer.from(wire.bodyOf(1), "latin1").equals(BIG)).toBe(true);
  expect(site.ends.kinds).toEqual(["answered"]);
});

const bigBin = GET.map(([name, value]) => [name, name === ":path" ? "/big.bin" : value] as const);

testWith(ON_LINUX)("files: what an alias has is nobody else's, hidden names among it", async () => {
  using site = serve({ "a/.env": "secret", "a/x": "x" });
  const path = join(site.tree.path, "a");
  const aliases = [{ url: "/static", path }];
  const groups = [{ name: "a", files: { ...FILES, aliases }, ...site.times }];
  const files = new Files({ clock: site.clock, date: () => "now", groups });
  files.open();
  const causeOf = async (target: string) => {
    const visit = new Visit("id", new FakeClient({ target }).client, 0, site.ends);
    visit.group = "a";
    visit.target = target;
    try {
      await files.serve(visit);
      return visit.isOver ? "answered" : "passed on";
    } catch (error) {
      return (error as GwError).cause_;
    }
  };
  for (const [target, expected] of [
    ["/static/x", "answered"],
    ["/static/.env", "file_not_found"],
    ["/static/%2eenv", "file_not_found"],
    [`/static/${"a".repeat(300)}`, "file_not_found"],
    ["/static/../static/x", "passed on"],
    ["/.env", "passed on"],
  ] as const)
    expect([target, await causeOf(target)]).toEqual([target, expected]);
});

testWith(ON_LINUX)("files: all that is being sent can be ended", async () => {
  using site = serve({ "big.bin": BIG });
  site.files.open();
  const taking = site.ask("/big.bin");
  await taking.watch.until(
    () => taking.sent[0],
    () => "a head",
  );
  site.files.abandon("shutting_down");
  await site.untilEnded(1);
  expect(site.ends.kinds).toEqual(["shutting_down"]);
});

testWith(ON_LINUX)("files: a WebSocket is for the app, whatever stands at its path", () => {
  using site = serve({ "a.txt": "hello" });
  site.files.open();
  site.ask("/a.txt", { bits: 6, fields: ["Host", "a", "Upgrade", "websocket"] });
  expect(site.passed).toHaveLength(1);
});

testWith(ON_LINUX)("files: what cannot be opened is named", () => {
  using gone = serve({}, { root: "/nowhere/at/all" });
  expect(() => gone.files.open()).toThrow("The front end cannot serve from /nowhere/at/all: ENOENT");
  using typed = serve({ types: "no type\n" });
  const mimeTypes = join(typed.tree.path, "types");
  using wrong = serve({}, { mimeTypes });
  expect(() => wrong.files.open()).toThrow(`from ${mimeTypes}: line 1 does not begin with a media type`);
});

testWith(ON_LINUX)(
  "files: a page that is not there is the one for browsers, for navigations alone",
  async () => {
    using site = serve({ "app.html": "the app", "a.txt": "hello", "dir/x": "x" }, { fallback: "app.html" });
    site.files.open();
    const browser = ["Host", "a", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8"];
    const script = ["Host", "a", "Accept", "*/*"];
    // Asked for by a script first, so that the path is known for one without a file.
    site.ask("/users/7", { fields: script });
    await site.untilEnded(1);
    const shown = [site.ask("/users/7", { fields: browser }), site.ask("/dir/", { fields: browser })];
    const file = site.ask("/a.txt", { fields: browser });
    for (const [target, given] of [
      ["/users/7", { method: "POST", fields: browser }],
      ["/users/7", { fields: ["Host", "a", "Accept", "application/json, text/html;q=0.5"] }],
      ["/.env", { fields: browser }],
      ["/users//7", { fields: browser }],
    ] as const)
      site.ask(target, { ...given, fields: [...given.fields] });
    await site.untilEnded(8);
    expect(shown.map(({ sent }) => [sent[0]?.status, sent[0]?.body])).toEqual([
      [200, "the app"],
      [200, "the app"],
    ]);
    expect(shown[0]?.sent[0]?.fields.join("|")).toContain("Vary|Accept|");
    expect(file.sent[0]?.body).toBe("hello");
    expect(site.passed).toHaveLength(5);
  },
);
