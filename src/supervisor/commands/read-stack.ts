// Where a worker's code stands, for somebody who asks: with a reason where that cannot be had.
import type { Stack } from "../../control/results.ts";
import type { Clock } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import type { Slot } from "../child/slot.ts";

export async function readStack(slot: Slot, clock: Clock): Promise<Omit<Stack, "worker">> {
  const { run, pid } = slot;
  const fail = (why: string) => new GwError("command_failed", { what: `${slot.setup.name} ${why}` });
  if (!run || pid === undefined) throw fail("has no process now");
  if (!run.stack)
    throw fail("cannot show its stack: it has not begun yet, or this system is not Linux on x64");
  const frames = await run.stack.ask(clock);
  if (!frames)
    throw fail(
      "has not answered: it is stopped, or amid an allocation or a collection of garbage; ask again",
    );
  return { pid, frames };
}
