// Taking away what has ended, beside the runtime, which waits for its own children. In a process of its own: adopting holds
// for as long as that lives.
import { expect } from "bun:test";
import { join } from "node:path";
import { adoptOrphans, findEndedChild } from "../../ffi/children.ts";
import { NOT_ON_LINUX, ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const ROOT = join(import.meta.dir, "../..");
const SOURCE = `
  import { adoptOrphans, findEndedChild, reapChild } from "${ROOT}/ffi/children.ts";
  import { os } from "${ROOT}/src/os/os.ts";
  const readProcess = (pid) => os.findProcess(pid).value;
  const told = [findEndedChild(), adoptOrphans()];
  const made = Bun.spawnSync(["sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"]);
  const orphan = Number(made.stdout.toString());
  told.push(readProcess(orphan).parent === process.pid, findEndedChild(), reapChild(orphan));
  process.kill(orphan, "SIGKILL");
  while (!readProcess(orphan).isZombie) await Bun.sleep(1);
  told.push(findEndedChild().value === orphan, readProcess(orphan).isZombie, reapChild(orphan));
  told.push(findEndedChild(), readProcess(orphan) === undefined);
  console.log(JSON.stringify(told));`;

testWith(ON_LINUX)("children: an orphan is adopted, seen when it has ended, and taken away", async () => {
  using dir = makeTempDir();
  const ran = Bun.spawnSync([process.execPath, dir.write("child.ts", SOURCE)], { stderr: "inherit" });
  const none = { ok: true, value: 0 };
  expect(JSON.parse(ran.stdout.toString())).toEqual([
    ...[none, { ok: true }],
    ...[true, none, { ok: true, value: false }],
    ...[true, true, { ok: true, value: true }],
    ...[none, true],
  ]);
});

testWith(NOT_ON_LINUX)("children: elsewhere the reason is told", () => {
  expect([adoptOrphans().ok, findEndedChild().ok]).toEqual([false, false]);
});
