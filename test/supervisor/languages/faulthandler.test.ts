// Stacks of Python among what a process prints: as faulthandler of 3.9 to 3.14 writes them.
import { expect, test } from "bun:test";
import { StackReader } from "../../../src/supervisor/questions/stack-reader.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const MARK = "0123456789abcdef0123456789abcdef";
const WORKER = "/run/gw/worker.py";
const frame = (file: string, line: number, name: string) => `  File "${file}", line ${line} in ${name}`;

const REQUEST = [
  frame("/usr/lib/python3.11/json/decoder.py", 5, "scan"),
  frame("/app/wsgi.py", 12, "deep"),
  frame("/app/wsgi.py", 20, "application"),
  frame(WORKER, 900, "run_application"),
  frame(WORKER, 800, "_run"),
  frame("/usr/lib/python3.11/threading.py", 975, "run"),
];

const MAIN = [frame("/usr/lib/python3.11/threading.py", 320, "wait"), frame(WORKER, 1400, "main")];

const dump = (threads: string[][], named = "") => [
  ...threads.flatMap((frames) => [
    `Thread 0x00007f1a2b3c4d5e${named} (most recent call first):`,
    ...frames,
    "",
  ]),
  `Current thread 0x00007f1a2b3c4d00${named} (most recent call first):`,
  ...MAIN,
];

const END = [frame(MARK, 1, "<module>"), frame(WORKER, 1480, "<module>")];

async function read(lines: string[]): Promise<[frames: string[] | undefined, passed: string[]]> {
  const reader = new StackReader(MARK, () => {}, "faulthandler");
  const asked = reader.ask(new FakeClock(), 1_000);
  const passed = lines.flatMap((line) => reader.take(line) ?? []);
  return [await asked, passed];
}

test("faulthandler: the threads that run the app, without the worker's own frames", async () => {
  const other = [frame("/app/wsgi.py", 30, "beside"), frame(WORKER, 900, "run_application")];
  const idle = [frame(WORKER, 700, "_serve_one"), frame(WORKER, 690, "_serve")];
  const lines = dump([idle, REQUEST, other], " [gw requests]");
  const [frames, passed] = await read([
    ...lines.slice(0, 3),
    "the app's own line",
    ...lines.slice(3),
    ...END,
  ]);
  expect(frames).toEqual([
    "scan (/usr/lib/python3.11/json/decoder.py:5)",
    "deep (/app/wsgi.py:12)",
    "application (/app/wsgi.py:20)",
    "beside it: beside (/app/wsgi.py:30)",
  ]);
  expect(passed).toEqual(["the app's own line"]);
});

test("faulthandler: one that is idle has none, and what nobody has asked for is the app's", async () => {
  expect(await read([...dump([[frame(WORKER, 690, "_serve")]]), ...END])).toEqual([[], []]);
  const reader = new StackReader(MARK, () => {}, "faulthandler");
  const own = dump([REQUEST]);
  expect(own.flatMap((line) => reader.take(line) ?? [])).toEqual(own);
});
