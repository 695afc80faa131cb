// What a worker of a group is told at its start, and what the fronts are told of it. Pure.
import type { WorkerSetup } from "../../link/messages.ts";
import type { WorkerGroup } from "../../options/resolve/resolve.ts";
import { workerPartOf } from "../child/child-setup.ts";
import type { Pins } from "../child/pins.ts";
import type { Slot } from "../child/slot.ts";
import type { WorkerSocket } from "../root/worker-sockets.ts";
import type { Endpoint } from "../traffic/traffic.ts";

export type WorkerSetupFacts = {
  group: WorkerGroup;
  pins: Pins;
  generation: number;
  port: number;
  sockets: { runtime: string | undefined };
};

export function workerSetupOf(
  { group, pins, generation, port, sockets }: WorkerSetupFacts,
  number: number,
  listen: WorkerSetup["listen"],
): WorkerSetup {
  const { settings } = group;
  return {
    slot: number,
    generation,
    group: group.name,
    listen,
    mount: settings.stripMount && group.isMounted ? settings.mount : "/",
    tellsModules: settings.reloadOnChanges,
    ...workerPartOf(group, pins, sockets.runtime),
    callableObject: settings.callableObject,
    publicHost: settings.host,
    publicPort: port,
    limitRequestBodyBytes: settings.limitRequestBody,
    evictionTimeoutMs: settings.evictionTimeout,
    gracefulTimeoutMs: settings.gracefulTimeout,
    shutdownTimeoutMs: settings.shutdownTimeout,
  };
}

export function endpointOf(
  { group, generation }: Pick<WorkerSetupFacts, "group" | "generation">,
  slot: Slot,
  socket: WorkerSocket,
): Endpoint {
  return {
    slot: slot.number,
    pid: slot.pid ?? 0,
    generation,
    group: group.name,
    socket: socket.path,
    token: socket.token,
    accepting: true,
    ...(slot.run?.ready?.http2 && { http2: true }),
    concurrency: group.settings.concurrency,
  };
}
