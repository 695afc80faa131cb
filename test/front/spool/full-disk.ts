// What a spool does on a file system that is full for a while, which is the directory of the first argument. Run as a process of its own, with a
// view of its own of the file system: `bun full-disk.ts DIRECTORY`. Prints what has happened, as JSON.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ANSWER_WORDS, Spool } from "../../../src/front/spool/spool.ts";
import { openFileIn } from "../../../src/front/spool/spool-file.ts";
import type { SpoolRoom } from "../../../src/front/spool/spool-room.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { eventually } from "../../support/gw.ts";

const [directory = ""] = process.argv.slice(2);
const BYTES = 100_000;
const clock = new FakeClock();
const { log, lines } = captureLog();
const spool = new Spool({
  words: ANSWER_WORDS,
  clock,
  log,
  most: 2 ** 30,
  open: (most, before) => openFileIn(directory, most, before),
});

async function enter(): Promise<SpoolRoom> {
  let room: SpoolRoom | undefined;
  await eventually(() => {
    room ??= spool.reserve(BYTES);
    return room !== undefined;
  }, "room");
  return room as SpoolRoom;
}

/** Why it could not. */
const write = (room: SpoolRoom, letter: string) =>
  (room.take(BYTES / 2)
    ? room.write(Buffer.alloc(BYTES / 2, letter))
    : Promise.reject(new Error("no room"))
  ).then(
    () => "written",
    ({ code, message }) => code ?? message,
  );

async function read(room: SpoolRoom): Promise<string> {
  const into = new Uint8Array(BYTES);
  const count = await room.read(into);
  return `${count} ${String.fromCharCode(into[0] ?? 0)}`;
}

/** Takes all that is left. */
function fill(): void {
  for (const size of [65_536, 4_096])
    try {
      for (let at = 0; ; at++) writeFileSync(join(directory, `ballast-${size}-${at}`), Buffer.alloc(size));
    } catch {
      // It is full, as it should be.
    }
}

const before = await enter();
const acts = [await write(before, "a")];
fill();
acts.push(await write(before, "b"), await read(before));
for (const name of readdirSync(directory)) rmSync(join(directory, name));
clock.advance(10_000);
spool.reserve(BYTES);
const after = await enter();
acts.push(await write(after, "c"), await read(after));
before.release();
after.release();
const told = lines.map(({ level, text }) => `${level}: ${text}`);
console.log(JSON.stringify({ acts, told, used: spool.used, left: readdirSync(directory) }));
process.exit();
