// A request on its way to a file, and what may happen to both meanwhile.
import { expect } from "bun:test";
import { readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Deadlines } from "../../../src/core/deadlines.ts";
import { Files } from "../../../src/front/stages/files.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import { Stages } from "../../../src/front/visit/stages.ts";
import { Visit } from "../../../src/front/visit/visit.ts";
import type { FilesSetup } from "../../../src/link/setups.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FILES, type FileTree, makeFileTree, numberedBytes } from "../../support/file-tree.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";
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
  const ask = (target: string, given: ConstructorParameters<typeof FakeClient>[0] = {}) => {
    const fake = new FakeClient({ target, ...given });
    const visit = new Visit("id", fake.client, 0, ends);
    visit.group = "a";
    visit.target = target;
    stages.begin(visit);
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
    files,
    ends,
    passed,
    ask,
    untilEnded,
    [Symbol.dispose]: () => tree[Symbol.dispose](),
  };
}

/** How many files of the tree are open. */
const descriptorsOf = ({ path }: FileTree) =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${path}/`);
    } catch {
      return false; // That of the list itself.
    }
  }).length;

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
  while (descriptorsOf(site.tree) > 0) await new Promise(setImmediate);
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
