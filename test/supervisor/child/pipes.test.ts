import { expect } from "bun:test";
import { closeSync, fstatSync, openSync, readlinkSync, writeSync } from "node:fs";
import { openOutput } from "../../../src/supervisor/child/pipes.ts";
import { eventually } from "../../support/gw.ts";
import { AS_ROOT, ON_LINUX, testWith } from "../../support/needs.ts";

/** The number of the end that a child is started with: on Linux there is one. */
function childEndOf({ childEnd }: ReturnType<typeof openOutput>): number {
  if (childEnd === "pipe") throw new Error("the runtime's own pipe");
  return childEnd;
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of bytes) text += Buffer.from(chunk).toString();
  return text;
}

testWith(ON_LINUX)(
  "pipes: what is written is read to its end, which comes when nobody has the other one",
  async () => {
    const pipe = openOutput(undefined);
    const mine = childEndOf(pipe);
    // Opened by name, as programs open /dev/stdout.
    const again = openSync(`/proc/self/fd/${mine}`, "w");
    const reading = textOf(pipe.read(undefined));
    writeSync(mine, "one ");
    pipe.release();
    writeSync(again, "two");
    closeSync(again);
    expect(await reading).toBe("one two");
  },
);

testWith(ON_LINUX)("pipes: released and read to the end, nothing of it stays open", async () => {
  const pipe = openOutput(undefined);
  const name = readlinkSync(`/proc/self/fd/${childEndOf(pipe)}`);
  expect(name).toStartWith("pipe:");
  expect(openOf(name)).toBe(2);
  pipe.release();
  expect(await textOf(pipe.read(undefined))).toBe("");
  // The runtime closes its own copy a little later.
  await eventually(() => openOf(name) === 0, "both ends are closed");
});

testWith(ON_LINUX)("pipes: one that nobody will read is closed at both ends", () => {
  const pipe = openOutput(undefined);
  const name = readlinkSync(`/proc/self/fd/${childEndOf(pipe)}`);
  pipe.discard();
  pipe.release();
  expect(openOf(name)).toBe(0);
});

testWith(ON_LINUX, AS_ROOT)("pipes: it belongs to whoever the child becomes, who opens it by name", () => {
  const pipe = openOutput({ uid: 65_534, gid: 65_533 });
  const { uid, gid } = fstatSync(childEndOf(pipe));
  expect([uid, gid]).toEqual([65_534, 65_533]);
  pipe.discard();
  pipe.release();
});

/** How many descriptors of this process lead there. */
function openOf(name: string): number {
  let count = 0;
  for (let fd = 0; fd < 1_024; fd++) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) === name) count++;
    } catch {
      // No such descriptor.
    }
  }
  return count;
}
