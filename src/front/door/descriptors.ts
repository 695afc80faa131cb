// The descriptors of a front: as many as the system lets it have, and an entrance that leaves enough of them.

import { findGate } from "../../../ffi/accepting.ts";
import { getResourceLimit, type Outcome, setResourceLimit } from "../../../ffi/process.ts";
import { countUnaccepted } from "../../../ffi/socket.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { os } from "../../os/os.ts";
import type { Door } from "./door.ts";
import { Entrance, mostClients } from "./entrance.ts";

/** Where the system does not list them: what a front has been seen to have, and more. */
const USUALLY_IN_USE = 64;
const LOOK_EVERY_MS = 1_000;

export type EntranceSetup = {
  listeners: readonly number[];
  asked: number | undefined;
  door: Pick<Door, "accepted" | "closeBeyond">;
  clock: Clock;
  log: Log;
};

/** The entrance, and the descriptors of the listeners as they are at each moment. */
export type OpenedEntrance = { entrance: Entrance; listeners: () => readonly number[] };

/** To be called before the process changes its user, who may not look at what is open. */
export function openEntrance({ listeners, asked, door, clock, log }: EntranceSetup): OpenedEntrance {
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
  const gate = findGate(listeners, os.loopRegistrations());
  if (!gate.ok) {
    log.warn("clients beyond --max-clients are closed instead of waiting", { why: gate.reason });
    door.closeBeyond(most);
  }
  const look = () => {
    const counted = gate.ok ? countUnaccepted(gate.value.listeners) : undefined;
    return { accepted: door.accepted, unaccepted: counted?.ok ? counted.value : undefined };
  };
  const entrance = new Entrance({ gate: gate.ok ? gate.value : NO_GATE, clock, log, most, look });
  setInterval(() => entrance.look(mostNow()), LOOK_EVERY_MS);
  return { entrance, listeners: () => (gate.ok ? gate.value.listeners : listeners) };
}

const done = (): Outcome => ({ ok: true });
const NO_GATE = { open: done, close: done };

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
