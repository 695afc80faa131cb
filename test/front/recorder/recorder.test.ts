import { describe, expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Recorder } from "../../../src/front/recorder/recorder.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { eventually } from "../../support/gw.ts";
import { AS_ROOT } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

function setUp({ keep = 10 } = {}) {
  const dir = makeTempDir();
  const directory = join(dir.path, "records");
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const recorder = new Recorder({ directory, keep, bodyBytes: 100, clock, log });
  const record = (id: string) => {
    const client = recorder.wrap(new PlainClient());
    const visit = Object.assign(visitOf(client), { id });
    recorder.follow(visit, client);
    client.answer(200, "OK", [], id);
    recorder.tell(visit, clock.now());
  };
  const names = () => readdirSync(directory).toSorted();
  return {
    dir,
    directory,
    recorder,
    record,
    names,
    lines,
    clock,
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
}

describe("recorder", () => {
  test("one file for each request, for nobody else's eyes; the oldest go, also of an earlier front end", async () => {
    using set = setUp({ keep: 2 });
    const { directory, recorder, record, names, clock } = set;
    recorder.open();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const id of ["a-1", "a-2", "a-3"]) {
      clock.advance(10);
      record(id);
      await eventually(() => names().some((name) => name.includes(id)), "it is there");
    }
    await eventually(() => names().length === 2, "the oldest has gone");
    expect(names().map((name) => name.replace(/^\d{8}T\d{9}-/, ""))).toEqual(["a-2.json", "a-3.json"]);
    const [file = ""] = names();
    expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(directory, file), "utf8"))).toMatchObject({
      id: "a-2",
      answer: { status: 200, body: { text: "a-2" } },
    });
    writeFileSync(join(directory, "notes.txt"), "of somebody else");
    const later = new Recorder({ directory, keep: 1, bodyBytes: 0, clock, log: captureLog().log });
    later.open();
    await eventually(() => names().length === 2, "what is too much has gone, and nothing else");
    expect(names()[1]).toBe("notes.txt");
  });

  test("the newest are kept, in whatever order the disk was done with them", async () => {
    using set = setUp({ keep: 3 });
    const { recorder, record, names, clock } = set;
    recorder.open();
    const ids = Array.from({ length: 40 }, (_, index) => `a-${index + 10}`);
    for (const id of ids) {
      clock.advance(10);
      record(id);
    }
    const newest = ids.slice(-3).map((id) => `${id}.json`);
    const kept = () => names().map((name) => name.replace(/^\d{8}T\d{9}-/, ""));
    await eventually(() => kept().join() === newest.join(), "the newest are left");
  });

  test("a visit that it does not follow is none of its own", () => {
    using set = setUp();
    set.recorder.open();
    set.recorder.tell(visitOf(new PlainClient()), 0);
    expect(set.names()).toEqual([]);
  });

  test("a directory that cannot be had is refused by name", () => {
    using set = setUp();
    writeFileSync(set.directory, "a file");
    expect(() => set.recorder.open()).toThrow(`Requests cannot be recorded in ${set.directory}`);
    const nowhere = new Recorder({
      ...set,
      directory: "/nowhere/at/all",
      keep: 1,
      bodyBytes: 1,
      log: captureLog().log,
    });
    expect(() => nowhere.open()).toThrow("ENOENT");
  });

  test("what cannot be written is told once, and again when it can", async () => {
    using set = setUp();
    const { directory, recorder, record, names, lines } = set;
    recorder.open();
    if (AS_ROOT.isMet) rmSync(directory, { recursive: true });
    else chmodSync(directory, 0o500);
    // Each has a name of its own: what is there already is never written over.
    let count = 0;
    const recordAnother = () => record(`a-${++count}`);
    recordAnother();
    await eventually(() => lines.length === 1, "the first is told");
    recordAnother();
    recorder.open();
    if (!AS_ROOT.isMet) chmodSync(directory, 0o700);
    await eventually(() => {
      recordAnother();
      return lines.length > 1;
    }, "it goes on");
    expect(lines.map(({ text }) => text)).toEqual([
      "requests are not recorded until they can be written again",
      "requests are recorded again",
    ]);
    expect(lines[1]?.fields?.lost).toBeOneOf([1, 2]);
    expect(names().length).toBeGreaterThan(0);
    expect(names().length).toBeGreaterThan(0);
  });
});
