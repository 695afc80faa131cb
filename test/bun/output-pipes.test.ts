// Probes of what Bun makes of pipes: reading one in supervisor/child/pipes.ts, writing to one in worker/life/blocking-output.ts.
import { expect, test } from "bun:test";
import { closeSync, readlinkSync } from "node:fs";
import { openPipe } from "../../ffi/pipe.ts";
import { makeTempDir } from "../support/temp-dir.ts";

function makePipe(): { readEnd: number; writeEnd: number } {
  const pipe = openPipe();
  if (!pipe?.ok) throw new Error("this machine has no pipes");
  return pipe.value;
}

/** Runs a program whose stdout is a pipe; resolves to what came through it. */
async function outputOf(source: string): Promise<string> {
  using dir = makeTempDir();
  const { readEnd, writeEnd } = makePipe();
  const child = Bun.spawn([process.execPath, dir.write("child.ts", source)], {
    stdio: ["ignore", writeEnd, "inherit"],
  });
  closeSync(writeEnd);
  let text = "";
  for await (const chunk of Bun.file(readEnd).stream()) text += Buffer.from(chunk).toString();
  expect(readlinkSync(`/proc/self/fd/${readEnd}`)).toStartWith("pipe:");
  closeSync(readEnd);
  expect(await child.exited).toBe(0);
  return text;
}

test("a pipe that does not wait is read to its end as a stream, in pieces, and is left open", async () => {
  const text = await outputOf(
    `console.log("first"); await Bun.sleep(50); await Bun.write(Bun.stdout, "x".repeat(300_000));`,
  );
  expect(text.length).toBe(300_006);
});

test("✗ the first look at process.stdout lets the pipe answer EAGAIN to every writer; later ones leave it as it is", async () => {
  const text = await outputOf(`
    import { readFileSync } from "node:fs";
    import { makeBlocking } from ${JSON.stringify(`${import.meta.dir}/../../ffi/pipe.ts`)};
    const waits = () => (Number.parseInt(/flags:\\s*(\\d+)/.exec(readFileSync("/proc/self/fdinfo/1", "utf8"))[1], 8) & 0o4000) === 0;
    const seen = [waits()];
    process.stdout.writableLength;
    seen.push(waits());
    makeBlocking(1);
    process.stdout.write("x".repeat(200_000) + "\\n", () => {
      console.log("y");
      seen.push(waits());
      console.log(JSON.stringify(seen));
    });`);
  expect(text.split("\n")[2]).toBe("[true,false,true]");
});
