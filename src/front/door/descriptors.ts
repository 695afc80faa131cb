// The descriptors of a front: as many as the system lets it have, and an entrance that leaves enough of them.

import { getResourceLimit, setResourceLimit } from "../../../ffi/process.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { os } from "../../os/os.ts";
import type { Door } from "./door.ts";
import { Entrance, mostClients } from "./entrance.ts";
import type { Gates } from "./gates.ts";

/** Where the system does not list them: what a front has been seen to have, and more. */
const USUALLY_IN_USE = 64;
const LOOK_EVERY_MS = 1_000;

export type EntranceSetup = {
  gates: Gates;
  asked: number | undefined;
  door: Pick<Door, "accepted" | "closeBeyond">;
  clock: Clock;
  log: Log;
};

/** To be called before the process changes its user, who may not look at what is open. */
export function openEntrance({ gates, asked, door, clock, log }: EntranceSetup): Entrance {
  raiseLimit();
  const open = os.ownDescriptors();
  const inUse = open.ok ? open.value.length : USUALLY_IN_USE;
  const mostNow = () => mostClients({ limit: readLimit(), inUse }, asked);
  const most = mostNow();
  if (asked !== undefined && most < asked)
    log.warn("there are too few descriptors for --max-clients", {
      asked,
      maxClients: most,
      openFiles: readLimit(),
    });
  const { missing } = gates;
  if (missing !== undefined) {
    log.warn("clients beyond --max-clients are closed instead of waiting", { why: missing });
    door.closeBeyond(most);
  }
  const look = () => ({ accepted: door.accepted, unaccepted: gates.unaccepted });
  const entrance = new Entrance({ gate: gates, clock, log, most, look, nextTurn: setImmediate });
  setInterval(() => entrance.look(mostNow()), LOOK_EVERY_MS);
  return entrance;
}

/** The soft limit is there for programs that cannot count beyond 1024; the hard one is what the operator has granted. */
function raiseLimit(): void {
  const limit = getResourceLimit("openFiles");
  if (!limit.ok) return;
  const { soft, hard } = limit.value;
  // Some systems have a further limit of their own, and refuse: then it stays as it was.
  if (soft < hard) setResourceLimit("openFiles", { soft: hard, hard });
}

function readLimit(): number {
  const limit = getResourceLimit("openFiles");
  return limit.ok ? limit.value.soft : Number.POSITIVE_INFINITY;
}
